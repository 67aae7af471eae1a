"""The comparison as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping

from glasscase.evaluation.comparison_plots import behind_best_plot, pairs_plot, wins_plot
from glasscase.evaluation.duel import Duel
from glasscase.evaluation.standings import Standings
from glasscase.evaluation.verdict_words import VERDICTS
from glasscase.evaluation.wording import bounds, duration, figure, megabytes, p_value
from glasscase.pages.page import render

MOST_FLIPS = 60
"""Of each kind; the rest is in the JSON."""


def page(table: Standings, duel: Duel | None, advice: str) -> str:
    """A self-contained page; everything from outside is escaped.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    return render(
        "glasscase.evaluation",
        "comparison.html",
        table=table,
        duel=duel,
        advice=advice,
        rows=_rows(table),
        behind=behind_best_plot(table),
        pairs=pairs_plot(table) if len(table.models) > 2 else "",
        wins=wins_plot(duel.categories) if duel else "",
        flips=_flips(duel) if duel else {},
        verdicts=VERDICTS,
        figure=figure,
        bounds=bounds,
        p_value=p_value,
    )


def _rows(table: Standings) -> list[Mapping[str, object]]:
    best, *others = table.models
    rows: list[Mapping[str, object]] = []
    for one in table.models:
        costs = one.costs
        rows.append(
            {
                "model": one,
                "pair": None if one is best else table.pair(best.name, one.name),
                "train": duration(costs.train_seconds),
                "product": duration(costs.product_seconds),
                "disk": megabytes(costs.disk_bytes),
                "peak": megabytes(costs.peak_bytes),
            }
        )
    return rows


def _flips(duel: Duel) -> dict[str, tuple[int, list[object]]]:
    """Kind -> how many, and the first of them."""
    found: dict[str, tuple[int, list[object]]] = {}
    for kind in ("lost", "won", "moved"):
        some = [flip for flip in duel.flips if flip.kind == kind]
        found[kind] = (len(some), list(some[:MOST_FLIPS]))
    return found
