"""The table of all heads a classifier can be given by name."""

from __future__ import annotations

from collections.abc import Sequence

from glasscase.models.bases import BASES, base_from_state, make_base
from glasscase.models.features import MODALITY_OF
from glasscase.models.head import Head, HeadState
from glasscase.models.late import LateHead
from glasscase.models.merged_head import MergedHead
from glasscase.models.stored_json import laid_out_as_now
from glasscase.settings import NetSettings

QUICK = ("words", "sentence", "image", "photo-words")
GOOD = ("words", "characters", "sentence", "image", "photo-words")
BEST = (*GOOD, "kernel-words", "sentence-linear", "tfidf-forest")
LATE_BASES = {"quick": QUICK, "good": GOOD, "best": BEST}
"""What the default head stacks, by effort, of what there are blocks for."""


def make_head(
    name: str, *, effort: str, blocks: Sequence[str], net: NetSettings | None = None
) -> Head:
    """A fresh head that reads no other than the given feature `blocks`.

    `name`: one of `BASES`, `late` (all that `effort` stacks), `text` or `photo` (the same, but
    only what one modality says). `net`: how networks are trained. Raises `BadSetting` for any
    other.
    """
    if name not in ("late", "text", "photo"):
        return make_base(name, net)
    wanted = {"late": {"text", "image"}, "text": {"text"}, "photo": {"image"}}[name]
    bases = tuple(
        base
        for base in LATE_BASES[effort]
        if all(b in blocks and MODALITY_OF[b] in wanted for b in make_base(base).blocks)
    )
    return LateHead(bases, name=name)


def head_from_state(state: HeadState) -> Head:
    """The head that gave `state`, of whatever kind.

    Raises `BadBundle` where a version with another layout stored it.
    """
    with laid_out_as_now("the head"):
        if state.config["kind"] == MergedHead.kind:
            return MergedHead.from_state(state, restore=head_from_state)
        is_late = state.config["kind"] == "late"
        return LateHead.from_state(state) if is_late else base_from_state(state)


__all__ = ["BASES", "LATE_BASES", "head_from_state", "make_head"]
