"""`glasscase promise`: which answers may be accepted unseen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import settings_for, showing, source_from
from glasscase.cli.show import print_columns, print_json, print_problems, print_table


def promise(
    bundle: o.BundleArgument,
    table: o.TableArgument,
    max_error: Annotated[
        float,
        typer.Option("--max-error", metavar="SHARE", help="Of the accepted, so many may be wrong."),
    ] = 0.02,
    confidence: Annotated[
        float, typer.Option("--confidence", metavar="SHARE", help="How surely that holds.")
    ] = 0.95,
    pooled: Annotated[
        bool, typer.Option("--pooled", help="One cut-off for all categories.")
    ] = False,
    set_error: Annotated[
        float,
        typer.Option("--set-error", metavar="SHARE", help="Of the sets, so many may miss."),
    ] = 0.1,
    sets_by_category: Annotated[
        bool, typer.Option("--sets-by-category", help="Sets that hold in each category.")
    ] = False,
    review_seconds: Annotated[
        float, typer.Option("--review-seconds", metavar="N", help="A person takes for a product.")
    ] = 20.0,
    force: Annotated[
        bool, typer.Option("--force", help="Go on though the model was trained on some of these.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what could be promised.")
    ] = False,
    photos: o.PhotosOption = None,
    text: o.TextOption = None,
    label: o.LabelOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    image_vectors: o.ImageVectorsOption = None,
    text_vectors: o.TextVectorsOption = None,
    delimiter: o.DelimiterOption = None,
    level: o.LevelOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write a page: promise.html.")
    ] = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Promise that few of the answers accepted unseen are wrong.

    Takes labelled products the model has never seen. From then on the verdicts of the bundle are
    accept where the promise covers an answer, review or abstain elsewhere.
    """
    from glasscase.evaluation.risk_control import Wanted
    from glasscase.jobs.promise import promise as find_promise
    from glasscase.models.classifier import ProductClassifier

    source = source_from(
        table, photos, delimiter, text=text, label=label, id=id, photo_column=photo_column,
        image_vectors=image_vectors, text_vectors=text_vectors,
    )  # fmt: skip
    wanted = Wanted(max_error, confidence, not pooled, set_error, sets_by_category)
    with showing(quiet=quiet) as progress:
        stored = ProductClassifier.load(bundle)
        model = stored.with_settings(settings_for(stored, config, overrides))
        catalog = source.read(model, level=level, progress=progress)
        report = find_promise(
            model, catalog, wanted, seconds_per_review=review_seconds, forced=force,
            progress=progress,
        )  # fmt: skip
        page = report.save(out) if out is not None else None
        kept = report.promise.promises_anything and not dry_run
        if kept:
            stored.with_promise(report.promise).save(bundle)
    if as_json:
        print_json({**report.to_dict(), "kept": kept})
        return
    print_columns(catalog.columns.describe(), quiet=quiet)
    print_problems(report.problems)
    if report.promise.coverage:
        print_table(["answer", "accepted", "products", "accepted", "wrong"], report.rows())
    if report.promise.coverage_above:
        print_table(["stated", "products", "share"], report.depths())
    for sentence in (*report.sentences, *report.notes):
        print(sentence)
    if kept:
        print(f"The bundle {bundle} keeps to it from now on.")
    if page is not None:
        print(f"The page is {page}.")
