"""Two branches: text and photo are each made small before they meet."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

Layers = tuple[tuple[int, float], ...]
"""(width, dropout) of each layer: linear, batch norm, ReLU, dropout."""
BRANCHES: Mapping[str, Layers] = {
    "sentence": ((256, 0.4), (128, 0.3)),
    "image": ((512, 0.5), (256, 0.4)),
}
JOINED: Layers = ((256, 0.4), (128, 0.3))


class TwoBranch(nn.Module):
    """sentence 384 -> 256 -> 128, image -> 512 -> 256; joined 384 -> 256 -> 128 -> classes.

    Each layer is linear, batch norm, ReLU, dropout. Takes what blocks there are.
    """

    def __init__(
        self,
        dims: Mapping[str, int],
        n_classes: int,
        branches: Mapping[str, Layers] = BRANCHES,
        joined: Layers = JOINED,
    ) -> None:
        super().__init__()
        self.branches = nn.ModuleList(_layers(dim, branches[name]) for name, dim in dims.items())
        width = sum(branches[name][-1][0] for name in dims)
        self.joined = _layers(width, joined)
        self.classes = nn.Linear(joined[-1][0], n_classes)

    def forward(self, blocks: list[Tensor], present: Tensor) -> Tensor:
        """Blocks [n, dim] each -> logits [n, classes]."""
        del present  # the blocks are zeros where it is 0
        parts = [branch(block) for branch, block in zip(self.branches, blocks, strict=True)]
        logits: Tensor = self.classes(self.joined(torch.cat(parts, dim=1)))
        return logits


def _layers(dim: int, widths: Layers) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width, dropout in widths:
        layers += [nn.Linear(dim, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout)]
        dim = width
    return nn.Sequential(*layers)
