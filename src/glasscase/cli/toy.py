"""`glasscase toy`: draw the toy catalogue."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli.choices import showing
from glasscase.cli.options import JsonOption, QuietOption
from glasscase.cli.show import print_json


def toy(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to draw it.")],
    size: Annotated[int, typer.Option("--size", metavar="N", help="How many products.")] = 600,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Another seed, another shop.")
    ] = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw a small shop to try things on.

    Products, photos, reviews, and the truth about the difficult cases among them.
    """
    from glasscase.catalog.toy import draw_toy_catalogue

    with showing(quiet=quiet) as progress:
        drawn = draw_toy_catalogue(folder, size=size, seed=seed, progress=progress)
    if as_json:
        fields = ("folder", "products", "new", "reviews", "truth", "images", "size", "new_size")
        print_json({name: _plain(getattr(drawn, name)) for name in fields})
        return
    print(f"{drawn.size} products in {drawn.products}, {drawn.new_size} new ones in {drawn.new}.")
    table, photos = shlex.quote(str(drawn.products)), shlex.quote(str(drawn.images))
    print(f"Next: glasscase train {table} --photos {photos} --out bundle/")


def _plain(value: Path | int) -> str | int:
    return str(value) if isinstance(value, Path) else value
