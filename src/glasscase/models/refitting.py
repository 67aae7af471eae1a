"""Fit a finished head anew where the words of its old training products are no longer there.

A bundle keeps the vectors of its training products, not their words. What reads vectors alone can
be fitted on these and on new products together; what counts words stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glasscase.errors import BadSetting
from glasscase.models.bases import BASES, READS_PLACES, make_base
from glasscase.models.features import Features
from glasscase.models.head import Head, Targets
from glasscase.models.heads import head_from_state
from glasscase.models.late import LateHead
from glasscase.models.pooling import Pool

_REMEDY = "Give the table it was trained on (--table), so that it is trained anew."


@dataclass(frozen=True)
class Refitting:
    """Which parts of a head can be fitted anew by vectors alone."""

    head: Head
    parts: tuple[str, ...]
    """Names of what is fitted; of a single head its own."""
    kept: tuple[str, ...]
    """Names of what stays as it was."""

    @classmethod
    def of(cls, head: Head, stored: Features) -> Refitting:
        """What of `head` can be fitted by the blocks of `stored`.

        Raises:
            BadSetting: nothing of it, or it was changed after its training.
        """
        there = set(stored.blocks)
        names = tuple(head.bases) if isinstance(head, LateHead) else (head.name,)
        if any(name not in BASES for name in names):
            raise BadSetting(
                "categories were added to this model or put together after its training, so it "
                "cannot be fitted anew by what it remembers",
                _REMEDY,
            )
        fitted = tuple(
            name
            for name in names
            if set(make_base(name).blocks) <= there and name not in READS_PLACES
        )
        weighty = fitted
        if isinstance(head, LateHead):
            weights = [pool.weights.get(n, 0) for pool in head.pools.values() for n in fitted]
            weighty = fitted if any(weight > 0 for weight in weights) else ()
        if not weighty:
            raise BadSetting(
                "this model goes by single words, which a bundle does not keep of its training "
                "products, so it cannot be fitted anew by what it remembers",
                _REMEDY,
            )
        return cls(head, fitted, tuple(name for name in names if name not in fitted))

    def fitted(self, features: Features, targets: Targets, n_classes: int, *, seed: int) -> Head:
        """The head with its parts fitted on `features` [n], which has the stored blocks at least;
        what weighs opinions against each other stays. The head itself is not changed."""
        fresh = head_from_state(self.head.state())
        if not isinstance(fresh, LateHead):
            return _fitted(self.head.name, features, targets, n_classes, seed)
        for name in self.parts:
            fresh.bases[name] = _fitted(name, features, targets, n_classes, seed)
        return fresh

    def alone(self, head: Head) -> Head:
        """A `fitted` head without the parts that stayed, for products whose words are not there."""
        if not isinstance(head, LateHead):
            return head
        bare = LateHead(self.parts, name=head.name)
        bare.bases = {name: head.bases[name] for name in self.parts}
        bare.pools = {
            pattern: Pool(weights, pool.bias)
            for pattern, pool in head.pools.items()
            if (weights := {n: w for n, w in pool.weights.items() if n in self.parts})
        }
        bare.take_prior(head)
        return bare


def _fitted(name: str, features: Features, targets: Targets, n_classes: int, seed: int) -> Head:
    head = make_base(name)
    rows = head.usable(features)
    return head.fit(features.take(np.flatnonzero(rows)), targets[rows], n_classes, seed=seed)
