"""Alarms: columns that know the KPI already, and figures too good to be true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from glasscase.catalog.cells import as_text
from glasscase.kpi.named_features import FeatureTable
from glasscase.kpi.ranks import rank_correlation
from glasscase.kpi.scale import Floats
from glasscase.kpi.target import Cells

_AFTERWARDS = frozenset([
    "sold", "orders", "order", "units", "revenue", "turnover", "sales", "purchases", "clicks",
    "conversions", "conversion", "ctr", "cvr", "returns", "returned", "refunds", "reviews",
    "review", "rating", "ratings", "stars", "profit", "margin", "rank", "bestseller", "views",
    "impressions", "sessions", "basket", "carts", "wishlist", "forecast", "predicted",
])  # fmt: skip
_ALL_BUT_EQUAL, _NEAR = 0.995, 0.9
_ORDERED = 0.9
_TOO_GOOD = 0.98


@dataclass(frozen=True)
class Alarm:
    """Something that may make the figures look better than they will be in use."""

    level: Literal["certain", "likely"]
    """`certain`: the column was left out unless it was asked for by name."""
    column: str
    reason: str
    remedy: str

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        where = f"column {self.column!r} " if self.column else ""
        return f"Leak alarm: {where}{self.reason}. {self.remedy}"


_KNOWN_BEFORE = (
    "If it counts how often a product was shown or could be bought, name it as the exposure; if it "
    "was known before, among the features to read."
)


def named_after_the_fact(name: str) -> bool:
    """Whether a column sounds like something known only when the KPI is.

    >>> named_after_the_fact("units_sold"), named_after_the_fact("colour")
    (True, False)
    """
    words = re.split(r"[\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return bool(_AFTERWARDS & set(words))


def column_alarms(
    table: FeatureTable, amounts: Floats, target: str, *, told: Sequence[str] = ()
) -> list[Alarm]:
    """Alarms of the named features against the KPI [n]; `told` were asked for by name."""
    found = []
    for feature in table.features:
        values = table.values[feature.name]
        rows = np.isfinite(values) & np.isfinite(amounts)
        asked = feature.name in told
        remedy = "It is used, as you named it." if asked else "It is left out."
        level = rank_correlation(values[rows], amounts[rows]) if feature.kind == "number" else 0.0
        if level >= _ALL_BUT_EQUAL and rows.sum() >= 20:
            reason = f"all but equals {target!r} (rank correlation {level:.3f})"
            found.append(Alarm("certain", feature.name, reason, remedy))
        elif named_after_the_fact(feature.name):
            reason = f"sounds like something known only when {target!r} is"
            more = remedy if asked else f"{remedy} {_KNOWN_BEFORE}"
            found.append(Alarm("certain", feature.name, reason, more))
        elif level >= _NEAR:
            reason = f"nearly gives {target!r} away (rank correlation {level:.2f})"
            found.append(Alarm("likely", feature.name, reason, "Was it known beforehand?"))
    return found


def order_alarms(rows: Cells, names: Sequence[str], amounts: Floats, target: str) -> list[Alarm]:
    """Where an id, or the order of the rows itself, orders the KPI."""
    found = []
    places = np.arange(len(amounts), dtype=np.float64)
    there = np.isfinite(amounts)
    if there.sum() < 20:
        return []
    if (level := rank_correlation(places[there], amounts[there])) >= _ORDERED:
        reason = f"rows are sorted by {target!r} (rank correlation {level:.2f})"
        found.append(Alarm("likely", "", reason, "Nothing reads it; mind it in columns of ranks."))
    for name in names:
        numbers = [_trailing(cells.get(name)) for _, cells in rows]
        values = np.array([np.nan if one is None else one for one in numbers], np.float64)
        known = there & np.isfinite(values)
        if (
            known.sum() >= 20
            and (level := rank_correlation(values[known], amounts[known])) >= _ORDERED
        ):
            reason = f"orders {target!r} (rank correlation {level:.2f})"
            found.append(Alarm("likely", name, reason, "Ids are not read as features."))
    return found


def text_alarms(texts: Sequence[str], cells: Sequence[Any], target: str) -> list[Alarm]:
    """Where the text of products holds the KPI's own figure, as it is written in the table."""
    written = [as_text(cell) or "" for cell in cells]
    long = [i for i, one in enumerate(written) if sum(c.isdigit() for c in one) >= 2]
    if len(long) < 20:
        return []
    held = sum(_holds(texts[i], written[i]) for i in long)
    by_luck = sum(_holds(texts[i], written[j]) for i, j in zip(long, long[1:], strict=False))
    if held <= 0.2 * len(long) or held <= 2 * by_luck:
        return []
    reason = f"of {held} in {len(long)} products holds the figure of {target!r}"
    return [Alarm("likely", "text", reason, "Take it out of the text, or leave text out.")]


def fit_alarms(r2: float, name: str) -> list[Alarm]:
    """Where held-out products are answered all but perfectly."""
    if not np.isfinite(r2) or r2 < _TOO_GOOD:
        return []
    reason = f"{name} answers held-out products all but perfectly (R2 {r2:.3f})"
    return [Alarm("likely", "", reason, "Look for a column made from the target.")]


def left_out(alarms: Sequence[Alarm], told: Sequence[str]) -> frozenset[str]:
    """Columns that are not read for what they know."""
    return frozenset(a.column for a in alarms if a.level == "certain" and a.column not in told)


def _trailing(cell: Any) -> float | None:
    match = re.search(r"(\d{1,15})\D*$", as_text(cell) or "")
    return float(match[1]) if match else None


def _holds(text: str, written: str) -> bool:
    return re.search(rf"(?<![\d.,]){re.escape(written)}(?![\d.,]*\d)", text) is not None
