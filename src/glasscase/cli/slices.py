"""`glasscase slices`: whether a model treats some of the products worse than the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import listed_names, model_from, showing, source_from
from glasscase.cli.show import print_columns, print_json, print_problems, print_table


def slices(
    bundle: o.BundleArgument,
    table: o.TableArgument,
    photos: o.PhotosOption = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="A,B", help="Further columns to divide by.")
    ] = None,
    leave_out: Annotated[
        bool,
        typer.Option("--leave-out/--no-leave-out", help="Train without each big brand in turn."),
    ] = True,
    text: o.TextOption = None,
    label: o.LabelOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    image_vectors: o.ImageVectorsOption = None,
    text_vectors: o.TextVectorsOption = None,
    delimiter: o.DelimiterOption = None,
    level: o.LevelOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write a page: slices.html.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Of the intervals and folds.")
    ] = 0,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Say which brands, prices or photos fare worse.

    Every part of the products against the rest, with a warning that luck seldom makes; and what a
    brand costs that the model has never seen.
    """
    from glasscase.jobs.slices import slices as compare_slices

    source = source_from(
        table, photos, delimiter, text=text, label=label, id=id, photo_column=photo_column,
        image_vectors=image_vectors, text_vectors=text_vectors,
    )  # fmt: skip
    with showing(quiet=quiet) as progress:
        model = model_from(bundle, config, overrides)
        catalog = source.read(model, level=level, progress=progress)
        further = source.values(listed_names(by), catalog)
        report = compare_slices(
            model, catalog, by=further, leave_out=leave_out, seed=seed, progress=progress
        )
        page = report.save(out) if out is not None else None
    if as_json:
        print_json(report.to_dict())
        return
    print_columns(catalog.columns.describe(), quiet=quiet)
    print_problems(catalog.problems)
    if report.tested:
        print_table(
            ["slice", "against the rest", "products", "right", "points", "same categories"],
            report.rows(),
        )
    for sentence in (*report.notes, *report.sentences):
        print(sentence)
    if page is not None:
        print(f"The page is {page}.")
