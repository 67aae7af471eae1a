"""What share of an answer comes from the text and what from the photos, for many products."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from glasscase.models.features import Features
from glasscase.models.head import Targets


def modality_shares(
    probabilities: Callable[[Features], NDArray[np.float64]], features: Features, chosen: Targets
) -> NDArray[np.float64]:
    """[n, 2] shares of text and image in the log-odds of class `chosen` [n]; rows sum to 1.

    The size of each modality's Shapley value (exact: all four coalitions are asked, no vector is
    computed again) as a part of both sizes. A modality that is missing has share 0; with nothing
    present both are 0.
    """

    def worth(given: Features) -> NDArray[np.float64]:
        picked = probabilities(given)[np.arange(len(chosen)), chosen]
        picked = np.clip(picked, 1e-12, 1 - 1e-12)
        return np.asarray(np.log(picked) - np.log1p(-picked))

    text_only, image_only = features.without("image"), features.without("text")
    both, text, image = worth(features), worth(text_only), worth(image_only)
    nothing = worth(text_only.without("text"))
    sizes = np.stack(
        [np.abs((text - nothing + both - image) / 2), np.abs((image - nothing + both - text) / 2)],
        axis=1,
    )
    sizes = np.where(features.present, np.maximum(sizes, 1e-12), 0.0)
    return np.asarray(sizes / np.maximum(sizes.sum(axis=1, keepdims=True), 1e-300))
