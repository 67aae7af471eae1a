"""The boxes of a shelf as CSV: a line for each product, also to be corrected and given back."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from glasscase.catalog.cells import safe_cell

COLUMNS = (
    "photo", "number", "left", "top", "right", "bottom", "score", "row", "level", "name", "brand",
    "named_by", "product_id", "similarity", "margin", "verdict", "runner_up", "category",
    "category_probability",
)  # fmt: skip


def box_table(results: Sequence[Mapping[str, Any]]) -> str:
    """CSV of all boxes of `results` (each a `ShelfReading.to_dict`).

    A text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    lines.writerow(COLUMNS)
    for result in results:
        for one in result["products"]:
            lines.writerow([_cell(value) for value in _line(result["photo"]["name"], one)])
    return stream.getvalue()


def _line(photo: str, one: Mapping[str, Any]) -> list[Any]:
    match, category = one["match"] or {}, one["category"] or {}
    runner_up = match.get("runner_up") or {}
    return [
        photo,
        *(one[name] for name in COLUMNS[1:12]),
        (match.get("product") or {}).get("id"),
        match.get("similarity"),
        match.get("margin"),
        match.get("verdict"),
        runner_up.get("id"),
        category.get("label"),
        category.get("probability"),
    ]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, float):
        return round(value, 4)
    return "" if value is None else value
