"""`glasscase demo`: the whole way once, on a drawn shop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import settings_from, showing
from glasscase.cli.show import print_json


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where everything goes.")
    ] = Path("demo"),
    size: Annotated[int, typer.Option("--size", metavar="N", help="How many products.")] = 600,
    effort: o.EffortOption = None,
    seed: o.SeedOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Do everything once with a drawn shop.

    Draws the toy catalogue, profiles, trains, evaluates, predicts and explains, and says where to
    look.
    """
    from glasscase.jobs.demo import demo as make_demo

    settings = settings_from(config, overrides, train__effort=effort, train__seed=seed)
    with showing(quiet=quiet) as progress:
        made = make_demo(out, size=size, settings=settings, progress=progress)
    if as_json:
        print_json(made.to_dict())
        return
    for sentence in made.sentences:
        print(sentence)
    print(f"Everything is in {out}. Begin with {made.page}")
