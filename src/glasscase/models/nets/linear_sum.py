"""The smallest way to join modalities: each speaks for itself, and the logits are added."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class LinearSum(nn.Module):
    """Batch norm, dropout and a linear layer per block; logits [n, classes] are their sum.

    What is missing adds nothing but its bias.
    """

    def __init__(self, dims: Mapping[str, int], n_classes: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.parts = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm1d(dim, affine=False), nn.Dropout(dropout), nn.Linear(dim, n_classes)
            )
            for dim in dims.values()
        )

    def forward(self, blocks: list[Tensor], present: Tensor) -> Tensor:
        """Blocks [n, dim] each -> logits [n, classes]."""
        del present  # the blocks are zeros where it is 0
        parts = [part(block) for part, block in zip(self.parts, blocks, strict=True)]
        return torch.stack(parts).sum(dim=0)
