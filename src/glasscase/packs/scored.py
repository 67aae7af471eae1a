"""The measures of a set of packs as a table of numbers: what is drawn, and what is not scored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from glasscase.packs.measure import Measure, Pillar
from glasscase.packs.scales import MeasureScale, Scale

PILLARS: tuple[Pillar, ...] = get_args(Pillar)
_NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class NotScored:
    """A pillar or a measure that the score says nothing of, and why."""

    part: str
    why_not: str


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """n packs, m scored measures of p pillars."""

    packs: tuple[str, ...]
    scales: tuple[MeasureScale, ...]
    """[m]"""
    pillars: tuple[Pillar, ...]
    """[p] that are scored, in the order of `PILLARS`."""
    of: NDArray[np.intp]
    """[m] number of the pillar of each measure."""
    values: NDArray[np.float64]
    """[n, m]; NaN: missing."""
    spread: NDArray[np.float64]
    """[2, n, m] standard deviations below and above the value."""
    keys: tuple[str, ...]
    """[n] what each pack's chance is drawn by: packs measured alike share it, so that they tie."""
    not_scored: tuple[NotScored, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """[m] of the measures."""
        return tuple(scale.name for scale in self.scales)


def scored(
    packs: Sequence[str],
    measures: Sequence[Sequence[Measure]],
    scale: Scale,
    *,
    keys: Sequence[str] | None = None,
    leave_out: Collection[str] = (),
) -> Scored:
    """What of `measures` (a list for each pack) is scored by `scale`.

    A measure that no pack of the set has is out of scope: it is not scored, and `not_scored` says
    why. So is one of the scale's `of_all` that a single pack lacks, and so are those of
    `only_beside` where nothing else of their pillar is left. Any other that some packs have and
    others lack stays, and is missing there.

    Args:
        packs: ids, all different.
        measures: of each pack; the same name once.
        scale: anchors.
        leave_out: pillars that are not to be scored.
        keys: by which chance is drawn; None: the id, or the first of those measured alike.
    """
    by_name = [{one.name: one for one in found} for found in measures]
    kept, left_out = _in_scope(by_name, scale, leave_out)
    pillars = tuple(one for one in PILLARS if any(pillar == one for pillar, _ in kept))
    nothing: dict[str, str] = {
        one: "its weight is 0" if one in leave_out else _why_no(one, left_out, scale)
        for one in PILLARS
        if one not in pillars
    }
    kept.sort(key=lambda pair: PILLARS.index(pair[0]))
    scales = tuple(one for _, one in kept)
    values, spread = _numbers(by_name, [one.name for one in scales])
    return Scored(
        tuple(packs),
        scales,
        pillars,
        np.array([pillars.index(pillar) for pillar, _ in kept], np.intp),
        values,
        spread,
        tuple(keys) if keys is not None else _keys(packs, values, spread),
        tuple(NotScored(*one) for one in {**nothing, **left_out}.items()),
    )


def _in_scope(
    by_name: Sequence[Mapping[str, Measure]], scale: Scale, leave_out: Collection[str]
) -> tuple[list[tuple[Pillar, MeasureScale]], dict[str, str]]:
    """What is scored, each with its pillar; and by name why the rest is not."""
    kept: list[tuple[Pillar, MeasureScale]] = []
    left_out: dict[str, str] = {}
    for name in dict.fromkeys(name for found in by_name for name in found):
        found = [one[name] for one in by_name if name in one]
        known = scale.measures.get(name)
        told = next((one.pillar for one in found if one.pillar), None)
        pillar = told or (known.pillar if known else None)
        if pillar is None or pillar in leave_out:
            continue
        if known is None:
            left_out[name] = "the scale has no anchors for it"
        elif _out_of_scope(found, len(by_name), known):
            left_out[name] = next((one.why_not for one in found if one.why_not), "not measured")
        else:
            kept.append((pillar, known))
    firm = {pillar for pillar, known in kept if not known.only_beside}
    lonely = [(pillar, known.name) for pillar, known in kept if pillar not in firm]
    why = {pillar: _why_no(pillar, left_out, scale) for pillar, _ in lonely}
    left_out |= {name: why[pillar] for pillar, name in lonely}
    return [pair for pair in kept if pair[0] in firm], left_out


def _out_of_scope(found: Sequence[Measure], packs: int, scale: MeasureScale) -> bool:
    """Whether too few packs have a measure for it to be scored at all."""
    having = sum(one.value is not None for one in found)
    return having < (packs if scale.of_all else 1)


def _why_no(pillar: Pillar, left_out: dict[str, str], scale: Scale) -> str:
    """Why nothing of `pillar` is scored."""
    if pillar == "chosen":
        return "neither outcomes nor a survey are given"
    of_it = (why for name, why in left_out.items() if name in scale.measures
             and scale.measures[name].pillar == pillar)  # fmt: skip
    return next(of_it, "nothing of it was measured")


def _numbers(
    by_name: Sequence[dict[str, Measure]], names: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values = np.full((len(by_name), len(names)), np.nan)
    spread = np.zeros((2, len(by_name), len(names)))
    for row, found in enumerate(by_name):
        for column, name in enumerate(names):
            one = found.get(name)
            if one is None or one.value is None:
                continue
            values[row, column] = one.value
            if one.low is not None and one.high is not None:
                below, above = max(0.0, one.value - one.low), max(0.0, one.high - one.value)
                spread[:, row, column] = below / _NORMAL_95, above / _NORMAL_95
    return values, spread


def _keys(
    packs: Sequence[str], values: NDArray[np.float64], spread: NDArray[np.float64]
) -> tuple[str, ...]:
    """The id of each pack, or the first id (in order of the alphabet) of those measured alike."""
    alike: dict[bytes, str] = {}
    rows = [np.nan_to_num(values[i], nan=-1e300).tobytes() + spread[:, i].tobytes()
            for i in range(len(packs))]  # fmt: skip
    for name, row in sorted(zip(packs, rows, strict=True)):
        alike.setdefault(row, name)
    return tuple(alike[row] for row in rows)
