"""`glasscase unknowns`: products a model does not know, grouped into what could be categories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import showing, source_from
from glasscase.cli.show import print_json, print_problems, print_table


def unknowns(
    bundle: o.BundleArgument,
    table: o.TableArgument,
    limit: Annotated[
        float,
        typer.Option("--limit", metavar="SHARE", help="So many known products may be called so."),
    ] = 0.05,
    least: Annotated[
        int, typer.Option("--least", metavar="N", help="Products a group must have.")
    ] = 5,
    photos: o.PhotosOption = None,
    text: o.TextOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    delimiter: o.DelimiterOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write a page, and tables of examples beside."),
    ] = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Group products of unknown kinds into possible categories.

    Groups hold together as well as the known categories do; their tables of examples can be given
    to `glasscase add-category`.
    """
    from glasscase.jobs.unknowns import unknowns as find
    from glasscase.models.classifier import ProductClassifier

    source = source_from(table, photos, delimiter, text=text, id=id, photo_column=photo_column)
    with showing(quiet=quiet) as progress:
        model = ProductClassifier.load(bundle)
        catalog = source.read(model, progress=progress)
        found = find(model, catalog, limit=limit, least=least, progress=progress)
        page = found.save(out) if out is not None else None
    if as_json:
        print_json(found.to_dict())
        return
    print_problems(found.problems)
    if found.groups:
        print_table(
            ["proposed name", "products", "cohesion", "nearest known"],
            [[one.name, str(one.size), f"{one.cohesion:.2f}", one.nearest] for one in found.groups],
        )
    for sentence in found.sentences:
        print(sentence)
    if page is not None:
        tables = f"; tables of examples are in {found.folder(page)}" if found.groups else ""
        print(f"The page is {page}{tables}.")
