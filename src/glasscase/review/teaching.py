"""Which products a person should look at first: those that teach a model most."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
FIRST = 500
"""So many are put in order one by one; the rest by what they would be worth after these."""
_LEAST_UNSURE = 0.02
"""So much even a sure answer counts, that products of a kind nobody looked at get their turn."""
_WAVERS, _HALF = 0.25, 0.5
_FAR, _LIKE, _DEAR = 0.6, 0.6, 0.9


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts beside how unsure the model is; 0 leaves it out."""

    diversity: float = 1.0
    """Power of how much a product says about others that nobody speaks for yet."""
    value: float = 0.3
    """The dearest product counts so much more than the cheapest: 0.3 is 30 %."""


@dataclass(frozen=True, eq=False)
class Pile:
    """Products that wait [n]."""

    unsure: Floats
    """[n], 0 to 1: see `unsure_between`."""
    vectors: Vectors
    """[n, dim], rows of length 1 (see `models/nearness.unit`); zeros where nothing is known."""
    values: Floats | None = None
    """[n], such as prices; NaN where not known."""

    def __len__(self) -> int:
        return len(self.unsure)


@dataclass(frozen=True, eq=False)
class Order:
    """The products of a pile, that which teaches most first."""

    rows: NDArray[np.intp]
    """[n], numbers of the pile."""
    apart: Floats
    """[n], in the order of the pile: how far each was from all that come before it and all that
    were reviewed, 0 to 1."""
    speaks_for: NDArray[np.intp]
    """[n], in the order of the pile: others much like it that nobody before it is so like."""

    def priorities(self) -> Floats:
        """[n], in the order of the pile: 1 for the first, down to just above 0 for the last."""
        found = np.empty(len(self.rows))
        found[self.rows] = 1 - np.arange(len(self.rows)) / max(1, len(self.rows))
        return found


def unsure_between(first: float, second: float, choices: int = 0) -> float:
    """How unsure an answer is, 0 to 1, by its two likeliest classes: 1 less their margin.

    Margin sampling (Scheffer, Decomain and Wrobel 2001, "Active hidden Markov models"). Where the
    model's promise gives a set of `choices` to choose from, its size has half a say (a set of
    conformal prediction; Romano, Sesia and Candes 2020): 1 - 1 / choices.

    >>> unsure_between(0.5, 0.5), round(unsure_between(0.9, 0.05), 3)
    (1.0, 0.15)
    """
    margin = min(1.0, max(0.0, 1 - (first - second)))
    return margin if choices < 1 else (margin + 1 - 1 / choices) / 2


def teaching_order(
    pile: Pile, *, reviewed: Vectors | None = None, weights: Weights | None = None
) -> Order:
    """Put `pile` in order: unsure ones first that speak for many unsure ones nobody spoke for yet.

    Greedy facility location: every product is spoken for by the most similar one that was reviewed
    or comes before, as well as the two are similar (cosine). The next product is that with the
    greatest `unsure * value * gain ** diversity`, where its gain is how much better all others are
    spoken for with it, each weighted by how unsure it is. So near-duplicates of what came before
    gain nothing, and neither do oddities like nothing else, which mislead orders by distance.

    Sources: facility location for choosing examples to label, Wei, Iyer and Bilmes 2015,
    "Submodularity in data subset selection and active learning"; greedy with bounds that are only
    renewed where they matter, Minoux 1978. Measured in docs/experiments.md beside uncertainty
    alone and the farthest-first order (k-centre; Sener and Savarese 2018, "core-set"). Values
    count by their rank, for prices know no upper end.

    Args:
        pile: n products; memory grows with their square, 16 MB for 2,000.
        reviewed: [m, dim], vectors of what people have decided.
        weights: what counts how much.

    Not covered: what a label costs; every product counts as one look.
    """
    told = weights or Weights()
    greedy = _Greedy(pile, reviewed, told)
    rows = [greedy.next() for _ in range(min(FIRST, len(pile)))]
    rest = np.setdiff1d(np.arange(len(pile)), np.array(rows, np.intp))
    scores = np.array([greedy.score(row) for row in rest.tolist()])
    for row in rest.tolist():
        greedy.note(row)
    rows += rest[np.argsort(-scores, kind="stable")].tolist()
    return Order(np.array(rows, np.intp), greedy.apart, greedy.speaks_for)


