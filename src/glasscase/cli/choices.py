"""What every verb does first: resolve settings and columns, choose who shows progress."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glasscase.cli.bars import Bars, Lines
from glasscase.errors import BadSetting

if TYPE_CHECKING:
    from glasscase.catalog.catalog import Catalog
    from glasscase.catalog.columns import Columns
    from glasscase.jobs.table_source import TableSource
    from glasscase.models.classifier import ProductClassifier
    from glasscase.progress import Progress
    from glasscase.settings import Settings


class Quiet:
    """Shows nothing, as a context."""

    def __enter__(self) -> Any:
        from glasscase.progress import silent

        return silent

    def __exit__(self, *_: object) -> None:
        """Nothing to clear."""


def showing(*, quiet: bool) -> Bars | Lines | Quiet:
    """Who shows progress: nobody, bars on a terminal, lines in a pipe. Use as a context."""
    if quiet:
        return Quiet()
    return Bars() if sys.stderr.isatty() else Lines()


def settings_from(
    config: Path | None,
    overrides: list[str] | None,
    **options: str | int | None,
) -> Settings:
    """Settings from `--config`, then `--set`, then options with their own name.

    Args:
        config: TOML file.
        overrides: `section.name=value` each.
        **options: values by `section__name`; None where the option was not given.
    """
    from glasscase.settings import Settings

    named = [
        f"{name.replace('__', '.')}={value}" for name, value in options.items() if value is not None
    ]
    try:
        return Settings.read(config, overrides=[*(overrides or []), *named])
    except BadSetting as error:
        reason = error.reason
        for name in (name for name, value in options.items() if value is not None):
            option = f"--{name.rpartition('__')[2]}"
            reason = reason.replace(f"setting {name.replace('__', '.')!r}", option)
        remedy = error.remedy if reason == error.reason else "See --help."
        raise BadSetting(reason, remedy) from None


def settings_for(
    model: ProductClassifier, config: Path | None, overrides: list[str] | None
) -> Settings:
    """A trained model's settings, with `decision` and `explain` changed by `--config` and `--set`.

    Raises:
        BadSetting: another section is named; those are part of what was trained.
    """
    from glasscase.settings import Settings

    told = Settings.read(config, overrides=overrides).model_dump(exclude_unset=True)
    values = model.settings.model_dump()
    for section, changed in told.items():
        if section not in ("decision", "explain"):
            raise BadSetting(
                f"settings of {section!r} are part of the trained model",
                "Change decision or explain here, or train again.",
            )
        values[section].update(changed)
    return Settings.parse(values)


def model_from(bundle: Path, config: Path | None, overrides: list[str] | None) -> ProductClassifier:
    """The model of a bundle, with what `settings_for` changes of it.

    Raises:
        BadBundle: no bundle there, a changed byte, or a newer format.
        BadSetting: as `settings_for`.
    """
    from glasscase.models.classifier import ProductClassifier

    model = ProductClassifier.load(bundle)
    return model.with_settings(settings_for(model, config, overrides))


def source_from(
    table: Path, photos: Path | None, delimiter: str | None, **columns: str | None
) -> TableSource:
    """The table of a command line, to be read as for training; `columns` go to `columns_from`."""
    from glasscase.jobs.table_source import TableSource

    return TableSource(table, photos, columns_from(**columns), delimiter)


def columns_from(
    *,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    photo_column: str | None = None,
    price: str | None = None,
    image_vectors: str | None = None,
    text_vectors: str | None = None,
) -> Columns:
    """The columns the user named; the others are left to the guess."""
    from glasscase.catalog.columns import Columns

    return Columns(
        id=id,
        text=listed_names(text),
        photo=listed_names(photo_column),
        label=label,
        price=price,
        image_vectors=image_vectors,
        text_vectors=text_vectors,
    )


def listed_names(names: str | None) -> tuple[str, ...]:
    """Names between commas; one that holds a comma itself stands in double quotes.

    >>> listed_names('title, "size, colour"')
    ('title', 'size, colour')
    """
    cells = next(csv.reader([names or ""], skipinitialspace=True), [])
    return tuple(name.strip() for name in cells if name.strip())


def read_catalog(
    table: Path,
    photos: Path | None,
    columns: Columns,
    *,
    delimiter: str | None = None,
    level: int | None = None,
    settings: Settings,
    progress: Progress,
) -> Catalog:
    """Read the table of a command line; every argument as the options are called."""
    from glasscase.catalog.catalog import Catalog
    from glasscase.catalog.tables import open_table

    return Catalog.read(
        open_table(table, delimiter=delimiter) if delimiter else table,
        photos=photos,
        columns=columns,
        level=level,
        settings=settings,
        progress=progress,
    )
