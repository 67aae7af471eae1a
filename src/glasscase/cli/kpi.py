"""`glasscase kpi`: predict a figure such as sales, and see what goes with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, listed_names, settings_from, showing
from glasscase.cli.show import interval, print_columns, print_json, print_problems, print_table
from glasscase.errors import BadSetting
from glasscase.files import open_folder

if TYPE_CHECKING:
    from glasscase.jobs.kpis.kpi_result import KpiResult


def kpi(
    table: o.TableArgument,
    target: Annotated[
        str | None, typer.Option("--target", metavar="COLUMN", help="Column of the KPI.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="FOLDER", help="Answer for TABLE with a saved model."),
    ] = None,
    photos: o.PhotosOption = None,
    time: Annotated[
        str | None, typer.Option("--time", metavar="COLUMN", help="When it was measured.")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="COLUMN", help="What is held back whole, as the brand."),
    ] = None,
    exposure: Annotated[
        str | None,
        typer.Option("--exposure", metavar="COLUMN", help="Impressions, days or distribution."),
    ] = None,
    exposure_as: Annotated[
        str | None,
        typer.Option("--exposure-as", metavar="offset|weight", help="How; by the kind of KPI."),
    ] = None,
    weight: Annotated[
        str | None, typer.Option("--weight", metavar="COLUMN", help="How much a row counts.")
    ] = None,
    experiment: Annotated[
        str | None,
        typer.Option("--experiment", metavar="COLUMN", help="Treatment that luck decided."),
    ] = None,
    features: Annotated[
        str | None, typer.Option("--features", metavar="A,B", help="Named features; else all.")
    ] = None,
    leave_out: Annotated[
        str | None, typer.Option("--leave-out", metavar="A,B", help="Columns never to read.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="rate|count|amount|rating|number", help="Of KPI; guessed."),
    ] = None,
    link: Annotated[
        str | None, typer.Option("--link", metavar="identity|log1p|logit", help="By the kind.")
    ] = None,
    models: Annotated[
        str, typer.Option("--models", metavar="A,B", help="What is tried beside the mean.")
    ] = "ridge,boosting,gated",
    level: Annotated[
        float, typer.Option("--level", metavar="SHARE", help="What intervals should hold.")
    ] = 0.9,
    folds: Annotated[int, typer.Option("--folds", metavar="N", help="Held back in turn.")] = 5,
    force: Annotated[
        bool, typer.Option("--force", help="Go on with fewer than 100 products.")
    ] = False,
    text: o.TextOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    image_vectors: o.ImageVectorsOption = None,
    text_vectors: o.TextVectorsOption = None,
    delimiter: o.DelimiterOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Write kpi.html, kpi.json and model/."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of folds and models.")] = 0,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Predict sales, clicks or ratings; see what goes with them.

    Models read named columns, words and photos and are judged on later products and whole groups.
    Drivers are associations: only an experiment speaks of causes.
    """
    from glasscase.catalog.tables import open_table
    from glasscase.jobs.kpis.kpi_options import KpiOptions
    from glasscase.jobs.predict_kpi import predict_kpi

    source = open_table(table, delimiter=delimiter)
    if model is not None:
        if target is not None:
            raise BadSetting("--target and --model exclude one another", "A model has its target.")
        _nothing_else(
            time=time, group=group, exposure=exposure, exposure_as=exposure_as, weight=weight,
            experiment=experiment, features=features, leave_out=leave_out, kind=kind, link=link,
            text=text, id=id, photo_column=photo_column, image_vectors=image_vectors,
            text_vectors=text_vectors, out=out,
        )  # fmt: skip
        _answer(source, model, photos, as_json=as_json, quiet=quiet)
        return
    if target is None:
        raise BadSetting("there is no target", "Name the column of the KPI with --target.")
    if out is not None:
        open_folder(out)
    how: Any = exposure_as
    families: Any = listed_names(models)
    options = KpiOptions(
        kind=kind, link=link, time=time, group=group, exposure=exposure, exposure_as=how,
        weight=weight, experiment=experiment, features=listed_names(features),
        leave_out=listed_names(leave_out), models=families, level=level, folds=folds,
        seed=seed, force=force,
        columns=columns_from(
            text=text, id=id, photo_column=photo_column, image_vectors=image_vectors,
            text_vectors=text_vectors,
        ),
    )  # fmt: skip
    settings = settings_from(config, overrides)
    with showing(quiet=quiet) as progress:
        result = predict_kpi(
            source, target, photos=photos, options=options, settings=settings, progress=progress
        )
        page = None if out is None else result.write(out)
        if out is not None:
            result.save(out / "model")
    if as_json:
        print_json(result.to_dict())
        return
    _show(result, quiet=quiet)
    if page is not None:
        print(f"The page is {page}; the model for new products is {page.parent / 'model'}.")


def _nothing_else(**said: Any) -> None:
    """Raises `BadSetting` where something was said that a saved model would not heed."""
    for name, value in said.items():
        if value is not None:
            option = name.replace("_", "-")
            remedy = "A model was learnt with its own options: leave this one out."
            raise BadSetting(f"--{option} and --model exclude one another", remedy)


def _show(result: KpiResult, *, quiet: bool) -> None:
    from glasscase.kpi.page import amount_words

    told = result.to_dict()
    print_columns(result.study.table.columns.describe(), quiet=quiet)
    print_table(
        ["model", "R2", "mean error", "rank correlation"],
        [
            [one["name"] + (" *" if one["chosen"] else ""), interval(one["r2"], 2),
             amount_words(one["mae"]), interval(one["spearman"], 2)]
            for one in told["models"]
        ],
    )  # fmt: skip
    if told["drivers"] is not None:
        print_table(
            ["feature", "verdict", "importance", "lowest to highest", "stability"],
            [
                [one["name"], one["verdict"], interval(one["importance"]), one["effect"],
                 f"{one['stability']:.0%}"]
                for one in told["drivers"]["rows"][:20]
            ],
        )  # fmt: skip
    for alarm in result.alarms:
        print(alarm)
    print_problems(result.problems)
    for sentence in (*result.sentences, *(() if quiet else result.notes)):
        print(sentence)


def _answer(source: Any, model: Path, photos: Path | None, *, as_json: bool, quiet: bool) -> None:
    from glasscase.jobs.apply_kpi import apply_kpi

    with showing(quiet=quiet) as progress:
        found = apply_kpi(source, model, photos=photos, progress=progress)
    told = found.to_dict()
    if as_json:
        print_json(told)
        return
    rows = told["predictions"]
    print_table(
        ["product", found.model.target, f"{found.model.errors.level:.0%} interval"],
        [[one["id"], _figure(one["predicted"]), _ends(one)] for one in rows],
    )
    print_problems(found.problems)
    for note in told["notes"]:
        print(note)


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"


def _ends(one: dict[str, Any]) -> str:
    return f"{_figure(one['low'])} to {_figure(one['high'])}"
