"""The comparison of packs as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glasscase.packs.scored import PILLARS
from glasscase.pages.page import render

PILLAR_NAMES = {
    "seen": "Seen",
    "findable": "Findable",
    "readable": "Readable",
    "chosen": "Chosen",
}
_MOST_BOXES = 40
_ENOUGH = 4.5


def pack_page(result: Mapping[str, Any], pictures: Mapping[str, Any]) -> str:
    """The page of a result of `score_packs` and its pictures."""
    packs = result["packs"]
    order = sorted(range(len(packs)), key=lambda i: -(packs[i]["score"]["value"] or 0))
    named = {pack["id"]: number for number, pack in enumerate(packs)}
    return render(
        "glasscase.jobs",
        "packs.html",
        result=result,
        packs=packs,
        order=order,
        photos=pictures["photos"],
        attention=pictures["attention"],
        shelf=pictures["shelf"],
        edits=pictures["edits"],
        boxes=[text_boxes(pack) for pack in packs],
        titles=_titles(packs),
        pillars=PILLARS,
        pillar_names=PILLAR_NAMES,
        named=named,
        sentence=sentence(result),
        hero=(result.get("hero") or {}).get("packs"),
        one=one,
        three=three,
        figure=figure,
        chance=chance,
    )


def sentence(result: Mapping[str, Any]) -> str:
    """The one sentence to begin with: who is ahead, and with what chance."""
    packs, ahead = result["packs"], result["beats"]
    if not ahead:
        return "Nothing of these packs could be scored."
    own = next((i for i, pack in enumerate(packs) if pack["own"]), 0)
    name, told = packs[own]["id"], three(packs[own]["score"])
    if len(packs) == 1:
        return f"“{name}” has {told} of 100 points on the anchored scales."
    rivals = [i for i in range(len(packs)) if i != own]
    best = max(rivals, key=lambda i: packs[i]["score"]["value"])
    first = chance(packs[own]["ranks"][0])
    return (
        f"“{name}” has {told} of 100 points; it is the best of {len(packs)} in {first} of draws, "
        f"and ahead of the strongest rival, “{packs[best]['id']}”, in {chance(ahead[own][best])}."
    )


def text_boxes(pack: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Boxes of words on the photo, as per cent of it, and whether their contrast is enough.

    Enough is 4.5 (WCAG 2.2, 1.4.3); a box says so in words too, not by its colour alone.
    """
    measures = {one["name"]: one for one in pack["measures"]}
    everything = measures.get("contrast_median", {}).get("evidence") or []
    poor = {
        tuple(one["box"]) for one in measures.get("contrast_enough_share", {}).get("evidence") or []
    }
    return [
        {
            "left": 100 * one["box"][0],
            "top": 100 * one["box"][1],
            "width": 100 * (one["box"][2] - one["box"][0]),
            "height": 100 * (one["box"][3] - one["box"][1]),
            "words": one["words"],
            "enough": tuple(one["box"]) not in poor,
        }
        for one in everything[:_MOST_BOXES]
    ]


def _titles(packs: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Name, title, unit and pillar ("" where not scored) of every measure, by pillar."""
    found: dict[str, tuple[str, str, str, str]] = {}
    for pack in packs:
        for one_measure in pack["measures"]:
            scored = one_measure["points"] is not None
            name, pillar = one_measure["name"], one_measure["pillar"] if scored else ""
            before = found.get(name)
            if before is None or (pillar and not before[3]):
                found[name] = (name, one_measure["title"], one_measure["unit"], pillar)
    ranked = {pillar: number for number, pillar in enumerate([*PILLARS, ""])}
    return sorted(found.values(), key=lambda entry: ranked[entry[3]])


def one(value: float | None) -> str:
    """Points as people read them.

    >>> one(61.04), one(None)
    ('61', '–')
    """
    return "–" if value is None else f"{value:.0f}"


def three(told: Mapping[str, Any]) -> str:
    """A figure with its interval.

    >>> three({"value": 61.04, "low": 55.2, "high": 66.0})
    '61 (55 to 66)'
    """
    if told["value"] is None:
        return "not scored"
    return f"{one(told['value'])} ({one(told['low'])} to {one(told['high'])})"


def chance(share: float) -> str:
    """A share of draws, never 0 % or 100 % where it might be otherwise.

    >>> chance(0.714), chance(1.0), chance(0.0)
    ('71 %', 'over 99 %', 'under 1 %')
    """
    if share > 0.99:
        return "over 99 %"
    return "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def figure(value: float | None, unit: str) -> str:
    """A measured value with its unit.

    >>> figure(0.234, "share"), figure(4.512, "ratio"), figure(3.0, "count"), figure(None, "mm")
    ('23 %', '4.5', '3', '–')
    """
    if value is None:
        return "–"
    if unit == "share":
        return f"{100 * value:.0f} %"
    shown = f"{value:.0f}" if unit == "count" or abs(value) >= 100 else f"{value:.2g}"
    return shown if unit in ("ratio", "count", "margin", "distance") else f"{shown} {unit}"
