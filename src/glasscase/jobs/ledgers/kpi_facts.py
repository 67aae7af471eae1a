"""Facts of a KPI: how well it is predicted, what goes with it, and what an experiment found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glasscase.insights.fact import Ledger
from glasscase.insights.ledger_draft import LedgerDraft
from glasscase.kpi.learner import FAMILIES

_MOST = 20
_WHAT = {"photo": "the photo", "text": "the text"}


def kpi_facts(result: Mapping[str, Any]) -> Ledger:
    """Facts of `glasscase kpi --json`, each with a pointer to where it stands.

    Only differences between the arms of an experiment whose arms are alike are `experimental`.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is no result of a KPI.
    """
    target = str(result["target"]["name"])
    draft = LedgerDraft(f"What goes with {target}", "kpi", result)
    protocol = result["protocol"]
    draft.add("number of products used", target, protocol["used"], "count",
              where="/protocol/used", exact=True)  # fmt: skip
    judged = int(protocol["judged"])
    for place, one in enumerate(result["models"]):
        if one["chosen"]:
            where = f"/models/{place}"
            _share(draft, "variance explained on held-out products", target, one["r2"],
                   f"{where}/r2", n=judged)  # fmt: skip
            _add(draft, "mean error on held-out products", target, one["mae"], "number",
                 f"{where}/mae", n=judged, better="less")  # fmt: skip
    coverage = result["intervals"]["coverage"]
    _share(draft, "share of held-out products within their interval", target, coverage,
           "/intervals/coverage", n=judged)  # fmt: skip
    for place, one in enumerate(result["gains"]):
        family = FAMILIES[FAMILIES.index(one["family"])]  # our own word, or a damaged result
        _add(draft, f"gain in variance explained with {family}", _WHAT[one["what"]], one,
             "percentage points", f"/gains/{place}", n=judged, better="more")  # fmt: skip
    share = result["names_share"]
    _share(draft, "variance that named features explain", target, share["names"],
           "/names_share/names", n=judged)  # fmt: skip
    _drivers(draft, result, judged)
    _experiment(draft, result)
    for warning in _warnings(result):
        draft.note(warning)
    draft.said(result["notes"])
    return draft.ledger()


def _drivers(draft: LedgerDraft, result: Mapping[str, Any], judged: int) -> None:
    drivers = result["drivers"]
    if drivers and len(drivers["rows"]) > _MOST:
        draft.partly("importance for the prediction", "higher")
        draft.partly("share of resamples that agree on its direction")
    for place, one in enumerate(drivers["rows"][:_MOST] if drivers else ()):
        where = f"/drivers/rows/{place}"
        metric, found = "importance for the prediction", one["importance"]
        _add(draft, metric, one["name"], found, "percentage points", f"{where}/importance",
             n=judged)  # fmt: skip
        draft.add("share of resamples that agree on its direction", one["name"], one["stability"],
                  "share", where=f"{where}/stability")  # fmt: skip


def _experiment(draft: LedgerDraft, result: Mapping[str, Any]) -> None:
    found = result["experiment"]
    for place, one in enumerate(found["differences"] if found else ()):
        _add(
            draft, "difference of means", one["treatment"], one, "number",
            f"/experiment/differences/{place}", comparator=one["control"],
            n=one["products"] + one["control_products"], experimental=found["causal"] is True,
        )  # fmt: skip


def _warnings(result: Mapping[str, Any]) -> list[str]:
    return ["A leak alarm was set off: see the report." for _ in result["alarms"][:1]]


def _share(
    draft: LedgerDraft, metric: str, subject: str, found: Mapping[str, Any], where: str, *, n: int
) -> None:
    _add(draft, metric, subject, found, "share", where, n=n, better="more")


def _add(
    draft: LedgerDraft, metric: str, subject: str, found: Mapping[str, Any],
    *unit_and_where: str, **more: Any,
) -> None:  # fmt: skip
    unit, where = unit_and_where
    draft.add(
        metric, subject, found["value"], unit, where=where,
        low=found["low"], high=found["high"], **more,
    )  # fmt: skip
