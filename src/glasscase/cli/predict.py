"""`glasscase predict`: a table of products becomes a table of answers."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import model_from, showing, source_from
from glasscase.cli.show import print_json

if TYPE_CHECKING:
    from glasscase.jobs.table_source import TableSource
    from glasscase.models.classifier import ProductClassifier
    from glasscase.progress import Progress


def predict(
    bundle: o.BundleArgument,
    table: o.TableArgument,
    photos: o.PhotosOption = None,
    text: o.TextOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    image_vectors: o.ImageVectorsOption = None,
    text_vectors: o.TextVectorsOption = None,
    delimiter: o.DelimiterOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="A .csv, .parquet, .jsonl or .xlsx; else CSV on stdout."
        ),
    ] = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Say what every row of a table is, and how sure that is.

    Columns are read as in training unless named. Every row has an answer, also a broken one.
    """
    from glasscase.jobs.predict import predict as predict_table

    source = source_from(
        table, photos, delimiter, text=text, id=id, photo_column=photo_column,
        image_vectors=image_vectors, text_vectors=text_vectors,
    )  # fmt: skip
    with showing(quiet=quiet) as progress:
        model = model_from(bundle, config, overrides)
        if out is None:
            _to_stdout(model, source, progress, as_json=as_json)
            return
        counted = predict_table(model, source, out, progress=progress)
    if as_json:
        print_json(counted.to_dict())
        return
    print(counted)
    print(f"The predictions are in {out}.")


def _to_stdout(
    model: ProductClassifier, source: TableSource, progress: Progress, *, as_json: bool
) -> None:
    from glasscase.jobs.predict import CHUNK_ROWS, predicted_rows
    from glasscase.jobs.prediction_file import csv_rows

    answers = predicted_rows(model, source, progress=progress)
    if as_json:
        print_json([answer.to_dict() for answer in answers])
        return
    chunk = list(islice(answers, CHUNK_ROWS))  # before the header: it may find a mistake
    with csv_rows(sys.stdout) as write:
        while chunk:
            write(chunk)
            chunk = list(islice(answers, CHUNK_ROWS))
