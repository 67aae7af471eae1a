"""Learn which products are usual, and say how many of them would be called unknown all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.intervals import wilson_interval
from glasscase.models.known_kinds import KnownKinds
from glasscase.models.nearness import BOTH
from glasscase.models.training_index import TrainingIndex
from glasscase.settings import Settings

_SPOKEN = {"text": "words alone", "image": "photos alone", BOTH: "words and photo"}
_WITHOUT = "It cannot tell products of unknown kinds: "


@dataclass(frozen=True)
class LearntKinds:
    """What a model knows of its kinds, and what is said about it."""

    known: KnownKinds | None
    sentence: str
    facts: dict[str, Any]
    """For the model card, as JSON values."""


def learn_kinds(
    index: TrainingIndex, groups: NDArray[np.intp], settings: Settings, *, fitted: bool
) -> LearntKinds:
    """Learn from the vectors of the training products, and count false alarms on held-out ones.

    Args:
        index: of the training products [n].
        groups: [n], of near-duplicates.
        settings: for `decision.unknown_at` and the seed.
        fitted: whether the encoders themselves were learnt on these products: their vectors then
            lie closer together than those of any new product, so nothing can be told from them.
    """
    if fitted:
        return _none("its encoders were learnt on the very products it would compare with.")
    known = KnownKinds.learn(index.features, groups=groups, seed=settings.train.seed)
    if known is None:
        return _none(
            "there are fewer than 20 training products with vectors."
            if index.features.blocks
            else "it reads single words, no vectors that could be compared."
        )
    at = settings.decision.unknown_at
    parts, facts = [], {}
    for pattern, (alarms, count) in known.false_alarms(at).items():
        share = wilson_interval(alarms / count, count)
        facts[_SPOKEN[pattern]] = {**share.to_dict(), "products": count}
        parts.append(
            f"{100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f}) "
            f"with {_SPOKEN[pattern]}"
        )
    sentence = (
        f"Products unlike all it was trained on are left to a person. False alarms, on held-out "
        f"training products, where decision.unknown_at allows {100 * at:g} %: {', '.join(parts)}."
    )
    return LearntKinds(known, sentence, {"unknown_at": at, "false_alarms": facts})


def _none(why: str) -> LearntKinds:
    return LearntKinds(None, f"{_WITHOUT}{why}", {"none": why})
