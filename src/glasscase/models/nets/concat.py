"""The classical fused network: all vectors side by side through two hidden layers."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

WIDTHS: tuple[tuple[int, float], ...] = ((512, 0.3), (128, 0.2))
"""(width, dropout) of each hidden layer: linear, ReLU, dropout."""


class Concat(nn.Module):
    """image 1280 + sentence 384 = 1664 -> 512 -> 128 -> classes, of any widths.

    ReLU, dropout 0.3 and 0.2. The vectors are scaled and standardised first; those of a missing
    modality are zeros, which is the mean of the others.
    """

    def __init__(self, dims: Mapping[str, int], n_classes: int) -> None:
        super().__init__()
        width, layers = sum(dims.values()), list[nn.Module]()
        for hidden, dropout in WIDTHS:
            layers += [nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout)]
            width = hidden
        self.layers = nn.Sequential(*layers, nn.Linear(width, n_classes))

    def forward(self, blocks: list[Tensor], present: Tensor) -> Tensor:
        """Blocks [n, dim] each -> logits [n, classes]."""
        del present  # the blocks are zeros where it is 0
        logits: Tensor = self.layers(torch.cat(blocks, dim=1))
        return logits
