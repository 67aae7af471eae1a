"""How much a network hangs on words and on photos, epoch by epoch.

A fused network may learn to listen to one modality alone; its share then goes to 1. The share is
by how much the probabilities of held-out products move (total variation) when they are given
another product's text or photo: permutation importance (Breiman 2001). It is not the Shapley value
of `models/shares.py`, which also counts that something is there at all, whatever it says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glasscase.models.features import MODALITIES, MODALITY_OF, Features
from glasscase.models.training.history import History

MOST = 128
"""Products it is measured on, at most."""


class ModalityWatch:
    """Adds the shares of text and photo over some held-out products to every epoch."""

    def __init__(
        self, probabilities: Callable[[Features], NDArray[np.float64]], features: Features
    ) -> None:
        """`probabilities` of the network as it stands; `features` of the products, any of them."""
        self._probabilities = probabilities
        whole = np.flatnonzero(features.present.all(axis=1))[:MOST]
        self._features = features.take(whole)

    def after_epoch(self, history: History) -> None:
        """Write the shares into the last epoch; it must come before those that store them."""
        if len(self._features) < 2:
            return
        as_they_are = self._probabilities(self._features)
        moved = [
            float(np.abs(self._probabilities(self._swapped(modality)) - as_they_are).mean())
            for modality in MODALITIES
        ]
        text, image = np.array(moved) / max(sum(moved), 1e-12)
        history.epochs[-1] = replace(
            history.epochs[-1],
            text_share=round(float(text), 4),
            image_share=round(float(image), 4),
        )

    def close(self) -> None:
        """Nothing is open."""

    def _swapped(self, modality: str) -> Features:
        """Every product with what the one before it has of `modality`."""
        blocks = self._features.blocks
        own = [name for name in blocks if MODALITY_OF.get(name) == modality]
        before = self._features.take(np.roll(np.arange(len(self._features)), 1)).blocks
        return self._features.replaced({name: before[name] for name in own})
