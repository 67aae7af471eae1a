"""What a network that gives amounts is punished for: weighted Huber loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glasscase.extras import need

if TYPE_CHECKING:
    from torch import Tensor


class AmountLoss:
    """Weighted mean over a batch of the Huber loss of standardised amounts.

    Half the squared error up to `delta` deviations and linear beyond, so that a few products that
    sell a hundred times as much do not decide every step. Source: Huber 1964, "Robust Estimation
    of a Location Parameter", equation 3.
    """

    def __init__(self, delta: float = 1.5) -> None:
        self.delta = delta

    def __call__(self, outputs: Tensor, targets: Tensor) -> Any:
        """The loss of `outputs` [n, 1] for `targets` [n, 2] (amount, weight): a scalar tensor."""
        functional = need("torch.nn.functional", extra="train")
        amounts, weights = targets[:, 0], targets[:, 1]
        each = functional.huber_loss(
            outputs.float()[:, 0], amounts, reduction="none", delta=self.delta
        )
        return (weights * each).sum() / weights.sum().clamp(min=1e-9)

    def right(self, outputs: Tensor, targets: Tensor) -> Any:
        """No amount is right or wrong: 0. Plans for it watch the loss."""
        del outputs, targets
        return 0
