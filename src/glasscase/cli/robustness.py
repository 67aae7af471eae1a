"""`glasscase robustness`: what changed photos and words cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import model_from, showing, source_from
from glasscase.cli.show import print_columns, print_json, print_problems, print_table


def robustness(
    bundle: o.BundleArgument,
    table: o.TableArgument,
    photos: o.PhotosOption = None,
    sample: Annotated[
        int, typer.Option("--sample", metavar="N", help="Products drawn from the table.")
    ] = 200,
    attacks: Annotated[
        bool, typer.Option("--attacks", help="Also search for the smallest changes that flip.")
    ] = False,
    text: o.TextOption = None,
    label: o.LabelOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    image_vectors: o.ImageVectorsOption = None,
    text_vectors: o.TextVectorsOption = None,
    delimiter: o.DelimiterOption = None,
    level: o.LevelOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write a page: robustness.html.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Of sample, changes and intervals.")
    ] = 0,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Say what changed photos and words cost.

    Blur, banners, typos and more at three strengths, beside the model with words or photo
    withheld. Vectors are kept: a run that was stopped goes on from there.
    """
    from glasscase.jobs.robustness import robustness as measure

    source = source_from(
        table, photos, delimiter, text=text, label=label, id=id, photo_column=photo_column,
        image_vectors=image_vectors, text_vectors=text_vectors,
    )  # fmt: skip
    with showing(quiet=quiet) as progress:
        model = model_from(bundle, config, overrides)
        catalog = source.read(model, level=level, progress=progress)
        report = measure(
            model, catalog, sample=sample, attacks=attacks, seed=seed, progress=progress
        )
        page = report.save(out) if out is not None else None
    if as_json:
        print_json(report.to_dict())
        return
    print_columns(catalog.columns.describe(), quiet=quiet)
    print_problems(catalog.problems)
    about = report.about
    print(f"{about.products} of {about.of} labelled products, seed {about.seed}.")
    print_table(
        ["points of accuracy", "weak", "middle", "strong", "other answer", "alone"], report.rows()
    )
    if report.attacks is not None:
        for one in report.attacks.made:
            print(f"{one.name}: {one.flipped} of {one.products} answers flipped.")
        for why in report.attacks.not_made:
            print(why)
    for sentence in (*about.notes, *report.sentences):
        print(sentence)
    if page is not None:
        print(f"The page is {page}.")
