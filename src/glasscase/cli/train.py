"""`glasscase train`: a model of the shop's own."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, read_catalog, settings_from, showing
from glasscase.cli.follower import is_follower
from glasscase.cli.show import interval, print_columns, print_json, print_problems, print_table
from glasscase.cli.show_estimate import print_estimate
from glasscase.errors import BadSetting


def train(
    table: o.TableArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Where the bundle goes.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say what time, memory and disk it would take here."),
    ] = False,
    photos: o.PhotosOption = None,
    text: o.TextOption = None,
    label: o.LabelOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    price: o.PriceOption = None,
    image_vectors: o.ImageVectorsOption = None,
    text_vectors: o.TextVectorsOption = None,
    delimiter: o.DelimiterOption = None,
    level: o.LevelOption = None,
    effort: o.EffortOption = None,
    recipe: o.RecipeOption = None,
    modality: o.ModalityOption = None,
    seed: o.SeedOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Learn the categories of a table and store the best model.

    Fits each modality alone, the classical baselines and the fused heads on the same folds, says
    how they compare, and writes the winner as a bundle.
    """
    from glasscase.jobs.estimate import estimate
    from glasscase.jobs.train import train as train_model
    from glasscase.models.bundle import check_place
    from glasscase.models.recipes import with_recipe

    if out is not None:
        check_place(out)  # now, not when the training is done
    elif not dry_run:
        raise BadSetting("it is not said where the bundle goes", "Say --out FOLDER.")
    settings = settings_from(
        config, overrides, train__effort=effort, train__recipe=recipe,
        train__modality=modality, train__seed=seed,
    )  # fmt: skip
    _, settings = with_recipe(settings)
    columns = columns_from(
        text=text,
        label=label,
        id=id,
        photo_column=photo_column,
        price=price,
        image_vectors=image_vectors,
        text_vectors=text_vectors,
    )
    with showing(quiet=quiet or is_follower()) as progress:
        catalog = read_catalog(
            table, photos, columns, delimiter=delimiter, level=level, settings=settings,
            progress=progress,
        )  # fmt: skip
        if not as_json:
            print_columns(catalog.columns.describe(), quiet=quiet)
        if out is None or dry_run:
            found = estimate(catalog, settings=settings, progress=progress)
            if as_json:
                print_json(found.to_dict())
            else:
                print_estimate(found)
            return
        training = train_model(catalog, settings=settings, progress=progress)
        if is_follower():
            return
        training.model.save(out)
        training.forget_checkpoints()
    if as_json:
        print_json(training.to_dict())
        return
    print_problems(training.problems)
    print_table(
        ["model", "accuracy (95 % interval)", "macro F1 (95 % interval)", ""],
        [
            [
                row["name"],
                interval(row["accuracy"]),
                interval(row["macro_f1"]),
                "shipped" if row["shipped"] else "",
            ]
            for row in training.comparison
        ],
    )
    for sentence in training.sentences:
        print(sentence)
    bundle = shlex.quote(str(out))
    print(f"The model is in {out}. Next: glasscase predict {bundle} new.csv --out predictions.csv")
