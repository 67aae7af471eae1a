"""Colours along a ramp, for maps laid over photos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ramp_colours(ramp: NDArray[np.float64], strength: NDArray[np.floating]) -> NDArray[np.float64]:
    """The colour of each strength (0 to 1; what is beyond counts as the end): [..., 3], 0 to 255.

    Args:
        ramp: [k, 3] colours at equal steps, the weakest first.
        strength: of any shape.

    >>> ramp_colours(np.array([[0.0, 0, 0], [200, 100, 50]]), np.array([0.5, 2.0])).tolist()
    [[100.0, 50.0, 25.0], [200.0, 100.0, 50.0]]
    """
    steps = np.linspace(0.0, 1.0, len(ramp))
    return np.stack([np.interp(strength, steps, ramp[:, k]) for k in range(3)], axis=-1)
