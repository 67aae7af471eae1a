"""What a change of a pack would do: the photo is edited and everything is measured anew.

Before and after are drawn with the same chance (arrangements of shelves, errors of measurement,
weights), so that their difference is much surer than either of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from glasscase.jobs.pack_comparison import edit_picture
from glasscase.jobs.pack_sets.measure_packs import MeasuredPacks, Measuring, measure_packs
from glasscase.packs.draws import Draws, interval
from glasscase.packs.edit import Edit
from glasscase.packs.edits import Edited, edited
from glasscase.packs.measure import Measure
from glasscase.packs.pack import Pack
from glasscase.packs.pack_result import Scoring, scoring
from glasscase.packs.scales import Scale

ARRANGEMENTS = 40
"""Of simulated shelves, before and after an edit: chance is the same, so fewer will do."""
MOST_OWN = 3


def what_if(
    packs: Sequence[Pack],
    edits: Sequence[Edit],
    found: Scoring,
    outcomes: Sequence[Sequence[Measure]],
    *,
    measured: MeasuredPacks,
    how: Measuring,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Each of `edits` on each own pack (three at most): what changes, and the edited photos.

    Always on simulated shelves: a pack on a photo of a real one cannot be changed.
    """
    own = [i for i, pack in enumerate(packs) if pack.own][:MOST_OWN]
    if not edits or found.drawn is None:
        return [], []
    how = replace(how, arrangements=min(how.arrangements, ARRANGEMENTS), scene=None)
    keys = found.table.packs
    ids = [pack.id for pack in packs]
    lines = dict(zip(ids, measured.lines, strict=True))

    def scored_anew(changed: Sequence[Pack], known: dict[str, Any]) -> Scoring:
        again = measure_packs(changed, how, lines=known)
        measures = [[*a, *b] for a, b in zip(again.measures, outcomes, strict=True)]
        return scoring(ids, measures, found.asked, keys=keys)

    before = scored_anew(packs, {})
    told, pictures = [], []
    for row in own:
        for edit in how.progress.track(edits, total=len(edits), what="trying changes"):
            new = edited(edit, packs[row], lines[ids[row]])
            changed = [new.pack if i == row else pack for i, pack in enumerate(packs)]
            known = {} if measured.unread[row] else {ids[row]: new.lines}
            after = scored_anew(changed, known)
            told.append({**_named(edit, new), **_compared(before, after, row)})
            pictures.append(edit_picture(new.pack.image))
    return told, pictures


def _named(edit: Edit, new: Edited) -> dict[str, Any]:
    return {
        "pack": new.pack.id,
        "edit": {"kind": edit.kind, "amount": edit.amount},
        "words": edit.words,
        "note": new.note,
    }


def _compared(before: Scoring, after: Scoring, row: int) -> dict[str, Any]:
    """The change of score, pillars and measures of the pack `row`."""
    old, new = before.drawn, after.drawn
    if old is None or new is None:
        return {"score": None, "better": None, "pillars": {}, "measures": []}
    change = new.scores[:, row] - old.scores[:, row]
    return {
        "score": {
            "before": _rounded(interval(old.scores[:, row])),
            "after": _rounded(interval(new.scores[:, row])),
            "change": _rounded(interval(change)),
        },
        "better": round(float((change > 0).mean() + (change == 0).mean() / 2), 4),
        "pillars": _pillars(before, after, row),
        "measures": _measures(before, after, row),
    }


def _pillars(before: Scoring, after: Scoring, row: int) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for number, pillar in enumerate(before.table.pillars):
        if pillar not in after.table.pillars:
            continue
        mine = _of(before.drawn), _of(after.drawn)
        other = after.table.pillars.index(pillar)
        told[pillar] = _rounded(
            interval(mine[1].pillars[:, row, other] - mine[0].pillars[:, row, number])
        )
    return told


def _measures(before: Scoring, after: Scoring, row: int) -> list[dict[str, Any]]:
    """Measures whose value changed, the greatest change of points first."""
    scale: Scale = before.asked.scale
    told = []
    for column, name in enumerate(before.table.names):
        if name not in after.table.names:
            continue
        other = after.table.names.index(name)
        old, new = before.table.values[row, column], after.table.values[row, other]
        if old == new or (np.isnan(old) and np.isnan(new)):
            continue
        points = _of(after.drawn).points[:, row, other] - _of(before.drawn).points[:, row, column]
        told.append({
            "name": name,
            "title": scale.measures[name].title,
            "unit": scale.measures[name].unit,
            "before": None if np.isnan(old) else round(float(old), 5),
            "after": None if np.isnan(new) else round(float(new), 5),
            "points": _rounded(interval(points)),
        })  # fmt: skip
    return sorted(told, key=lambda one: -abs(one["points"]["value"]))


def _of(drawn: Draws | None) -> Draws:
    if drawn is None:
        raise ValueError("nothing was drawn")
    return drawn


def _rounded(told: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in told.items()}
