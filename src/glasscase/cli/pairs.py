"""`glasscase pairs`: photos and texts of two sets joined within their categories."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, read_catalog, settings_from, showing
from glasscase.cli.show import print_json, print_table


def pairs(
    photo_set: Annotated[
        Path,
        typer.Argument(
            metavar="PHOTOS", help="Labelled photos: a folder, IDX files, a dataset or a table."
        ),
    ],
    text_set: Annotated[
        Path, typer.Argument(metavar="TEXTS", help="Table of labelled texts, such as reviews.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the pairs go.")],
    size: Annotated[int, typer.Option("--size", metavar="N", help="How many pairs.")] = 10_000,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="The same seed gives the same pairs.")
    ] = 0,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="FILE", help="Table: category of the photos, category of the texts."
        ),
    ] = None,
    photos: o.PhotosOption = None,
    photo_label: Annotated[
        str | None,
        typer.Option("--photo-label", metavar="COLUMN", help="Category column of PHOTOS."),
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", metavar="COLUMN", help="Category column of TEXTS.")
    ] = None,
    text: o.TextOption = None,
    level: o.LevelOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Make a synthetic set of image-text pairs.

    Joins a set of photos and a set of texts within each category, by chance. What comes out says
    of itself that it is synthetic.
    """
    from glasscase.jobs.pairs import pairs as make_pairs
    from glasscase.jobs.pairs import read_mapping

    settings = settings_from(config, overrides)
    goes_with = read_mapping(mapping) if mapping is not None else None
    with showing(quiet=quiet) as progress:
        shown = read_catalog(
            photo_set, photos, columns_from(label=photo_label), level=level, settings=settings,
            progress=progress,
        )  # fmt: skip
        told = read_catalog(
            text_set, None, columns_from(label=label, text=text), level=level, settings=settings,
            progress=progress,
        )  # fmt: skip
        made = make_pairs(shown, told, size=size, seed=seed, mapping=goes_with, progress=progress)
        sources = {"photos": str(photo_set), "texts": str(text_set)}
        table, written = made.save(out, sources=sources)
    if as_json:
        print_json({**made.to_dict(), "table": str(table)})
        return
    rows = [
        [one.name, str(one.firsts), str(one.seconds), str(one.pairs)]
        for one in made.pairing.categories
    ]
    print_table(["category", "photos", "texts", "pairs"], rows)
    print(f"{len(made):,} synthetic pairs are in {table}.")
    folder = shlex.quote(str(written or photos or photo_set))
    print(f"Next: glasscase train {shlex.quote(str(table))} --photos {folder} --out bundle/")
