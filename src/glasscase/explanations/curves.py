"""Deletion and insertion: does taking away what an explanation points at change the answer most?

Sources: Petsiuk et al. 2018, "RISE", for photos; DeYoung et al. 2020, "ERASER" (comprehensiveness
and sufficiency), for words. Parts go in the order of the explanation, the heaviest first (deletion)
or last (insertion, read backwards), and in random orders between the two. The area under the first
should be the smallest of the three, that under the second the largest.

Not covered: products with parts taken away are unlike those the model was trained on, so that part
of every fall is surprise; that is why random orders stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.explanations.word_report import Answer

_NOTICED = 5e-4
"""Difference of answers below which two orders come to the same: less than is ever shown."""


@dataclass(frozen=True, slots=True)
class Curves:
    """The answer as parts go, in the order of an explanation and at random.

    The three lists of answers are as long as `shares` and in units of `answer`.
    """

    what: str
    """`words` or `photo`."""
    answer: Answer
    shares: tuple[float, ...]
    """Part of the words or places that is gone, from 0 to 1."""
    heaviest_first: tuple[float, ...]
    """Deletion."""
    heaviest_last: tuple[float, ...]
    """Insertion, read from right to left."""
    random: tuple[float, ...]
    """Mean over the random orders; the same both ways."""
    orders: int
    """Random orders; 0 where the mean over all of them is known."""
    named: int
    """How far the sentence goes: so many of the heaviest words or hottest places are gone."""
    at_named: float
    """The answer then."""
    random_at_named: float
    """The answer with as many random ones gone, on average."""

    @property
    def before(self) -> float:
        """The answer with nothing gone."""
        return self.heaviest_first[0]

    @property
    def areas(self) -> dict[str, float]:
        """Area under each of the three curves: its mean over the shares."""
        curves = {
            "deletion": self.heaviest_first,
            "insertion": self.heaviest_last,
            "random": self.random,
        }
        return {name: float(np.trapezoid(curve, self.shares)) for name, curve in curves.items()}

    @property
    def passed(self) -> bool | None:
        """Whether the explanation beats random orders both ways; None where every order comes to
        the same: there is but one word, or what goes changes nothing."""
        curves = np.array([self.heaviest_first, self.heaviest_last, self.random])
        if float(np.ptp(curves, axis=0).max()) < _NOTICED:
            return None
        areas = self.areas
        return areas["deletion"] < areas["random"] < areas["insertion"]

    @property
    def sentence(self) -> str:
        """What was found, as a person would say it."""
        first, then, other = map(self._said, (self.before, self.at_named, self.random_at_named))
        if self.what == "photo":
            return (
                f"Blurring the strongest fifth of the photo takes it from {first} to {then}; "
                f"blurring a random fifth, to {other}."
            )
        if len(self.shares) == 2:
            return f"Removing the only word takes it from {first} to {then}."
        gone = "heaviest word" if self.named == 1 else f"{self.named} heaviest words"
        random = "one random word" if self.named == 1 else f"{self.named} random words"
        return f"Removing the {gone} takes it from {first} to {then}; {random}, to {other}."

    def _said(self, value: float) -> str:
        if self.answer == "log-odds":
            return f"{value:+.2f}"
        if value > 0.9995 or value < 0.0005:
            return "over 99.9 %" if value > 0.5 else "under 0.1 %"
        return f"{100 * value:.1f} %"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "what": self.what,
            "answer": self.answer,
            "shares": list(self.shares),
            "heaviest_first": list(self.heaviest_first),
            "heaviest_last": list(self.heaviest_last),
            "random": list(self.random),
            "areas": self.areas,
            "orders": self.orders,
            "named": self.named,
            "at_named": self.at_named,
            "random_at_named": self.random_at_named,
            "passed": self.passed,
            "sentence": self.sentence,
        }


def removal_masks(order: NDArray[np.intp], counts: list[int]) -> NDArray[np.bool_]:
    """What stays [n, parts] when so many of the first of `order` are gone, for each of `counts`.

    >>> removal_masks(np.array([2, 0, 1]), [0, 1, 3]).astype(int).tolist()
    [[1, 1, 1], [1, 1, 0], [0, 0, 0]]
    """
    masks = np.ones((len(counts), len(order)), bool)
    for row, count in enumerate(counts):
        masks[row, order[:count]] = False
    return masks
