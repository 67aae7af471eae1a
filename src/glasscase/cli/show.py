"""How results look on stdout: one JSON document, or aligned words and numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glasscase.catalog.problem import Problem


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


def interval(figure: dict[str, float | None], digits: int = 3) -> str:
    """A `{value, low, high}` as people read it; each may be None where it is not defined.

    >>> interval({"value": 0.9591, "low": 0.947, "high": 0.9702})
    '0.959 (0.947 to 0.970)'
    >>> interval({"value": None, "low": None, "high": None})
    'not defined'
    """
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return "not defined"
    if low is None or high is None:
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def print_columns(told: str, *, quiet: bool) -> None:
    """Print what each column was taken for; a note, so not where only results are wanted."""
    if not quiet:
        print(f"Columns: {told}")


def print_problems(problems: Sequence[Problem], *, most: int = 5) -> None:
    """Print how many problems there are and the first few, those of the whole table before rows.

    >>> from glasscase.catalog.problem import Problem
    >>> print_problems([Problem(3, "photo", "is blank", ""), Problem(None, "photo", "is bad", "")])
    2 problems:
      photo is bad.
      row 3: photo is blank.
    """
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: problem.row is not None)
    more = ", among them:" if len(problems) > most else ":"
    print(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}{more}")
    for problem in ordered[:most]:
        print(f"  {problem}")
