"""Files of predictions, written chunk by chunk: CSV, Parquet, JSONL, Excel."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from glasscase.catalog.cells import safe_cell
from glasscase.errors import BadSetting
from glasscase.extras import need
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
_LONGEST_CELL = 32_767
"""Characters that fit into a cell of a workbook."""
Write = Callable[[Sequence[Prediction]], None]


@contextmanager
def prediction_file(path: Path) -> Iterator[Write]:
    """Write predictions to `path`; the file appears whole at the end, or not at all.

    Raises:
        BadSetting: the ending is not one of .csv, .parquet, .jsonl, .xlsx.
        MissingExtra: .xlsx without the package that writes it.
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
            values = _flat(prediction)
            writer.writerow([_cell(values[name]) for name in FIELDS])

    yield write


@contextmanager
def jsonl_rows(stream: TextIO) -> Iterator[Write]:
    """Write predictions to `stream` as JSON Lines."""

    def write(predictions: Sequence[Prediction]) -> None:
        for prediction in predictions:
            stream.write(json.dumps(prediction.to_dict(), ensure_ascii=False) + "\n")

    yield write


def _flat(prediction: Prediction) -> dict[str, Any]:
    """Values for cells: lists are JSON."""
    values = prediction.to_dict()
    for name in ("top_k", "label_set"):
        values[name] = json.dumps(values[name], ensure_ascii=False)
    return values


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
    with path.open("w", encoding="utf-8") as stream, jsonl_rows(stream) as write:
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


@contextmanager
def _xlsx(path: Path) -> Iterator[Write]:
    """An Excel workbook, a row in memory at a time; a text is stored as text, whatever it says."""
    package = need("xlsxwriter", extra="server")
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with TemporaryDirectory(dir=path.parent, prefix=".rows-") as rows_folder:
        book = package.Workbook(
            str(path), {"constant_memory": True, "tmpdir": rows_folder, **plain}
        )
        sheet = book.add_worksheet("Predictions")
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(FIELDS):
            sheet.write_string(0, column, name, bold)
        rows = count(1)

        def write(predictions: Sequence[Prediction]) -> None:
            for prediction, row in zip(predictions, rows, strict=False):
                values = _flat(prediction)
                for column, name in enumerate(FIELDS):
                    _write_cell(sheet, row, column, values[name])

        yield write
        try:
            book.close()
        except package.exceptions.FileCreateError as error:
            raise OSError(*getattr(error.args[0], "args", error.args)) from error


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value[:_LONGEST_CELL])
    elif value is not None:
        sheet.write_number(row, column, value)


_WRITERS = {".csv": _csv, ".parquet": _parquet, ".jsonl": _jsonl, ".xlsx": _xlsx}
