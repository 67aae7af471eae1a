"""The ledger of any result Glasscase wrote: one line for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from glasscase.errors import BadSetting
from glasscase.insights.fact import Ledger
from glasscase.insights.sources import unsupported
from glasscase.jobs.ledgers.catalogue_facts import evaluation_facts, profile_facts
from glasscase.jobs.ledgers.kpi_facts import kpi_facts
from glasscase.jobs.ledgers.pack_facts import pack_facts
from glasscase.jobs.ledgers.product_facts import product_facts
from glasscase.jobs.ledgers.shelf_facts import shelf_facts

_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Ledger]] = {
    "catalogue": profile_facts,
    "evaluation": evaluation_facts,
    "kpi": kpi_facts,
    "packs": pack_facts,
    "product": product_facts,
    "shelf": shelf_facts,
}
"""Kind of a result -> its ledger. A new kind is one line here."""
_SIGNS = {
    "catalogue": {"rows", "missing", "levels"},
    "evaluation": {"metrics", "per_class", "data"},
    "product": {"label", "probability", "top", "words"},
}
"""Results from before kinds were written down, by what they hold."""
_DAMAGE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
_REMEDY = "Give what `glasscase shelf|pack|kpi|explain|profile|evaluate --json` wrote."


def ledger_of(result: Mapping[str, Any]) -> Ledger:
    """The facts of `result`, each looked up again where it says it stands.

    Raises:
        BadSetting: it is no result we know, is damaged, or holds no figure.
    """
    kind = _kind(result)
    try:
        ledger = _KINDS[kind](result)
        wrong = unsupported(ledger, result)
    except _DAMAGE:
        raise BadSetting(f"the result of kind {kind!r} is damaged", _REMEDY) from None
    if wrong:
        first = wrong[0]
        message = f"{first.metric} of {first.subject!r} does not stand at {first.where!r}"
        raise BadSetting(message, _REMEDY)
    if not ledger.facts:
        raise BadSetting(f"the result of kind {kind!r} holds no figure", _REMEDY)
    return ledger


def _kind(result: Mapping[str, Any]) -> str:
    said = result.get("kind")
    if isinstance(said, str) and said in _KINDS:
        return said
    found = [kind for kind, keys in _SIGNS.items() if keys <= set(result)]
    if said is None and found:
        return found[0]
    what = f"results of kind {said[:40]!r}" if isinstance(said, str) else "this JSON"
    raise BadSetting(f"no report can be written of {what}", _REMEDY)
