"""What speaks against a label: a model's opinion, that of each modality, and products alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Ints = NDArray[np.intp]

LEAST_IN_CLASS = 5
"""In smaller classes the model has too few others to learn from to judge a label."""
NO_CLASS = -1


@dataclass(frozen=True)
class Opinion:
    """Held-out answers to n products: of the whole model, or of one modality."""

    probs: NDArray[np.float64]
    """[n, classes], calibrated; rows add up to 1."""
    usable: Mask
    """[n]: where it had something to go by."""

    @cached_property
    def says(self) -> Ints:
        """[n]: the likeliest class, -1 where it has nothing to say."""
        return np.where(self.usable, self.probs.argmax(axis=1), NO_CLASS).astype(np.intp)


@dataclass(frozen=True)
class Alike:
    """Products that are the same, or variants of one another."""

    groups: Sequence[tuple[int, ...]]
    """Indices of two or more products each; no product is in two groups."""
    how: Mapping[tuple[int, int], str]
    """Lower and higher index -> `exact`, `photo` or `text`, as far as it is known."""

    @cached_property
    def group_of(self) -> dict[int, tuple[int, ...]]:
        """Index -> its group, for products that are in one."""
        return {index: group for group in self.groups for index in group}

    def link(self, one: int, other: int) -> str:
        """How two products of a group are alike; empty where only a third connects them.

        Copies are known as copies of the first of their group, and so of each other.
        """
        direct = self.how.get((min(one, other), max(one, other)))
        if direct is not None:
            return direct
        first = self.group_of[one][0]
        ways = {self.how.get((first, member), "") for member in (one, other)}
        return ways.pop() if len(ways) == 1 else ""


@dataclass(frozen=True)
class Evidence:
    """All that is known of n labels."""

    classes: Sequence[str]
    targets: Ints
    """[n]: the labels."""
    model: Opinion
    issues: Mask
    """[n]: where the model is confident of another class (confident learning)."""
    modalities: Mapping[str, Opinion]
    """`text` and `image`, as far as there are models of them alone."""
    copies: Alike
    """Near-duplicates."""
    variants: Alike

    def __len__(self) -> int:
        return len(self.targets)

    @cached_property
    def judged(self) -> Mask:
        """[n]: where the model can say something of the label at all."""
        return judged(self.targets, self.model.usable, len(self.classes))

    @cached_property
    def both_against(self) -> Ints:
        """[n]: the class that words and photo both name where it is not the label, else -1."""
        if len(self.modalities) < 2:
            return np.full(len(self), NO_CLASS, np.intp)
        words, photo = self.modalities["text"].says, self.modalities["image"].says
        against = (words == photo) & (words != self.targets) & self.judged
        return np.where(against, words, NO_CLASS).astype(np.intp)

    def outvoted(self, index: int, alike: Alike) -> int:
        """The class most products alike are filed under where that speaks against the label.

        It does where they are more than share the label, or as many and the model does not think
        the label the likelier one. -1 where it does not.
        """
        votes = Counter(int(self.targets[one]) for one in alike.group_of.get(index, ()))
        own = int(self.targets[index])
        others = [(count, -c) for c, count in votes.items() if c != own]
        if not others:
            return NO_CLASS
        count, negative = max(others)
        tie = count == votes[own] and self._not_likelier(index, own, -negative)
        return -negative if count > votes[own] or tie else NO_CLASS

    def _not_likelier(self, index: int, own: int, other: int) -> bool:
        probs = self.model.probs[index]
        return not self.judged[index] or bool(probs[own] <= probs[other])


def judged(targets: Ints, usable: Mask, n_classes: int) -> Mask:
    """[n]: products with something `usable`, in a class of at least `LEAST_IN_CLASS` such.

    >>> judged(np.array([0] * 5 + [1]), np.ones(6, bool), 2).tolist()
    [True, True, True, True, True, False]
    """
    counts = np.bincount(targets[usable], minlength=n_classes)
    return np.asarray(usable & (counts[targets] >= LEAST_IN_CLASS))
