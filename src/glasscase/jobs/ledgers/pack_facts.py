"""The ledger of a comparison of packs: what a report about it may say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glasscase.insights.fact import Ledger
from glasscase.insights.ledger_draft import LedgerDraft
from glasscase.intervals import wilson_interval

_UNITS = {"share", "ratio", "count", "px", "mm", "degrees", "rating", "points"}
"""Units of measures that the ledger writes as they are; others are plain numbers."""
_METRICS = {
    "attention_index": "attention against a fair share",
    "noticed_in_3_fixations": "chance to be noticed in three fixations",
    "pop_out_colour": "colour difference from its neighbours in CIEDE2000",
    "found_when_blurred": "margin of being found when blurred",
    "letter_degrees_shelf": "visual angle of letters on the shelf",
    "contrast_median": "contrast of words",
    "words_kept_phone": "share of words that survive on a phone",
    "claims_count": "number of claims",
    "chosen_index": "choice against a fair share",
    "sales_index": "sales against a fair share",
    "purchase_intent": "share of people who would buy",
    "rating": "rating",
}
"""Measures a report names, in our own words; the others stay in the result."""
_PILLARS = {"seen": "seen", "findable": "found", "readable": "readable", "chosen": "chosen"}
_MOST_RIVALS = 12


def pack_facts(result: Mapping[str, Any]) -> Ledger:
    """Facts of a result of `score_packs`: scores, pillars, chances, what-if, and main measures.

    A rank is never told, only the chance of being ahead and of being the best.
    """
    packs = result["packs"]
    draft = LedgerDraft("Packs side by side", "packs", result)
    draws = result["draws"]
    for i, pack in enumerate(packs):
        _scores(draft, pack, f"/packs/{i}", draws)
    _chances(draft, result)
    for i, edit in enumerate(result["what_if"]):
        if edit["score"]:
            change = edit["score"]["change"]
            draft.add(
                f"change of the score by {_edit(edit)}", edit["pack"], change["value"], "points",
                where=f"/what_if/{i}/score/change", low=change["low"], high=change["high"], n=draws,
            )  # fmt: skip
    for i, pack in enumerate(packs):
        _measures(draft, pack, i)
    draft.said(result["notes"])
    return draft.ledger()


def _edit(edit: Mapping[str, Any]) -> str:
    """An edit in our own words; figures are no part of a metric."""
    kind, amount = edit["edit"]["kind"], edit["edit"]["amount"]
    words = {
        "contrast": ("more contrast of words", "less contrast of words"),
        "logo": ("a larger logo", "a smaller logo"),
        "claims": ("more lines of words", "fewer lines of words"),
        "brightness": ("a brighter front", "a darker front"),
        "saturation": ("stronger colours", "weaker colours"),
        "hue": ("another hue", "another hue"),
    }
    return words[kind][0 if amount > 0 else 1]


def _scores(draft: LedgerDraft, pack: Mapping[str, Any], where: str, draws: int) -> None:
    told = pack["score"]
    draft.add(
        "pack performance score", pack["id"], told["value"], "points",
        where=f"{where}/score", low=told["low"], high=told["high"], n=draws, better="more",
    )  # fmt: skip
    for pillar, one in pack["pillars"].items():
        draft.add(
            f"points for being {_PILLARS[pillar]}", pack["id"], one["value"], "points",
            where=f"{where}/pillars/{pillar}", low=one["low"], high=one["high"], n=draws,
            better="more",
        )  # fmt: skip


def _chances(draft: LedgerDraft, result: Mapping[str, Any]) -> None:
    packs: Sequence[Mapping[str, Any]] = result["packs"]
    if len(packs) < 2 or not result["beats"]:
        return
    for i, pack in enumerate(packs):
        best = pack["ranks"][0]
        near = wilson_interval(
            best, result["draws"]
        )  # of the draws, which are no more than so many
        draft.add(
            "chance to be the best of the set", pack["id"], best, "share",
            where=f"/packs/{i}/ranks/0", n=result["draws"], better="more",
            low=near.low, high=near.high,
        )  # fmt: skip
    for i, pack in enumerate(packs):
        if not pack["own"]:
            continue
        for j in [j for j in range(len(packs)) if j != i][:_MOST_RIVALS]:
            ahead = result["beats"][i][j]
            near = wilson_interval(ahead, result["draws"])
            draft.add(
                "chance to be ahead", pack["id"], ahead, "share",
                where=f"/beats/{i}/{j}", comparator=packs[j]["id"], n=result["draws"],
                better="more", low=near.low, high=near.high,
            )  # fmt: skip


def _measures(draft: LedgerDraft, pack: Mapping[str, Any], number: int) -> None:
    for place, one in enumerate(pack["measures"]):
        if one["name"] not in _METRICS:
            continue
        unit = one["unit"] if one["unit"] in _UNITS else "number"
        draft.add(
            _METRICS[one["name"]], pack["id"], one["value"], unit,
            where=f"/packs/{number}/measures/{place}", low=one["low"], high=one["high"],
            better="" if one["better"] == "band" else one["better"],
        )  # fmt: skip
