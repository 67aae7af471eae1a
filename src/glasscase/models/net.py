"""The one network that is trained in torch: two hidden layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

HIDDEN = (512, 128)
DROPOUT = (0.3, 0.2)


class ConcatNet(nn.Sequential):
    """dim -> 512 -> 128 -> classes, ReLU between, dropout 0.3 and 0.2.

    [n, dim] float32 -> logits [n, classes].
    """

    def __init__(self, dim: int, n_classes: int) -> None:
        first, second = HIDDEN
        super().__init__(
            nn.Linear(dim, first),
            nn.ReLU(),
            nn.Dropout(DROPOUT[0]),
            nn.Linear(first, second),
            nn.ReLU(),
            nn.Dropout(DROPOUT[1]),
            nn.Linear(second, n_classes),
        )

    def layers(self) -> list[nn.Linear]:
        """The three linear layers, in order."""
        return [layer for layer in self if isinstance(layer, nn.Linear)]


def train_epoch(
    net: ConcatNet, optimiser: torch.optim.Optimizer, loss: nn.Module, batches: list[list[Tensor]]
) -> None:
    """One pass over `batches` of (rows, targets)."""
    net.train()
    for rows, targets in batches:
        optimiser.zero_grad()
        loss(net(rows), targets).backward()
        optimiser.step()
