"""`glasscase recipes`: every architecture that `train --recipe` takes."""

from __future__ import annotations

from glasscase.cli import options as o
from glasscase.cli.show import print_json


def recipes(as_json: o.JsonOption = False) -> None:
    """List the architectures that `train --recipe` takes."""
    from glasscase.models.recipes import RECIPES

    if as_json:
        print_json([recipe.to_dict() for recipe in RECIPES])
        return
    for one in RECIPES:
        print(f"{one.name:<16}{one.what}")
        print(f"{'':<16}learnt weights: {one.size}. Source: {one.source}.")
        print(f"{'':<16}When: {one.use}")
