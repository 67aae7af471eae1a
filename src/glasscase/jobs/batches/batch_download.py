"""The answers of a batch as a file, also while it still runs; few of them in memory at a time."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Literal

from glasscase.jobs.prediction_file import csv_rows, jsonl_rows, prediction_file
from glasscase.models.prediction import Prediction
from glasscase.store.store import Store

Format = Literal["csv", "jsonl", "parquet", "xlsx"]
MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ROWS = 500
_PIECE_BYTES = 1 << 18


def download(store: Store, id: str, form: Format, *, folder: Path) -> Iterator[bytes]:
    """The file in pieces: every row that has an answer by now, in order.

    CSV and JSON Lines are made while they are sent. Of the others, which end with what only the
    whole file knows, a temporary file in `folder` is filled first.
    """
    return (
        _streamed(store, id, form) if form in ("csv", "jsonl") else _filled(store, id, form, folder)
    )


def _streamed(store: Store, id: str, form: Format) -> Iterator[bytes]:
    text = io.StringIO()
    rows = csv_rows if form == "csv" else jsonl_rows
    with rows(text) as write:
        for chunk in _chunks(store, id):
            write(chunk)
            yield _drained(text)
    yield _drained(text)


def _drained(text: io.StringIO) -> bytes:
    data = text.getvalue().encode("utf-8")
    text.seek(0)
    text.truncate()
    return data


def _filled(store: Store, id: str, form: Format, folder: Path) -> Iterator[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="download-") as name:
        place = Path(name) / f"predictions.{form}"
        with prediction_file(place) as write:
            for chunk in _chunks(store, id):
                write(chunk)
        with place.open("rb") as stream:
            while piece := stream.read(_PIECE_BYTES):
                yield piece


def _chunks(store: Store, id: str) -> Iterator[list[Prediction]]:
    answers = (Prediction.of_dict(one.answer) for one in store.predictions.all_of_batch(id))
    while chunk := list(islice(answers, _ROWS)):
        yield chunk
