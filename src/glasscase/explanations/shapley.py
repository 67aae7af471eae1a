"""What the text and the photos each contribute: Shapley values, exact over present modalities.

Source: Shapley 1953; Lundberg and Lee 2017. The players are the modalities a product has; a
coalition's worth is the model's log-odds when only those are given and the others are missing,
a case the model was trained on. With two players all four coalitions are asked, nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

from glasscase.models.missing import modalities_of

if TYPE_CHECKING:
    from glasscase.explanations.question import Question


@dataclass(frozen=True, slots=True)
class ModalityShare:
    """What the text or the photos contribute."""

    modality: str
    value: float
    """Shapley value in log-odds of the class; the values and the base add up to the answer."""
    share: float
    """Its size as a part of all the sizes, 0 to 1."""


Worth = Callable[[frozenset[str]], float]


def modality_shares(modalities: Sequence[str], worth: Worth) -> tuple[ModalityShare, ...]:
    """The Shapley value of each of `modalities`; with `worth` of none they sum to `worth` of all.

    Args:
        modalities: the ones present, such as `["text", "image"]`; absent ones have no value.
        worth: log-odds of the class with exactly these modalities given.

    >>> def worth(given): return 3.0 * ("text" in given) - 1.0 * ("image" in given)
    >>> [(s.modality, s.value, s.share) for s in modality_shares(["text", "image"], worth)]
    [('text', 3.0, 0.75), ('image', -1.0, 0.25)]
    """
    known: dict[frozenset[str], float] = {}

    def asked(given: frozenset[str]) -> float:
        if given not in known:
            known[given] = worth(given)
        return known[given]

    values = [_value(one, [m for m in modalities if m != one], asked) for one in modalities]
    total = sum(abs(value) for value in values)
    return tuple(
        ModalityShare(modality, value, abs(value) / total if total > 0 else 1 / len(values))
        for modality, value in zip(modalities, values, strict=True)
    )


def _value(one: str, others: Sequence[str], worth: Worth) -> float:
    value = 0.0
    for size in range(len(others) + 1):
        weight = 1.0 / ((len(others) + 1) * comb(len(others), size))
        for chosen in combinations(others, size):
            given = frozenset(chosen)
            value += weight * (worth(given | {one}) - worth(given))
    return value


def shares_of(question: Question) -> tuple[ModalityShare, ...]:
    """Of the modalities that the product has and the model reads."""
    read = modalities_of(question.model.head.blocks)
    return modality_shares([m for m in read if question.features.has(m)[0]], question.worth)
