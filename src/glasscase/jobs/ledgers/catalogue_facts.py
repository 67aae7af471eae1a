"""Facts of a whole catalogue: its profile, or how good a model is on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glasscase.insights.fact import Ledger
from glasscase.insights.ledger_draft import LedgerDraft

_MOST_CLASSES = 40
_METRICS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F-score",
    "ece": "expected calibration error",
}
_MODEL = "the model"
_TABLE = "the catalogue"


def profile_facts(result: Mapping[str, Any]) -> Ledger:
    """Facts of `glasscase profile --json`: size, gaps, categories, photos, near-duplicates.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is no profile.
    """
    rows = int(result["rows"])
    draft = LedgerDraft("The catalogue", "catalogue", result)
    draft.add("number of products", _TABLE, rows, "count", where="/rows", exact=True)
    for i, one in enumerate(result["missing"]):
        if one["share"] > 0:
            draft.add("share of products without it", one["field"], one["share"], "share",
                      where=f"/missing/{i}/share", n=rows, better="less", exact=True)  # fmt: skip
    for i, level in enumerate(result["levels"][:1]):
        if len(level["counts"]) > _MOST_CLASSES:
            draft.partly("number of products in the category", "higher")
        for j, one in enumerate(level["counts"][:_MOST_CLASSES]):
            draft.add("number of products in the category", one["label"], one["products"], "count",
                      where=f"/levels/{i}/counts/{j}/products", exact=True)  # fmt: skip
    photos = result.get("photos") or {}
    if photos.get("products_with") is not None:
        draft.add("number of products with a photo", _TABLE, photos["products_with"], "count",
                  where="/photos/products_with", n=rows, exact=True)  # fmt: skip
    looks = photos.get("sample") or {}
    for key, name in (("blurred_share", "share of blurred photos"),
                      ("blank_share", "share of blank photos")):  # fmt: skip
        draft.add(name, _TABLE, looks.get(key), "share", where=f"/photos/sample/{key}",
                  n=looks.get("photos"), better="less")  # fmt: skip
    near = result.get("near_duplicates") or {}
    draft.add("number of near duplicates", _TABLE, near.get("products"), "count",
              where="/near_duplicates/products", better="less")  # fmt: skip
    return draft.ledger()


def evaluation_facts(result: Mapping[str, Any]) -> Ledger:
    """Facts of `glasscase evaluate --json`: accuracy with intervals, and by category.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is no evaluation.
    """
    products = int(result["data"]["products"])
    draft = LedgerDraft("The model on this catalogue", "catalogue", result)
    for key, name in _METRICS.items():
        found = result["metrics"].get(key) or {}
        better = "less" if key == "ece" else "more"
        draft.add(name, _MODEL, found.get("value"), "share", where=f"/metrics/{key}", n=products,
                  low=found.get("low"), high=found.get("high"), better=better)  # fmt: skip
    for i, one in enumerate(result["per_class"][:_MOST_CLASSES]):
        for key in ("recall", "precision"):
            if len(result["per_class"]) > _MOST_CLASSES:
                draft.partly(key)
            found = one[key]
            draft.add(key, one["label"], found.get("value"), "share", n=one.get("support"),
                      where=f"/per_class/{i}/{key}", low=found.get("low"),
                      high=found.get("high"), better="more")  # fmt: skip
    for i, one in enumerate(result.get("most_confused") or []):
        draft.add("share taken for another category", one["label"], one["share"], "share",
                  where=f"/most_confused/{i}/share", comparator=one["answer"],
                  better="less")  # fmt: skip
    draft.said(result.get("notes") or [])
    return draft.ledger()
