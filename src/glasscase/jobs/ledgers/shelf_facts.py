"""Facts of a shelf: counts, shares with their intervals, gaps, listing, planogram, market."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glasscase.insights.fact import Ledger
from glasscase.insights.ledger_draft import LedgerDraft

_MOST_NAMES = 40
_SHELF = "the shelf"
_COUNTS = {
    "recognised": "number of recognised products",
    "rows": "number of rows",
    "possible_gaps": "number of possible gaps",
}
_SHARES = {
    "facings": "share of shelf by facings",
    "linear": "share of shelf by width",
    "area": "share of shelf by area",
    "eye_level": "share of shelf at eye level",
}
_PLAN = {
    "presence": "share of planned products that are there",
    "facings": "share of planned facings that are there",
    "position": "share of planned facings in place",
}


def shelf_facts(result: Mapping[str, Any]) -> Ledger:
    """Facts of `glasscase shelf --json`, each with a pointer to where it stands.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is no shelf.
    """
    figures = result["figures"]
    draft = LedgerDraft("The shelf", "shelf", result)
    boxes = len(result["products"])
    _interval(draft, "number of products", _SHELF, figures["products"], "count", "products")
    for key, metric in _COUNTS.items():
        draft.add(metric, _SHELF, result["counts"][key], "count", where=f"/counts/{key}")
    _left_out(draft, figures)
    known = result["counts"]["recognised"]  # where nothing is, all of "unknown" says nothing
    for place, one in enumerate(figures["brands"][:_MOST_NAMES] if known else []):
        for key, metric in _SHARES.items():
            if one[key] is not None:
                where = f"brands/{place}/{key}"
                _interval(draft, metric, one["name"], one[key], "share", where, n=boxes)
    for place, one in enumerate(figures["facings"][:_MOST_NAMES] if known else []):
        where = f"facings/{place}/facings"
        _interval(draft, "number of facings", one["name"], one["facings"], "count", where)
    _against(draft, figures)
    draft.said(result["notes"])
    draft.note("One photo shows one moment and the front line only.")
    return draft.ledger()


def _left_out(draft: LedgerDraft, figures: Mapping[str, Any]) -> None:
    """Long lists are cut; the largest by facings come first in them."""
    if len(figures["brands"]) > _MOST_NAMES:
        for key, metric in _SHARES.items():
            draft.partly(metric, "higher" if key == "facings" else "")
    if len(figures["facings"]) > _MOST_NAMES:
        draft.partly("number of facings", "higher")


def _against(draft: LedgerDraft, figures: Mapping[str, Any]) -> None:
    """The shelf against its listing, its planogram and the market."""
    there = figures["availability"]
    if there:
        where = "availability/share"
        metric = "on-shelf availability"
        _interval(draft, metric, _SHELF, there["share"], "share", where, better="more")
        draft.name(*(one["name"] for one in there["products"][:_MOST_NAMES]))
    plan = figures["planogram"]
    for key, metric in _PLAN.items() if plan else ():
        _interval(draft, metric, _SHELF, plan[key], "share", f"planogram/{key}", better="more")
    for place, one in enumerate((figures["market_share"] or [])[:_MOST_NAMES]):
        where = f"market_share/{place}/difference"
        metric = "share of shelf less share of market"
        _interval(
            draft, metric, one["name"], one["difference"], "percentage points", where,
            comparator="the market",
        )  # fmt: skip


def _interval(
    draft: LedgerDraft,
    metric: str,
    subject: str,
    figure: Mapping[str, Any],
    unit: str,
    where: str,
    **more: Any,
) -> None:
    draft.add(
        metric, subject, figure["value"], unit, where=f"/figures/{where}/value",
        low=figure["low"], high=figure["high"], **more,
    )  # fmt: skip
