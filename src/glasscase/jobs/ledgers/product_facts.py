"""Facts of one product's explanation: what `glasscase explain --json` wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glasscase.insights.fact import Ledger
from glasscase.insights.ledger_draft import LedgerDraft

_MOST_WORDS = 12
_UNITS = {"probability": "percentage points", "log-odds": "logit"}


def product_facts(result: Mapping[str, Any]) -> Ledger:
    """How sure the model is, what else it could be, and what counted.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is no explanation.
    """
    draft = LedgerDraft(f"Product {result['id']}", "product", result)
    draft.partly("probability", "higher")  # the first few categories
    draft.partly("similarity", "higher")
    for i, one in enumerate(result["top"]):
        draft.add("probability", one["label"], one["probability"], "share",
                  where=f"/top/{i}/probability", exact=True)  # fmt: skip
    for i, one in enumerate(result.get("shares") or []):
        draft.add("part of the answer", one["modality"], one["share"], "share",
                  where=f"/shares/{i}/share", exact=True)  # fmt: skip
    words = result.get("words") or {}
    unit = _UNITS.get(words.get("answer", ""), "number")
    weighed = sorted(enumerate(words.get("words") or []), key=lambda item: -abs(item[1]["weight"]))
    if len(weighed) > _MOST_WORDS:
        draft.partly("word weight")
    for i, one in weighed[:_MOST_WORDS]:
        error = one.get("error")
        half = 1.96 * float(error or 0.0)
        near = {"low": one["weight"] - half, "high": one["weight"] + half} if half else {}
        where = f"/words/words/{i}/weight"
        draft.add("word weight", one["word"], one["weight"], unit, where=where,
                  exact=error == 0, **near)  # fmt: skip
    for i, one in enumerate(result.get("neighbours") or []):
        draft.add("similarity", one["title"] or one["id"], one["similarity"], "number",
                  where=f"/neighbours/{i}/similarity", exact=True)  # fmt: skip
    draft.note("It says what the model went by, not what is true of the product.")
    if weighed:
        draft.note("A word's weight is how much the answer leans on it beside the other words.")
    return draft.ledger()
