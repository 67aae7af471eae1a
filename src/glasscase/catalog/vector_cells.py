"""Vectors written in the cells of a table: a list in one cell, or one number in each of many."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.cells import as_text

MOST_NUMBERS = 65_536
_LARGEST = float(np.finfo(np.float32).max)
_BETWEEN = re.compile(r"[\s,;]+")


class BadVector(ValueError):
    """Why a vector cannot be used, for the words of a `Problem`; never leaves the catalogue."""


def listed_vector(cell: Any) -> NDArray[np.float32] | None:
    """float32 [dim] from one cell: a list, or text such as `[0.1, 0.2]` or `0.1 0.2`.

    Brackets may be missing; commas, semicolons and blanks divide. None where the cell is empty.

    Raises:
        BadVector: something in it is no finite number, or there are too many.

    >>> listed_vector("[0.5 -1]").tolist(), listed_vector("0.5, -1").tolist(), listed_vector("")
    ([0.5, -1.0], [0.5, -1.0], None)
    """
    items = cell.tolist() if hasattr(cell, "tolist") else cell
    if not isinstance(items, list | tuple):
        text = as_text(items)
        if text is None:
            return None
        items = [part for part in _BETWEEN.split(text.strip("[]() \t\r\n")) if part]
    return _numbers(items) if len(items) else None


def spread_vector(cells: Sequence[Any], names: Sequence[str]) -> NDArray[np.float32] | None:
    """float32 [dim] from one number per cell; None where all are empty (NaN is empty, too).

    Args:
        cells: [dim].
        names: [dim] their columns, for messages.

    Raises:
        BadVector: some cells are empty, or one holds no finite number.
    """
    missing = [name for name, cell in zip(names, cells, strict=True) if as_text(cell) is None]
    if len(missing) == len(cells):
        return None
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise BadVector(f"lacks {missing[0]!r}{more}")
    return _numbers(list(cells))


def _numbers(items: Sequence[Any]) -> NDArray[np.float32]:
    if len(items) > MOST_NUMBERS:
        raise BadVector(f"has {len(items):,} numbers, the limit is {MOST_NUMBERS:,}")
    values = [_number(item, place) for place, item in enumerate(items, start=1)]
    return np.array(values, np.float32)


def _number(item: Any, place: int) -> float:
    try:
        if isinstance(item, bool) or (isinstance(item, str) and "_" in item):
            raise ValueError
        value = float(item)
    except (TypeError, ValueError, OverflowError):
        raise BadVector(f"holds {str(item)[:40]!r} at place {place}, which is no number") from None
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise BadVector(f"holds {str(item)[:40]} at place {place}, which is not finite")
    return value