class _Greedy:
    """The order while it is made."""

    def __init__(self, pile: Pile, reviewed: Vectors | None, told: Weights) -> None:
        n = len(pile)
        self._weight = _LEAST_UNSURE + pile.unsure
        self._worth = self._weight * (1 + told.value * _ranks(pile.values, n))
        self._power = told.diversity
        self._alike = np.clip(pile.vectors @ pile.vectors.T, 0, 1)
        np.fill_diagonal(self._alike, 1)  # itself, also where nothing is known of it
        self._covered = np.zeros(n, np.float32)
        if reviewed is not None and len(reviewed):
            nearest = (pile.vectors @ reviewed.T).max(axis=1, initial=0)
            self._covered = np.clip(nearest, 0, 1)
        self.apart = np.zeros(n)
        self.speaks_for = np.zeros(n, np.intp)
        self._bounds = [(-self.score(row), row) for row in range(n)]
        heapq.heapify(self._bounds)

    def score(self, row: int) -> float:
        """What `row` would be worth as the next one; it never grows."""
        gain = np.maximum(self._alike[row] - self._covered, 0) @ self._weight
        return float(self._worth[row] * gain**self._power)

    def next(self) -> int:
        """Take the best one."""
        while True:
            _, row = heapq.heappop(self._bounds)
            score = self.score(row)
            if not self._bounds or (-score, row) <= self._bounds[0]:
                break
            heapq.heappush(self._bounds, (-score, row))
        self.note(row)
        self._covered = np.maximum(self._covered, self._alike[row])
        return row

    def note(self, row: int) -> None:
        """Remember how `row` stands to those before it."""
        alike = self._alike[row]
        self.apart[row] = 1 - self._covered[row]
        self.speaks_for[row] = int(((alike >= _LIKE) & (alike > self._covered)).sum()) - 1
        self.speaks_for[row] = max(0, self.speaks_for[row])


def _ranks(values: Floats | None, n: int) -> Floats:
    """[n], 0 to 1: which share of the known values is smaller; the middle where not known."""
    found = np.full(n, 0.5)
    if values is None or not np.isfinite(values).any():
        return found
    known = np.isfinite(values)
    there = np.sort(values[known])
    sides = [np.searchsorted(there, values[known], side) for side in ("left", "right")]
    found[known] = (sides[0] + sides[1]) / (2 * len(there))
    return found


def why_first(
    top: Sequence[tuple[str, float]],
    *,
    choices: int = 0,
    apart: float = 0.0,
    speaks_for: int = 0,
    value: float | None = None,
) -> str:
    """Why a product is shown, in plain words.

    Args:
        top: the likeliest classes with their probabilities, likeliest first; may be empty.
        choices: size of the set that the model's promise gives.
        apart: of `Order`; 0 where it is not known.
        speaks_for: of `Order`.
        value: such as its price, where it is among the dearest.

    >>> why_first([("Mugs", 0.48), ("Bowls", 0.44)], apart=0.9)
    'The model wavers between Mugs (48 %) and Bowls (44 %). Unlike what was reviewed so far.'
    """
    said = []
    if not top:
        said.append("The model had nothing to go by.")
    elif len(top) > 1 and top[0][1] - top[1][1] < _WAVERS:
        (first, one), (second, other) = top[0], top[1]
        said.append(
            f"The model wavers between {first} ({_percent(one)}) and {second} ({_percent(other)})."
        )
    elif top[0][1] < _HALF:
        said.append(f"The model is only {_percent(top[0][1])} sure of {top[0][0]}.")
    elif choices > 1:
        said.append(f"{choices} categories are possible.")
    if apart >= _FAR:
        said.append("Unlike what was reviewed so far.")
    if speaks_for > 1:
        said.append(f"{speaks_for} others that wait are much like it.")
    if value is not None:
        said.append(f"Worth {value:,.0f}.")
    if not said:
        said.append(f"The model is {_percent(top[0][1])} sure of {top[0][0]}.")
    return " ".join(said)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def dearest(values: Floats) -> NDArray[np.bool_]:
    """[n]: those among the dearest tenth of the known values (none where all are alike)."""
    known = values[np.isfinite(values)]
    if len(known) < 2 or known.min() == known.max():
        return np.zeros(len(values), bool)
    return np.asarray(np.nan_to_num(values, nan=-np.inf) >= np.quantile(known, _DEAR))
