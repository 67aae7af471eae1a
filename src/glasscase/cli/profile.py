"""`glasscase profile`: look at a catalogue before a model does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, read_catalog, settings_from, showing
from glasscase.cli.show import print_columns, print_json, print_problems, print_table


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
    """Show what a table holds and what to do about it first.

    Gaps, classes at every level, text lengths, photo sizes, near-duplicates, problems: as JSON and
    one page.
    """
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
        page = found.save(out)
    if as_json:
        print_json(found.to_dict())
        return
    print_columns(catalog.columns.describe(), quiet=quiet)
    print_table(
        ["missing", "rows", "share"],
        [[one.field, str(one.count), f"{one.share:.1%}"] for one in found.missing],
    )
    print_problems(catalog.problems)
    for sentence in found.todo:
        print(sentence)
    print(f"The profile of {found.rows} rows is in {page}.")
