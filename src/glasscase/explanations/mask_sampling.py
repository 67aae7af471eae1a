"""Which words to take away: LIME's distribution over masks, all of it or an even sample of it.

LIME (Ribeiro, Singh and Guestrin 2016, and the authors' package `lime` for text) removes k of d
words, k uniform on 1 .. d and the k words uniform, and counts each mask by a kernel on its cosine
distance from the whole text. Here the two are one measure over masks: `all_masks` lists it,
`EvenMasks` samples it, short texts more often than LIME does because they are cheap and say more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb

Masks = NDArray[np.bool_]
Floats = NDArray[np.float64]

KERNEL_WIDTH = 25.0
WHOLE_TEXT_MASS = 1 / 20_000
"""LIME's sample holds the whole text once; so does ours, as one of so many."""


def kernel(kept: Floats, words: int) -> Floats:
    """LIME's weight of a mask that keeps `kept` of `words` words: exp(-(100 (1 - cos))^2 / 2w^2).

    The cosine between a mask of s ones and d ones is sqrt(s / d).

    >>> kernel(np.array([0.0, 4.0, 8.0]), 8).round(4).tolist()
    [0.0003, 0.5034, 1.0]
    """
    distance = 100.0 * (1.0 - np.sqrt(np.asarray(kept, np.float64) / words))
    return np.exp(-(distance**2) / (2 * KERNEL_WIDTH**2))


def all_masks(words: int) -> tuple[Masks, Floats]:
    """Every mask [2^d, d], the whole text first, and LIME's measure of each [2^d] (sum 1)."""
    numbers = np.arange(2**words)[::-1]
    masks = (numbers[:, None] >> np.arange(words)[None, :] & 1).astype(bool)
    kept = masks.sum(axis=1)
    mass = kernel(kept.astype(float), words) / words / comb(words, kept)
    mass[0] = WHOLE_TEXT_MASS
    return masks, np.asarray(mass / mass.sum())


class EvenMasks:
    """Masks sampled for LIME's measure, spread more evenly than chance would; seeded.

    A number s of words kept is drawn with chance ~ sqrt(kernel(s) / (s + 2)), and `mass` says what
    each mask then counts, so that averages are LIME's. The root lies between drawing by LIME's
    weights and drawing all sizes alike (where a text keeps most of its words, answers hardly
    differ), the divisor is about what a text costs; chosen by measurement (docs/experiments.md).
    Sizes are drawn systematically (evenly spaced quantiles with one random start), and the words
    to remove are dealt from a shuffled deck, so that all words are removed equally often.
    """

    def __init__(self, words: int, *, seed: int) -> None:
        self._words = words
        self._random = np.random.default_rng(seed)
        kept = words - np.arange(1.0, words + 1)
        chance = np.sqrt(kernel(kept, words) / (kept + 2))
        self._quantiles = np.cumsum(chance / chance.sum())
        self._deck: list[int] = []

    def mass(self, masks: Masks) -> Floats:
        """What each of `masks` [n, words] counts, [n]; sums to 1."""
        kept = masks.sum(axis=1).astype(float)
        share = np.sqrt(kernel(kept, self._words) * (kept + 2))
        return np.asarray(share / share.sum())

    def draw(self, number: int) -> Masks:
        """The next `number` masks, [number, words]."""
        points = (np.arange(number) + self._random.random()) / number
        sizes = np.minimum(np.searchsorted(self._quantiles, points) + 1, self._words)
        masks = np.ones((number, self._words), dtype=bool)
        for row in self._random.permutation(number):
            masks[row, self._deal(int(sizes[row]))] = False
        return masks

    def _deal(self, number: int) -> list[int]:
        hand, self._deck = self._deck[:number], self._deck[number:]
        missing = number - len(hand)
        if missing:
            held = set(hand)
            fresh = self._random.permutation(self._words).tolist()
            free = [word for word in fresh if word not in held]
            hand += free[:missing]
            taken = set(free[:missing])
            self._deck = [word for word in fresh if word not in taken]
        return hand
