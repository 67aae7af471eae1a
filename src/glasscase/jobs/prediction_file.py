"""Files of predictions, written chunk by chunk: CSV, Parquet, JSONL."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from glasscase.errors import BadSetting
from glasscase.files import new_file
from glasscase.models.prediction import Prediction

FIELDS = (
    "id",
    "label",
    "probability",
    "verdict",
    "top_k",
    "problem",
    "row",
    "text_share",
    "image_share",
    "label_set",
    "reason",
    "category",
    "category_probability",
    "unknown",
)
Write = Callable[[Sequence[Prediction]], None]
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?")


@contextmanager
def prediction_file(path: Path) -> Iterator[Write]:
    """Write predictions to `path`; the file appears whole at the end, or not at all.

    Raises:
        BadSetting: the ending is not one of .csv, .parquet, .jsonl.
        CannotWrite: the disk is full; an old file stays.
    """
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        raise BadSetting(
            f"predictions cannot be written as {path.name!r}",
            f"End the name in one of: {', '.join(_WRITERS)}.",
        )
    with new_file(path) as fresh, _WRITERS[ending](fresh) as write:
        yield write


@contextmanager
def csv_rows(stream: TextIO) -> Iterator[Write]:
    """Write predictions to `stream` as CSV: lists are JSON, what is missing is blank."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(FIELDS)

    def write(predictions: Sequence[Prediction]) -> None:
        for prediction in predictions:
            values = prediction.to_dict()
            for name in ("top_k", "label_set"):
                values[name] = json.dumps(values[name], ensure_ascii=False)
            writer.writerow([_cell(values[name]) for name in FIELDS])

    yield write


def safe_cell(text: str) -> str:
    """`text` so that a spreadsheet does not run it: a formula gets an apostrophe before it.

    Numbers stay as they are, also negative ones.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("-5"), safe_cell("blue mug")
    ("'=HYPERLINK(1)", '-5', 'blue mug')
    """
    risky = text.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")
    return f"'{text}" if risky and not _NUMBER.fullmatch(text.strip(" ")) else text


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return safe_cell(value) if isinstance(value, str) else value


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as stream, csv_rows(stream) as write:
        yield write


@contextmanager
def _jsonl(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as stream:

        def write(predictions: Sequence[Prediction]) -> None:
            for prediction in predictions:
                stream.write(json.dumps(prediction.to_dict(), ensure_ascii=False) + "\n")

        yield write


@contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    import pyarrow as pa
    from pyarrow import parquet

    answer = pa.struct([("label", pa.string()), ("probability", pa.float64())])
    types = {
        "probability": pa.float64(),
        "top_k": pa.list_(answer),
        "row": pa.int64(),
        "text_share": pa.float64(),
        "image_share": pa.float64(),
        "label_set": pa.list_(pa.string()),
        "category_probability": pa.float64(),
        "unknown": pa.float64(),
    }
    schema = pa.schema([(name, types.get(name, pa.string())) for name in FIELDS])
    with parquet.ParquetWriter(path, schema) as writer:

        def write(predictions: Sequence[Prediction]) -> None:
            rows = [prediction.to_dict() for prediction in predictions]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))

        yield write


_WRITERS = {".csv": _csv, ".parquet": _parquet, ".jsonl": _jsonl}
