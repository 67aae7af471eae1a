"""`glasscase search`: find products by words or by a photo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import showing
from glasscase.cli.show import print_json, print_table


def search(
    bundle: o.BundleArgument,
    table: Annotated[
        Path | None,
        typer.Argument(
            metavar="TABLE", help="Where to look; else among the products it was trained on."
        ),
    ] = None,
    photos: o.PhotosOption = None,
    words: Annotated[
        str | None, typer.Option("--words", metavar="TEXT", help="What is looked for, in words.")
    ] = None,
    photo: Annotated[
        Path | None, typer.Option("--photo", metavar="FILE", help="What is looked for, as a photo.")
    ] = None,
    top: Annotated[int, typer.Option("--top", metavar="N", help="How many to show.")] = 10,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Find products by words or by a photo.

    For models of the recipe clip-align, and models on one CLIP or SigLIP.
    """
    from glasscase.jobs.search import search as search_products
    from glasscase.jobs.table_source import TableSource
    from glasscase.models.classifier import ProductClassifier

    with showing(quiet=quiet) as progress:
        model = ProductClassifier.load(bundle)
        source = None if table is None else TableSource(table, photos).read(model)
        hits = search_products(
            model, text=words, photo=photo, products=source, top=top, progress=progress
        )
    if as_json:
        print_json([hit.to_dict() for hit in hits])
        return
    rows = [[hit.id, hit.title, hit.label, f"{hit.similarity:.3f}"] for hit in hits]
    print_table(["product", "title", "category", "fits"], rows)
