"""`glasscase compare`: which model to ship, and which differences are real."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, listed_names, read_catalog, settings_from, showing
from glasscase.cli.follower import is_follower
from glasscase.cli.show import print_json
from glasscase.cli.show_comparison import print_ablation, print_comparison
from glasscase.errors import BadSetting

if TYPE_CHECKING:
    from glasscase.evaluation.ablation import Ablation
    from glasscase.evaluation.comparison import Comparison

GATE_FAILED = 3
"""Exit code where a protected category drops."""


def compare(
    table: o.TableArgument,
    models: Annotated[
        str | None,
        typer.Option("--models", metavar="A,B", help="Models to train; usually one of each kind."),
    ] = None,
    bundles: Annotated[
        str | None,
        typer.Option(
            "--bundles", metavar="OLD,NEW", help="Finished models to compare, instead of training."
        ),
    ] = None,
    ablate: Annotated[
        bool,
        typer.Option("--ablate", help="Take one model apart; --models names it, else late."),
    ] = False,
    protect: Annotated[
        list[str] | None,
        typer.Option(
            "--protect",
            metavar="CATEGORY",
            help="Leave with exit code 3 if its recall drops from OLD to NEW. May be repeated.",
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance",
            metavar="SHARE",
            help="By how much a protected recall may drop: 0.02 is 2 points.",
        ),
    ] = 0.0,
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
    modality: o.ModalityOption = None,
    seed: o.SeedOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Where page and JSON go.")
    ] = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Say which of several models to ship, and why.

    Trains them on the same folds (--models), takes one apart (--ablate), or holds finished bundles
    against a labelled table (--bundles OLD,NEW): who flips, what is won and lost.
    """
    _check(models, bundles, ablate=ablate, protect=protect, tolerance=tolerance)
    columns = columns_from(
        text=text, label=label, id=id, photo_column=photo_column, price=price,
        image_vectors=image_vectors, text_vectors=text_vectors,
    )  # fmt: skip
    found: Comparison | Ablation
    with showing(quiet=quiet) as progress:
        if bundles is not None:
            from glasscase.jobs.compare_bundles import Protection, compare_bundles
            from glasscase.jobs.table_source import TableSource

            trained = {"--effort": effort, "--modality": modality, "--config": config,
                       "--set": overrides}  # fmt: skip
            _refuse(trained, "A bundle was trained already; leave it out.")
            found = compare_bundles(
                listed_names(bundles),
                TableSource(table, photos, columns, delimiter),
                protect=Protection(tuple(protect or ()), tolerance),
                level=level,
                seed=seed or 0,
                progress=progress,
            )
        else:
            settings = settings_from(
                config, overrides, train__effort=effort, train__modality=modality, train__seed=seed
            )
            catalog = read_catalog(
                table, photos, columns, delimiter=delimiter, level=level, settings=settings,
                progress=progress,
            )  # fmt: skip
            names = listed_names(models)
            if ablate:
                from glasscase.jobs.ablate import ablate as take_apart

                model = names[0] if names else "late"
                found = take_apart(catalog, model=model, settings=settings, progress=progress)
            else:
                from glasscase.jobs.compare import compare as compare_models

                found = compare_models(catalog, models=names, settings=settings, progress=progress)
        page = found.save(out) if out is not None and not is_follower() else None
    _print(found, as_json=as_json, quiet=quiet)
    if page is not None and not as_json:
        print(f"The comparison is in {page}.")
    _leave_if_dropped(found)


def _check(
    models: str | None,
    bundles: str | None,
    *,
    ablate: bool,
    protect: list[str] | None,
    tolerance: float,
) -> None:
    if bundles is None:
        given = {"--protect": protect, "--tolerance": tolerance or None}
        _refuse(given, "It needs two finished models: --bundles OLD,NEW.")
    else:
        _refuse({"--models": models, "--ablate": ablate or None}, "Leave it or --bundles out.")
    if ablate and len(listed_names(models)) > 1:
        raise BadSetting("--ablate takes one model apart", "Name a single one with --models.")


def _refuse(options: Mapping[str, object], remedy: str) -> None:
    for name, value in options.items():
        if value is not None:
            raise BadSetting(f"{name} does not go with the rest of this command", remedy)


def _leave_if_dropped(found: Comparison | Ablation) -> None:
    from glasscase.evaluation.comparison import Comparison

    if not isinstance(found, Comparison) or found.duel is None:
        return
    for guard in found.duel.guards:
        if not guard.passed:
            print(f"Protected category drops. {guard}", file=sys.stderr)
    if not found.passed:
        raise typer.Exit(GATE_FAILED)


def _print(found: Comparison | Ablation, *, as_json: bool, quiet: bool) -> None:
    from glasscase.evaluation.ablation import Ablation

    if as_json:
        print_json(found.to_dict())
    elif isinstance(found, Ablation):
        print_ablation(found, quiet=quiet)
    else:
        print_comparison(found, quiet=quiet)
