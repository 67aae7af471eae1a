"""`glasscase zero-shot`: sort products into categories that are known by name only."""

from __future__ import annotations

from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import listed_names, showing
from glasscase.cli.show import print_json, print_table


def zero_shot(
    bundle: o.BundleArgument,
    table: o.TableArgument,
    names: Annotated[
        str, typer.Option("--names", metavar="A,B", help="Names of the categories, in words.")
    ],
    photos: o.PhotosOption = None,
    template: Annotated[
        str,
        typer.Option("--template", metavar="TEXT", help="Such as 'a photo of a {}'; {} is a name."),
    ] = "{}",
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Say which of some names fits each product, untrained.

    For models of the recipe clip-align, and models on one CLIP or SigLIP.
    """
    from glasscase.jobs.table_source import TableSource
    from glasscase.jobs.zero_shot import zero_shot as sort_products
    from glasscase.models.classifier import ProductClassifier

    wanted = listed_names(names)
    with showing(quiet=quiet) as progress:
        model = ProductClassifier.load(bundle)
        products = TableSource(table, photos).read(model).products
        probs = sort_products(model, products, wanted, template=template, progress=progress)
    answers = [
        {"id": one.id, "probabilities": dict(zip(wanted, row.tolist(), strict=True))}
        for one, row in zip(products, probs, strict=True)
    ]
    if as_json:
        print_json(answers)
        return
    rows = [
        [one.id, wanted[int(row.argmax())], f"{row.max():.0%}"]
        for one, row in zip(products, probs, strict=True)
    ]
    print_table(["product", "fits best", "probability"], rows)
