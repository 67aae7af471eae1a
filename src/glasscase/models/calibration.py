"""Calibration: one temperature, so that a probability of 0.8 is right in 80 of 100 cases."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from glasscase.models.head import Logits, Targets, softmax


def fit_temperature(logits: Logits, targets: Targets) -> float:
    """The temperature T > 0 for which softmax(logits / T) has the smallest cross-entropy.

    `logits` [n, classes] must come from models that did not see `targets` [n] (Guo et al. 2017).
    The order of the classes, and with it the accuracy, never changes. The targets are softened as
    Platt (1999) does, to (n + 1) / (n + 2): n right answers of n are no proof of certainty, and
    without it four of four would make every answer 100 % sure.

    >>> sure = np.array([[9.0, 0], [9.0, 0], [9.0, 0], [9.0, 0]], np.float32)
    >>> fit_temperature(sure, np.array([0, 0, 0, 1])) > 5   # wrong once in four: cool it down
    True
    """
    n, n_classes = logits.shape
    doubt = 1 / (n + 2)
    wanted = np.full((n, n_classes), doubt / max(n_classes - 1, 1))
    wanted[np.arange(n), targets] = 1 - doubt

    def loss(log_temperature: float) -> float:
        probs = softmax(logits / np.exp(log_temperature))
        return float(-(wanted * np.log(np.maximum(probs, 1e-300))).sum() / n)

    found = optimize.minimize_scalar(loss, bounds=(-5.0, 5.0), method="bounded")
    return float(np.exp(found.x))
