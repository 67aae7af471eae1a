"""`glasscase evaluate`: how good a model is on products whose category is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import model_from, showing, source_from
from glasscase.cli.show import interval, print_columns, print_json, print_problems, print_table

SHOWN = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "top_3_accuracy": "right class among the first 3",
    "roc_auc_macro": "ROC-AUC, mean of classes",
    "ece": "calibration error",
    "hierarchical_f1": "F1 along the tree",
    "tree_distance": "tree distance, 0 is right",
}


def evaluate(
    bundle: o.BundleArgument,
    table: o.TableArgument,
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
        Path | None, typer.Option("--out", metavar="FOLDER", help="Where the report goes.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of the intervals.")] = 0,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Measure a model on products whose category is known.

    Accuracy, F1, calibration and confusions, each with an interval. Columns are read as in
    training unless named.
    """
    from glasscase.jobs.evaluate import evaluate as evaluate_model

    source = source_from(
        table, photos, delimiter, text=text, label=label, id=id, photo_column=photo_column,
        image_vectors=image_vectors, text_vectors=text_vectors,
    )  # fmt: skip
    with showing(quiet=quiet) as progress:
        model = model_from(bundle, config, overrides)
        catalog = source.read(model, level=level, progress=progress)
        report = evaluate_model(model, catalog, seed=seed, progress=progress)
        page = report.save(out) if out is not None else None
    if as_json:
        print_json(report.to_dict())
        return
    print_columns(catalog.columns.describe(), quiet=quiet)
    print_problems(report.problems)
    metrics = report.to_dict()["metrics"]
    rows = [[words, interval(metrics[name])] for name, words in SHOWN.items() if name in metrics]
    print_table(["figure", "value (95 % interval)"], rows)
    if report.tree is not None:
        print_table(
            ["stated unseen", "products", "right"],
            [
                [
                    row.what,
                    str(row.products),
                    interval(row.right.to_dict()) if row.right.defined else "-",
                ]
                for row in report.tree.stops
            ],
        )
    kept = [] if report.promise is None else [report.promise.sentence]
    for sentence in (*report.notes, *kept, report.advice):
        print(sentence)
    if page is not None:
        print(f"The report is in {page}.")
