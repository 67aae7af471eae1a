"""Decisions of reviewers as a file: CSV or JSON Lines, row by row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from glasscase.catalog.cells import safe_cell
from glasscase.store.review_items import Correction

COLUMNS = ("id", "category", "category_before", "reviewed_by", "reviewed_at", "prediction_id")


def correction_values(one: Correction) -> dict[str, str]:
    """A decision by column: the product's id, what it is, and where that comes from."""
    values = (
        one.product_id, one.label, one.label_before or "", one.by,
        one.at.isoformat(timespec="seconds"), one.prediction_id,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def csv_lines(corrections: Iterable[Correction]) -> Iterator[str]:
    """The lines of a CSV file, the header first; no cell is a formula."""
    yield _line(COLUMNS)
    for one in corrections:
        yield _line([safe_cell(value) for value in correction_values(one).values()])


def json_lines(corrections: Iterable[Correction]) -> Iterator[str]:
    """The lines of a JSON Lines file."""
    for one in corrections:
        yield json.dumps(correction_values(one), ensure_ascii=False) + "\n"


def _line(cells: Iterable[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()
