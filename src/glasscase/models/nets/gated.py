"""A learnt gate: for every product, how much text, photo and attributes count."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

WIDTH, HIDDEN, DROPOUT = 256, 128, 0.3
_FAR_BELOW = -1e9


class Gated(nn.Module):
    """Each block -> 256; a gate weighs them, those that are missing with 0; -> 128 -> classes.

    Blocks are sentence and image, and price and brand (`encoders/metadata.py`) where products have
    any.

    Source: Arevalo et al. 2017, "Gated Multimodal Units for Information Fusion", with a softmax
    over any number of blocks in place of their sigmoid over two.
    """

    def __init__(self, dims: Mapping[str, int], columns: list[int | None], n_classes: int) -> None:
        """`columns`: the column of `present` each block hangs on; None: it is there where it is not
        all zeros."""
        super().__init__()
        self.columns = columns
        self.projections = nn.ModuleList(
            nn.Sequential(
                nn.Linear(dim, WIDTH), nn.LayerNorm(WIDTH), nn.ReLU(), nn.Dropout(DROPOUT)
            )
            for dim in dims.values()
        )
        self.gate = nn.Linear(WIDTH * len(dims), len(dims))
        self.classes = nn.Sequential(
            nn.Linear(WIDTH, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, n_classes)
        )

    def forward(self, blocks: list[Tensor], present: Tensor) -> Tensor:
        """Blocks [n, dim] each, present [n, 2] -> logits [n, classes]."""
        parts = [project(one) for project, one in zip(self.projections, blocks, strict=True)]
        weights = self.gate(torch.cat(parts, dim=1)) + self._missing(blocks, present)
        weights = torch.softmax(weights, dim=1)
        fused = sum(weights[:, k : k + 1] * part for k, part in enumerate(parts))
        logits: Tensor = self.classes(fused)
        return logits

    def _missing(self, blocks: list[Tensor], present: Tensor) -> Tensor:
        """[n, blocks]: 0 where a block is there, far below 0 where not."""
        there = [
            (block.abs().sum(dim=1) > 0).float() if column is None else present[:, column]
            for block, column in zip(blocks, self.columns, strict=True)
        ]
        return (1 - torch.stack(there, dim=1)) * _FAR_BELOW
