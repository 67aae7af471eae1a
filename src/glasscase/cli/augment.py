"""`glasscase augment`: look at what augmentation makes of a catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, read_catalog, settings_from, showing
from glasscase.cli.show import print_json, print_problems


def augment(
    table: o.TableArgument,
    photos: o.PhotosOption = None,
    sheet: Annotated[
        Path,
        typer.Option(
            "--sheet", metavar="FILE", help="A picture (.png) or a page with the words (.html)."
        ),
    ] = Path("sheet.html"),
    strength: Annotated[
        str | None,
        typer.Option(
            "--level", metavar="light|medium|heavy", help="How much is changed; usually shows each."
        ),
    ] = None,
    products: Annotated[
        int, typer.Option("--products", metavar="N", help="How many products, at most 100.")
    ] = 6,
    text: o.TextOption = None,
    label: o.LabelOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    delimiter: o.DelimiterOption = None,
    seed: o.SeedOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Draw a contact sheet of products as training changes them.

    Photos and words, as they are and as augmentation changes them in the first six epochs.
    """
    from glasscase.augmentation.contact_sheet import checked_sheet
    from glasscase.augmentation.level import checked_level
    from glasscase.jobs.augment import augment as draw_sheet

    checked_sheet(sheet)
    if strength is not None:
        checked_level(strength)
    settings = settings_from(config, overrides, train__seed=seed)
    columns = columns_from(text=text, label=label, id=id, photo_column=photo_column)
    with showing(quiet=quiet) as progress:
        catalog = read_catalog(
            table, photos, columns, delimiter=delimiter, settings=settings, progress=progress
        )
        drawn = draw_sheet(
            catalog, level=strength, products=products, settings=settings, progress=progress
        )
        drawn.save(sheet)
    if as_json:
        print_json({"sheet": str(sheet), **drawn.to_dict()})
        return
    print_problems(drawn.problems)
    count, levels = len(drawn.products), ", ".join(drawn.levels)
    print(f"The sheet of {count} product{'' if count == 1 else 's'} ({levels}) is in {sheet}.")
