"""What a network is punished for: cross-entropy with class weights, focal, smoothed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glasscase.extras import need

if TYPE_CHECKING:
    from torch import Tensor

    from glasscase.models.training.plan import TrainingPlan


def class_weights(targets: NDArray[np.integer], n_classes: int) -> NDArray[np.float32]:
    """n / (k * n_c) per class [n_classes]; a class without products counts as one product.

    >>> class_weights(np.array([0, 0, 0, 1]), 2).round(2).tolist()
    [0.6700000166893005, 2.0]
    """
    counts = np.maximum(np.bincount(targets, minlength=n_classes), 1)
    return np.asarray(len(targets) / (n_classes * counts), np.float32)


class ClassLoss:
    """Weighted mean over a batch of focal cross-entropy: w_y (1 - p_y)^gamma * -log p_y.

    Source: Lin et al. 2017, "Focal Loss for Dense Object Detection", equation 5; gamma 0 is plain
    cross-entropy. With label smoothing e the log is taken of the smoothed target (Szegedy et al.
    2016): (1 - e) for the class, e / k for all.
    """

    def __init__(self, plan: TrainingPlan, targets: NDArray[np.integer], n_classes: int) -> None:
        torch = need("torch", extra="train")
        weights = class_weights(targets, n_classes) if plan.class_weights else np.ones(n_classes)
        self.weights = torch.tensor(weights, dtype=torch.float32)
        self.gamma, self.smoothing = plan.focal_gamma, plan.label_smoothing

    def __call__(self, outputs: Tensor, targets: Tensor) -> Any:
        """The loss of logits `outputs` [n, classes] for integer targets [n]: a scalar tensor."""
        log_probs = outputs.float().log_softmax(dim=1)
        own = log_probs.gather(1, targets[:, None])[:, 0]
        punished = (1 - self.smoothing) * own + self.smoothing * log_probs.mean(dim=1)
        each = -((1 - own.exp()) ** self.gamma) * punished if self.gamma else -punished
        weights = self.weights.to(outputs.device)[targets]
        return (weights * each).sum() / weights.sum()

    def right(self, outputs: Tensor, targets: Tensor) -> Any:
        """How many of the batch have their class first."""
        return (outputs.argmax(dim=1) == targets).sum()
