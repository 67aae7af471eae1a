"""Boxes a person gives: from a program, from our own results, or from a file."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.tables import open_table
from glasscase.errors import BadSetting, TooLarge
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.usable_boxes import MOST_BOXES

_EDGES = ("left", "top", "right", "bottom")
_MOST_BYTES = 20_000_000
_MOST_LETTERS = 300
_SHAPE = "Write left, top, right, bottom in pixels, and a name where it is known."


def given_boxes(told: Boxes | Iterable[Any]) -> Boxes:
    """Boxes of `[left, top, right, bottom]`, or of `{left, top, right, bottom, name}` each.

    Every box counts as drawn by a person (score 1); `name` says which product it is.

    Raises:
        BadSetting: no box, or a number that is none.
        TooLarge: more than 5,000.

    >>> given_boxes([[0, 0, 10, 20], {"left": 10, "top": 0, "right": 20, "bottom": 20,
    ...                               "name": "Cola"}]).labels
    ('', 'Cola')
    """
    if isinstance(told, Boxes):
        return told
    if isinstance(told, str | bytes | Mapping) or not isinstance(told, Iterable):
        raise BadSetting("the boxes are no list", _SHAPE)
    corners, names = [], []
    for number, one in enumerate(told, 1):
        if number > MOST_BOXES:
            raise TooLarge(f"more than {MOST_BOXES:,} boxes", "Give those of one photo.")
        edges, name = _read(one, number)
        corners.append(edges)
        names.append(name)
    drawn = Boxes.drawn(corners)
    return Boxes(drawn.corners, drawn.scores, tuple(names) if any(names) else ())


def read_boxes(path: Path) -> Boxes:
    """Boxes of a file: a table with left, top, right, bottom and perhaps name (such as the CSV of
    a shelf), or JSON: a list of boxes, or a result of `glasscase shelf`.

    Raises:
        BadSetting: no such file, or no boxes in it.
        TooLarge: more than 20 MB or 5,000 boxes.
    """
    shown = repr(str(path))
    if not path.is_file():
        raise BadSetting(f"there is no file of boxes at {shown}", "Check --boxes.")
    if path.stat().st_size > _MOST_BYTES:
        raise TooLarge(f"the file of boxes {shown} is larger than 20 MB", "Give one photo's boxes.")
    if path.suffix.lower() == ".json":
        return given_boxes(_of_json(path, shown))
    table = open_table(path)
    lacking = [edge for edge in _EDGES if edge not in table.names]
    if lacking:
        raise BadSetting(f"the boxes of {shown} have no column {lacking[0]!r}", _SHAPE)
    return given_boxes(row for _, row in table.rows)


def _of_json(path: Path, shown: str) -> Any:
    try:
        value = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        raise BadSetting(f"the boxes of {shown} are no JSON", _SHAPE) from None
    if isinstance(value, Mapping):
        value = value.get("products", value.get("boxes"))
    if not isinstance(value, list):
        raise BadSetting(f"the JSON of {shown} holds no list of boxes", _SHAPE)
    return value


def _read(one: Any, number: int) -> tuple[list[float], str]:
    name = ""
    if isinstance(one, Mapping):
        edges = [one.get(edge) for edge in _EDGES]
        name = str(one.get("name") or "").strip()
    elif isinstance(one, list | tuple | np.ndarray) and len(one) == 4:
        edges = list(one)
    else:
        raise BadSetting(f"box {number} is no box", _SHAPE)
    if len(name) > _MOST_LETTERS:
        raise BadSetting(f"box {number} has a name of {len(name)} letters", "Shorten it to 300.")
    return [_number(edge, number) for edge in edges], "" if name == "unknown" else name


def _number(value: Any, number: int) -> float:
    try:
        read = float(value)
    except (TypeError, ValueError, OverflowError):
        read = math.nan
    if isinstance(value, bool) or not math.isfinite(read) or abs(read) > 1e7:
        raise BadSetting(f"box {number} has {str(value)[:40]!r} where a number belongs", _SHAPE)
    return read
