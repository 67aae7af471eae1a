"""How results look on stdout: one JSON document, or aligned words and numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any


def print_json(value: Any) -> None:
    """Print `value` as one readable JSON document."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under a header, columns aligned: the first to the left, the others to the right.

    >>> print_table(["model", "accuracy"], [["late", "0.959"], ["linear", "0.945"]])
    model   accuracy
    late       0.959
    linear     0.945
    """
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        first, *others = zip(line, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        print("  ".join(cells).rstrip())


def interval(figure: dict[str, float], digits: int = 3) -> str:
    """A `{value, low, high}` as people read it.

    >>> interval({"value": 0.9591, "low": 0.947, "high": 0.9702})
    '0.959 (0.947 to 0.970)'
    """
    value, low, high = (f"{figure[name]:.{digits}f}" for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def some(things: Sequence[object], what: str, *, most: int = 5) -> None:
    """Print the first few of `things` under how many there are; nothing when there are none.

    >>> some(["row 3: blank", "row 9: blank"], "problems", most=1)
    2 problems, among them:
      row 3: blank
    """
    if not things:
        return
    more = ", among them:" if len(things) > most else ":"
    print(f"{len(things)} {what}{more}")
    for thing in things[:most]:
        print(f"  {thing}")
