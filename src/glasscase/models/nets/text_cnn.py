"""Convolutions over learnt word vectors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

VOCABULARY, LENGTH, EMBEDDING = 15_000, 60, 128
WIDTHS, FILTERS = (2, 3, 4), 64
PADDING = 0


class TextCnn(nn.Module):
    """Token numbers [n, any length] -> vectors [n, 192].

    Cut or padded to 60 tokens -> learnt embedding 128 -> convolutions of width 2, 3 and 4 with 64
    filters each, batch norm, ReLU, the largest value over the text. Source: Kim 2014,
    "Convolutional Neural Networks for Sentence Classification".
    """

    dim = FILTERS * len(WIDTHS)

    def __init__(self, vocabulary: int = VOCABULARY) -> None:
        """`vocabulary` words beside the padding, which is 0."""
        super().__init__()
        self.embedding = nn.Embedding(vocabulary + 1, EMBEDDING, padding_idx=PADDING)
        self.convolutions = nn.ModuleList(
            nn.Sequential(nn.Conv1d(EMBEDDING, FILTERS, width), nn.BatchNorm1d(FILTERS), nn.ReLU())
            for width in WIDTHS
        )

    def forward(self, input_ids: Tensor) -> Tensor:
        """Vectors [n, 192]."""
        ids = nn.functional.pad(input_ids, (0, LENGTH))[:, :LENGTH]
        words = self.embedding(ids).transpose(1, 2)
        return torch.cat([one(words).amax(dim=2) for one in self.convolutions], dim=1)
