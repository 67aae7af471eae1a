"""The result of a comparison of packs as plain JSON values: `{"kind": "packs", "schema": 1, ...}`.

Every score, pillar and measure's points come as `{value, low, high}` (the median and the middle
95 % of the draws); a rank never comes without its chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.packs.draws import (
    Draws,
    at_measured,
    beats,
    draw,
    interval,
    rank_shares,
    sensitivity,
)
from glasscase.packs.measure import Measure
from glasscase.packs.pack_table import GivenPack
from glasscase.packs.scales import Scale
from glasscase.packs.score import percentile_part, percentiles
from glasscase.packs.scored import PILLARS, Scored, scored

SCHEMA = 1
NOT_A_FORECAST = (
    "A proxy for how a pack does its work in the shop, not a forecast of sales, and not affiliated "
    "with any commercial score."
)
_ALONE = (
    "One pack alone has no competitors: its points come from the anchored scales only, without "
    "percentiles, and there is nobody to be ahead of."
)
_MISSING = "Parts that are missing are drawn from their whole range: the intervals are wider."


@dataclass(frozen=True, slots=True)
class Asked:
    """How the score was to be computed."""

    weights: Mapping[str, float]
    scale: Scale
    draws: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """A set of packs scored: what went in, and the draws."""

    asked: Asked
    table: Scored
    drawn: Draws | None
    """None: nothing could be scored."""


def scoring(
    packs: Sequence[str],
    measures: Sequence[Sequence[Measure]],
    asked: Asked,
    *,
    keys: Sequence[str] | None = None,
) -> Scoring:
    """Score packs by `measures`; `keys` as in `scored`."""
    nought = [name for name, weight in asked.weights.items() if weight == 0]
    table = scored(packs, measures, asked.scale, keys=keys, leave_out=nought)
    if not table.scales:
        return Scoring(asked, table, None)
    return Scoring(asked, table, draw(table, asked.weights, draws=asked.draws, seed=asked.seed))


def pack_result(
    packs: Sequence[GivenPack],
    measures: Sequence[Sequence[Measure]],
    found: Scoring,
    *,
    problems: Sequence[Problem] = (),
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """All of a comparison but what-if edits and hero checks, which are added by who makes them."""
    table, drawn, asked = found.table, found.drawn, found.asked
    weights = {one: asked.weights[one] for one in table.pillars}
    total = sum(weights.values())
    return {
        "kind": "packs",
        "schema": SCHEMA,
        "scale": asked.scale.to_dict(),
        "draws": asked.draws,
        "seed": asked.seed,
        "weights": {one: weight / total for one, weight in weights.items()},
        "percentile_part": percentile_part(len(packs)),
        "packs": [
            {**_given(one), **_score(found, row), "measures": told}
            for row, (one, told) in enumerate(zip(packs, _measures(measures, found), strict=True))
        ],
        "beats": [] if drawn is None else _rounded(beats(drawn.scores)),
        "sensitivity": []
        if drawn is None
        else [_plain(asdict(one)) for one in sensitivity(table, drawn)],
        "not_scored": [asdict(one) for one in table.not_scored],
        "what_if": [],
        "notes": [NOT_A_FORECAST, *_notes(packs, table), *notes],
        "problems": [asdict(one) for one in problems],
    }


def _given(one: GivenPack) -> dict[str, Any]:
    pack = one.pack
    height, width = pack.image.shape[:2]
    return {
        "id": pack.id,
        "brand": pack.brand,
        "product": pack.product,
        "variety": pack.variety,
        "category": pack.category,
        "height_mm": pack.height_mm,
        "own": pack.own,
        "photo": {"name": one.photo, "sha256": one.sha256, "width_px": width, "height_px": height},
        "outcomes": dict(one.outcomes),
    }


def _score(found: Scoring, row: int) -> dict[str, Any]:
    table, drawn = found.table, found.drawn
    why = {one.part: one.why_not for one in table.not_scored}
    nothing = {"value": None, "low": None, "high": None}
    pillars: dict[str, Any] = {}
    for pillar in PILLARS:
        if drawn is None or pillar not in table.pillars:
            pillars[pillar] = {**nothing, "why_not": why.get(pillar, ""), "missing": []}
            continue
        number = table.pillars.index(pillar)
        mine = np.flatnonzero(table.of == number)
        missing = [table.names[i] for i in mine if np.isnan(table.values[row, i])]
        told = _plain(interval(drawn.pillars[:, row, number]))
        pillars[pillar] = {**told, "why_not": "", "missing": missing}
    if drawn is None:
        return {"score": nothing, "at_measured": None, "ranks": [], "pillars": pillars}
    exact = at_measured(table, found.asked.weights)[row]
    return {
        "score": _plain(interval(drawn.scores[:, row])),
        "at_measured": None if exact is None else round(exact, 3),
        "ranks": _rounded(rank_shares(drawn.scores))[row],
        "pillars": pillars,
    }


def _measures(measures: Sequence[Sequence[Measure]], found: Scoring) -> list[list[dict[str, Any]]]:
    table, drawn, scale = found.table, found.drawn, found.asked.scale
    columns = {name: i for i, name in enumerate(table.names)}
    pillar_of = {name: table.pillars[int(table.of[i])] for name, i in columns.items()}
    anchored = {name: table.scales[i].goodness(table.values[:, i]) for name, i in columns.items()}
    place = {name: percentiles(one[:, None])[:, 0] for name, one in anchored.items()}
    told: list[list[dict[str, Any]]] = []
    for row, mine in enumerate(measures):
        rows = []
        for one in mine:
            known = scale.measures.get(one.name)
            entry = {**one.to_dict(), "title": known.title if known else _title(one.name)}
            entry |= {"anchored": None, "percentile": None, "points": None}
            if one.name in columns and drawn is not None:
                entry["pillar"] = pillar_of[one.name]
                entry["points"] = _plain(interval(drawn.points[:, row, columns[one.name]]))
                if one.value is not None:
                    entry["anchored"] = round(float(np.clip(anchored[one.name][row], 0, 100)), 3)
                    entry["percentile"] = round(float(place[one.name][row]), 3)
            rows.append(_plain(entry))
        told.append(rows)
    return told


def _title(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _notes(packs: Sequence[GivenPack], table: Scored) -> list[str]:
    notes = []
    if len(packs) == 1:
        notes.append(_ALONE)
    if table.scales and np.isnan(table.values).any():
        notes.append(_MISSING)
    return notes


def _plain(value: Any) -> Any:
    """JSON values only: numbers to five digits behind the point, None for what is no number."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 5) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def _rounded(matrix: NDArray[np.float64]) -> list[list[float]]:
    return [[round(float(one), 6) for one in row] for row in matrix]
