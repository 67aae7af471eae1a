"""What is tried on the model beyond the explanation: its runner-up, changes, its own check."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from glasscase.errors import BadSetting
from glasscase.explanations.blurred_photos import BlurredPhotos
from glasscase.explanations.contrast import Contrast
from glasscase.explanations.curves import Curves
from glasscase.explanations.faithfulness import photo_curves, word_curves
from glasscase.explanations.flip import Flip, flip
from glasscase.explanations.photo_maps import photo_maps
from glasscase.explanations.shapley import shares_of
from glasscase.explanations.word_weights import weigh_words

if TYPE_CHECKING:
    from glasscase.explanations.heat_map import HeatMap
    from glasscase.explanations.question import Question
    from glasscase.explanations.word_weights import WeighedWords

Part = Literal["words", "photo", "rival", "flip", "check"]
PARTS: tuple[Part, ...] = get_args(Part)
"""Weights of words, heat maps, why not the runner-up, what would change the answer, and how well
the explanation stands its own test."""
_GONE_BY: frozenset[str] = frozenset(("words", "photo"))
HeatMaps = tuple["HeatMap", ...]


@dataclass(frozen=True, eq=False)
class Tested:
    """The parts that go beyond weights and heat maps."""

    rival: Contrast | None = None
    flip: Flip | None = None
    checks: tuple[Curves, ...] = ()


def known_parts(parts: Collection[str]) -> frozenset[str]:
    """`parts` as a set. Raises `BadSetting` for one there is not.

    What is tried goes by the weights of words and by the heat maps: where neither is named, both
    are added.
    """
    for part in parts:
        if part not in PARTS:
            message = f"an explanation has no part {part!r}"
            raise BadSetting(message, f"Its parts are: {', '.join(PARTS)}.")
    named = frozenset(parts)
    return named | _GONE_BY if named and not named & _GONE_BY else named


def tested(
    question: Question, weighed: WeighedWords, heat_maps: HeatMaps, parts: Collection[str]
) -> Tested:
    """Try what `parts` name; every text already asked about is known."""
    photos = BlurredPhotos.of(question, heat_maps)
    checks = []
    if "check" in parts:
        if (words := word_curves(question, weighed)) is not None:
            checks.append(words)
        if photos is not None:
            checks.append(photo_curves(photos))
    return Tested(
        rival=_rival(question, weighed) if "rival" in parts else None,
        flip=_flip(question, weighed, photos) if "flip" in parts else None,
        checks=tuple(checks),
    )


def _runner_up(question: Question, label: int) -> int:
    """The most probable class but `label`."""
    others = question.probabilities.copy()
    others[label] = -1.0
    return int(others.argmax())


def _rival(question: Question, weighed: WeighedWords) -> Contrast | None:
    """None where the question itself is a comparison."""
    if question.against is not None:
        return None
    other = _runner_up(question, question.label)
    both = question.about(question.label, other)
    classes = question.model.classes_
    return Contrast(
        label=str(classes[question.label]),
        against=str(classes[other]),
        probability_against=float(question.probabilities[other]),
        words=weigh_words(both, like=weighed).report,
        heat_maps=photo_maps(both, quick=True)[0],
        shares=shares_of(both),
        log_odds=float(both.log_odds(np.log(question.probabilities[None]))[0]),
    )


def _flip(question: Question, weighed: WeighedWords, photos: BlurredPhotos | None) -> Flip:
    predicted = int(question.probabilities.argmax())
    answer = question.about(predicted)
    if photos is not None and (predicted != question.label or question.against is not None):
        photos = BlurredPhotos.of(answer, photo_maps(answer)[0])
    rival = question.about(predicted, _runner_up(question, predicted))
    return flip(answer, weigh_words(rival, like=weighed), photos)
