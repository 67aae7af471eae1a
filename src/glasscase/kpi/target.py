"""The KPI column: what kind of figure it is, and which rows cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.cells import as_text
from glasscase.catalog.problem import Problem
from glasscase.errors import BadCatalog, BadSetting, CannotTrain
from glasscase.kpi.amount_cells import amount_in, is_percent
from glasscase.kpi.scale import KINDS, Floats, Kind

Cells = Sequence[tuple[int, Mapping[str, Any]]]
"""Rows of a table with their numbers."""
_WORDS: Mapping[Kind, frozenset[str]] = {
    "rate": frozenset(["ctr", "cvr", "rate", "share", "conversion", "visibility", "probability"]),
    "rating": frozenset(["rating", "ratings", "stars", "star", "score", "grade"]),
    "amount": frozenset(["sales", "revenue", "turnover", "value", "spend", "income", "price"]),
}
_MOST_SLIPS = 0.02
"""So few figures below 0 do not make another kind of what is called sales; they are told."""
_MEND = "Mend it, or choose the kind: as a 'number' a figure may have any sign and size."
_TOLD = 20
"""Rows with one trouble that are told one by one."""


@dataclass(frozen=True)
class TargetColumn:
    """A KPI as numbers."""

    name: str
    kind: Kind
    why: str
    """Why it was taken for that kind, in words."""
    amounts: Floats
    """[n]: NaN where a row has no usable value; shares are 0 to 1."""
    problems: tuple[Problem, ...]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """[n]."""
        return np.isfinite(self.amounts)


def read_target(rows: Cells, name: str, *, kind: str | None = None) -> TargetColumn:
    """Read the column `name` of `rows` as a KPI, `kind` as told or by its name and values.

    Raises:
        BadCatalog: most of it is text.
        BadSetting: no such kind.
        CannotTrain: it holds one value only, or none.
    """
    if kind is not None and kind not in KINDS:
        raise BadSetting(f"there is no kind of KPI {kind!r}", f"Use {', '.join(KINDS)}.")
    cells = [cells.get(name) for _, cells in rows]
    numbers = [amount_in(cell) for cell in cells]
    amounts = np.array([np.nan if one is None else one for one in numbers], np.float64)
    told = [as_text(cell) is not None for cell in cells]
    text = [i for i, there in enumerate(told) if there and numbers[i] is None]
    if len(text) * 2 > sum(told):
        first = text[0]
        raise BadCatalog(
            f"column {name!r} holds text: {len(text)} of {sum(told)} values are no numbers, "
            f"the first in row {rows[first][0]}: {str(cells[first])[:40]!r}",
            "Choose a column of numbers as the target.",
        )
    problems = _told(rows, name, text, [f"{str(cells[i])[:40]!r} is no number" for i in text],
                     "Write a number, or leave the cell empty.")  # fmt: skip
    wild = np.flatnonzero(np.isinf(amounts)).tolist()
    problems += _told(
        rows, name, wild, ["is infinite, or beyond 1e15"] * len(wild), "Write a number."
    )
    amounts[wild] = np.nan
    missing = len(told) - sum(told)
    if missing:
        reason = f"is missing in {missing} of {len(rows)} rows, which are left out"
        problems.append(Problem(None, name, reason, "Fill it in to use them."))
    if np.isfinite(amounts).any():
        amounts, found, why = _kind(name, cells, amounts, kind)
        amounts, more = _within(rows, name, amounts, found)
        problems += more
    else:
        found, why = "number", ""
    _check_varies(name, amounts)
    return TargetColumn(name, found, why, amounts, tuple(problems))


def _kind(
    name: str, cells: Sequence[Any], amounts: Floats, told: str | None
) -> tuple[Floats, Kind, str]:
    there = amounts[np.isfinite(amounts)]
    named = _named(name)
    percent = sum(is_percent(cell) for cell in cells) * 2 > len(there)
    kind: Kind = next((one for one in KINDS if one == told), "number")
    if told is None:
        kind = "rate" if percent and there.max() <= 100 else _by_values(there, named)
    why = "as told" if told is not None else _WHY[kind]
    share_above = float((there > 1).mean())
    if kind == "rate" and (percent or share_above > 0.05):
        return amounts / 100, kind, f"{why}; written in per cent, so divided by 100"
    return amounts, kind, why


_WHY: Mapping[Kind, str] = {
    "rate": "its values are shares from 0 to 1",
    "rating": "it is called a rating and its values lie on a short scale",
    "count": "its values are whole numbers from 0 up",
    "amount": "its values are positive and a few are far above the rest",
    "number": "its values follow no special scale",
}


def _by_values(there: Floats, named: frozenset[Kind]) -> Kind:
    low, high = float(np.quantile(there, 0.02)), float(np.quantile(there, 0.98))
    whole = bool((there == np.round(there)).all())
    if "rate" in named and low >= 0 and high <= 100:
        return "rate"
    if "rating" in named and low >= 0 and high <= 10:
        return "rating"
    if there.min() < 0:
        few = float((there < 0).mean()) <= _MOST_SLIPS
        if not ("amount" in named and few):
            return "number"
        there = there[there >= 0]
    if high <= 1 and not whole:
        return "rate"
    if whole and high > 10:
        return "count"
    skewed = float(there.max()) > 4 * max(float(np.median(there)), 1e-12)
    return "amount" if "amount" in named or skewed else "number"


def _named(name: str) -> frozenset[Kind]:
    words = set(re.split(r"[\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
    return frozenset(kind for kind, known in _WORDS.items() if words & known)


def _within(rows: Cells, name: str, amounts: Floats, kind: Kind) -> tuple[Floats, list[Problem]]:
    """Amounts without those that a figure of this kind cannot have, and the rows they are of."""
    most = 1.0 if kind == "rate" else np.inf
    least = 0.0 if kind in ("rate", "count", "amount") else -np.inf
    found: list[Problem] = []
    for wrong, reason in (
        (amounts < least, f"is below 0, which no {kind} can be"),
        (amounts > most, "is above 1, which no rate can be"),
    ):
        at = np.flatnonzero(wrong).tolist()
        shown = [f"{amounts[i]:g} {reason}" for i in at]
        found += _told(rows, name, at, shown, _MEND)
    kept = np.where((amounts < least) | (amounts > most), np.nan, amounts)
    return kept, found


def _told(
    rows: Cells, name: str, at: Sequence[int], reasons: Sequence[str], remedy: str
) -> list[Problem]:
    """A problem for each row `at`, the first ones only; the rest as a number."""
    found = [
        Problem(rows[i][0], name, reason, f"{remedy} The row is left out.", dropped=True)
        for i, reason in zip(at[:_TOLD], reasons, strict=False)
    ]
    if len(at) > _TOLD:
        reason = f"has the same trouble in {len(at) - _TOLD} further rows"
        found.append(Problem(None, name, reason, remedy))
    return found


def _check_varies(name: str, amounts: Floats) -> None:
    there = amounts[np.isfinite(amounts)]
    if not len(there):
        raise CannotTrain(f"column {name!r} holds no usable number", "Choose another target.")
    if np.ptp(there) <= 1e-12 * max(1.0, float(np.abs(there).max())):
        raise CannotTrain(
            f"column {name!r} is {there[0]:g} in every row, so nothing can go with it",
            "Choose a target that differs between products.",
        )
