"""A head whose classes were put together: their probabilities add up, exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.models.bases import base_from_state
from glasscase.models.calibration import Calibration
from glasscase.models.features import Features
from glasscase.models.head import Head, HeadState, Logits, Targets, softmax

_TINY = 1e-300


class MergedHead:
    """Another head, calibrated, with fewer classes or the same in another order.

    The logit of a class is the logarithm of the sum of its members' exponentials, so that softmax
    gives the sum of their calibrated probabilities: nothing is learnt anew and nothing is lost.
    Calibration has to come first, for a temperature and a sum do not change places; a model with
    this head therefore needs none after it.
    """

    kind = "merged"

    def __init__(self, inner: Head, calibration: Calibration, groups: NDArray[np.intp]) -> None:
        """`groups` [classes of `inner`]: the class each belongs to now, all of 0 to k - 1."""
        self.inner, self.calibration, self.groups = inner, calibration, groups
        self.name = inner.name
        self._members = np.eye(int(groups.max()) + 1, dtype=np.float64)[groups]

    @property
    def blocks(self) -> tuple[str, ...]:
        """Those of the head inside."""
        return self.inner.blocks

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: as the head inside says."""
        return self.inner.usable(features)

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Not possible: what it stands for is a head that was fitted on the old classes."""
        raise NotImplementedError("a merged head is not trained; train a model on the new classes")

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes]."""
        inner = self.inner.logits(features)
        calibrated = self.calibration.calibrated(inner, features.present).astype(np.float64)
        highest = calibrated.max(axis=1, keepdims=True)
        sums = np.exp(calibrated - highest) @ self._members
        return np.asarray(highest + np.log(np.maximum(sums, _TINY)), np.float32)

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Exact but for what calibration changes with the logits, as for the head inside.

        That of the logarithm of a sum is the mean of the members' gradients, each by its part.
        """
        logits = self.inner.logits(features)
        by_row = self.calibration.temperatures(logits, features.present)[:, None]
        probs = softmax(logits / by_row)
        part = probs / np.maximum((probs @ self._members)[:, self.groups], _TINY)
        inside = np.asarray(cotangent)[:, self.groups] * part / by_row
        return self.inner.gradient(features, block, inside.astype(np.float32))

    def state(self) -> HeadState:
        """The state of the head inside, and what was put together."""
        inner = self.inner.state()
        config: dict[str, Any] = {
            "kind": self.kind,
            "inner": inner.config,
            "calibration": self.calibration.to_dict(),
            "groups": self.groups.tolist(),
        }
        return HeadState(config, inner.arrays, inner.graphs)

    @classmethod
    def from_state(
        cls, state: HeadState, *, restore: Callable[[HeadState], Head] = base_from_state
    ) -> Self:
        """The head that gave `state`; `restore` makes the one inside."""
        config = state.config
        inner = restore(HeadState(config["inner"], state.arrays, state.graphs))
        groups = np.array(config["groups"], np.intp)
        return cls(inner, Calibration.from_dict(config["calibration"]), groups)
