"""`glasscase profile`: look at a catalogue before a model does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, read_catalog, settings_from, showing
from glasscase.cli.show import print_json, some


def profile(
    table: o.TableArgument,
    photos: o.PhotosOption = None,
    text: o.TextOption = None,
    label: o.LabelOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    price: o.PriceOption = None,
    delimiter: o.DelimiterOption = None,
    level: o.LevelOption = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where the page and the JSON go.")
    ] = Path("profile"),
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Show what a table holds and what is wrong with it: gaps, classes, texts, photos, twins."""
    from glasscase.jobs.profile import profile as profile_catalog

    settings = settings_from(config, overrides)
    columns = columns_from(text=text, label=label, id=id, photo_column=photo_column, price=price)
    with showing(quiet=quiet) as progress:
        catalog = read_catalog(
            table,
            photos,
            columns,
            delimiter=delimiter,
            level=level,
            settings=settings,
            progress=progress,
        )
        found = profile_catalog(catalog, settings=settings, progress=progress)
        found.save(out)
    if as_json:
        print_json(found.to_dict())
        return
    print(f"Columns: {catalog.columns.describe()}")
    some(catalog.problems, "problems")
    print(f"The profile is in {out / 'index.html'}.")
