"""`glasscase tune`: the recipe and settings that do best on a table."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, listed_names, read_catalog, settings_from, showing
from glasscase.cli.show import print_json, print_problems, print_table
from glasscase.errors import BadSetting

MOST_ROWS = 5


def tune(
    table: o.TableArgument,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FILE.toml", help="Where the recipe goes; a page beside it."),
    ],
    trials: Annotated[
        int, typer.Option("--trials", metavar="N", min=1, help="In all, earlier ones included.")
    ] = 40,
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", metavar="M", min=0, help="Time; the last trial is finished."),
    ] = None,
    storage: Annotated[
        Path | None,
        typer.Option(
            "--storage",
            metavar="FILE.db",
            help="Where trials are kept, so that the same command goes on; usually beside --out.",
        ),
    ] = None,
    metric: Annotated[
        str, typer.Option("--metric", metavar="accuracy|macro_f1", help="What is to be high.")
    ] = "accuracy",
    recipes: Annotated[
        str | None,
        typer.Option("--recipes", metavar="A,B", help="Recipes to try; usually all that fit."),
    ] = None,
    encoders: Annotated[
        list[str] | None,
        typer.Option(
            "--encoders",
            metavar="image=A,B",
            help="Encoders to try; also text=A,B. May be repeated.",
        ),
    ] = None,
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
    modality: o.ModalityOption = None,
    seed: o.SeedOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Try recipes and settings, and write the best as a file.

    What is set with --set is left alone. The best of many trials is partly luck: `train --recipe`
    judges it anew on other folds.
    """
    from glasscase.jobs.tune import SearchPlan
    from glasscase.jobs.tune import tune as search_recipe
    from glasscase.jobs.tuning_page import said, save_tuning

    if out.suffix != ".toml":
        raise BadSetting(f"recipe file {str(out)!r} does not end in .toml", "Choose another --out.")
    if metric not in ("accuracy", "macro_f1"):
        raise BadSetting(f"there is no metric {metric!r}", "Use accuracy or macro_f1.")
    plan = SearchPlan(
        metric="accuracy" if metric == "accuracy" else "macro_f1",
        recipes=listed_names(recipes),
        encoders=_encoders(encoders or []),
        trials=trials,
        seconds=None if minutes is None else 60 * minutes,
    )
    settings = settings_from(config, overrides, train__modality=modality, train__seed=seed)
    columns = columns_from(
        text=text, label=label, id=id, photo_column=photo_column, price=price,
        image_vectors=image_vectors, text_vectors=text_vectors,
    )  # fmt: skip
    with showing(quiet=quiet) as progress:
        catalog = read_catalog(
            table, photos, columns, delimiter=delimiter, level=level, settings=settings,
            progress=progress,
        )  # fmt: skip
        found = search_recipe(
            catalog,
            plan=plan,
            settings=settings,
            storage=storage or out.with_suffix(".db"),
            progress=progress,
        )
        page = save_tuning(found, out)
    if as_json:
        print_json(found.to_dict())
        return
    print_problems(found.problems)
    print_table(
        ["recipe and settings", "trial", metric],
        [
            [
                " ".join([one.settings["train.recipe"], said(one.settings)]).strip(),
                str(one.number),
                f"{one.value:.3f}",
            ]
            for one in found.ranking[:MOST_ROWS]
        ],
    )
    for sentence in found.sentences:
        print(sentence)
    recipe = shlex.quote(str(out))
    print(f"The recipe is in {out}, the page in {page}.")
    print(f"Next: glasscase train {shlex.quote(str(table))} --recipe {recipe} --out bundle")


def _encoders(given: list[str]) -> dict[str, tuple[str, ...]]:
    """`image=a,b` -> {"image": ("a", "b")}."""
    found: dict[str, tuple[str, ...]] = {}
    for one in given:
        modality, equals, names = one.partition("=")
        if not equals:
            message = f"--encoders {one!r} is not of the form image=A,B"
            raise BadSetting(message, "Say image=A,B or text=A,B.")
        found[modality.strip()] = listed_names(names)
    return found
