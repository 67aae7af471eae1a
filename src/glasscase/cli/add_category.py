"""`glasscase add-category`: a category more, from a few examples."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, showing
from glasscase.cli.show import print_json, print_problems


def add_category(
    bundle: o.BundleArgument,
    name: Annotated[
        str, typer.Option("--name", metavar="A > B", help="Of the new category, with its path.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where the new bundle goes.")
    ],
    examples: Annotated[
        Path | None,
        typer.Option("--examples", metavar="TABLE", help="5 to 20 products of it."),
    ] = None,
    description: Annotated[
        str, typer.Option("--description", metavar="WORDS", help="Where there are no examples.")
    ] = "",
    photos: o.PhotosOption = None,
    text: o.TextOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    delimiter: o.DelimiterOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Add a category by a few examples, or by its name alone.

    Nothing is trained. Says how far the new category can be relied on and which known ones it
    conflicts with; its answers are always shown to a person.
    """
    from glasscase.jobs.add_category import add_category as add
    from glasscase.jobs.table_source import TableSource
    from glasscase.models.bundle import check_place
    from glasscase.models.classifier import ProductClassifier

    check_place(out)
    columns = columns_from(text=text, id=id, photo_column=photo_column)
    with showing(quiet=quiet) as progress:
        model = ProductClassifier.load(bundle)
        source = None if examples is None else TableSource(examples, photos, columns, delimiter)
        products = () if source is None else source.read(model, progress=progress)
        found = add(model, name, products, description=description, progress=progress)
        found.model.save(out)
    if as_json:
        print_json(found.to_dict())
        return
    print_problems(found.problems)
    for sentence in found.sentences:
        print(sentence)
    print(f"The model is in {out}. Next: glasscase predict {shlex.quote(str(out))} new.csv")
