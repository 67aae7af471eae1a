"""The words look at the places of the photo, and the places at the words."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

WIDTH, HEADS, DROPOUT = 128, 4, 0.3
_FAR_BELOW = -1e9


class CrossAttention(nn.Module):
    """Tokens and places -> 128 each; each attends to the other with 4 heads; means -> classes.

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2, across two modalities as
    in Lu et al. 2019, "ViLBERT", figure 2b; one layer each way, without feed-forward layers.
    """

    def __init__(self, dims: Mapping[str, int], n_classes: int, places: Mapping[str, int]) -> None:
        """`dims`: of one text block and one image block, in this order; `places` of each."""
        super().__init__()
        self.places = [places.get(name, 1) for name in dims]
        channels = [dim // n for dim, n in zip(dims.values(), self.places, strict=True)]
        self.enter = nn.ModuleList(nn.Linear(one, WIDTH) for one in channels)
        self.position = nn.Parameter(0.02 * torch.randn(self.places[1], WIDTH))
        self.to_places, self.to_tokens = Attention(), Attention()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in dims)
        self.classes = nn.Sequential(
            nn.Dropout(DROPOUT),
            nn.Linear(2 * WIDTH, WIDTH),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
            nn.Linear(WIDTH, n_classes),
        )

    def forward(self, blocks: list[Tensor], present: Tensor) -> Tensor:
        """Blocks [n, places * channels] each -> logits [n, classes]."""
        del present  # the blocks are zeros where it is 0
        means, _ = self._attended(blocks)
        logits: Tensor = self.classes(torch.cat(means, dim=1))
        return logits

    def view(self, blocks: list[Tensor], present: Tensor) -> tuple[Tensor, Tensor]:
        """How much each token looks at each place [n, tokens, places], and the other way round.

        Means over the heads. Rows sum to 1; to 0 where there is nothing to look at.
        """
        del present
        to_places, to_tokens = self._attended(blocks)[1]
        return to_places, to_tokens

    def _attended(self, blocks: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        apart = [
            block.reshape(-1, n, block.shape[1] // n)
            for block, n in zip(blocks, self.places, strict=True)
        ]
        there = [(one.abs().sum(dim=2) > 0).float() for one in apart]
        text, image = [enter(one) for enter, one in zip(self.enter, apart, strict=True)]
        image = image + self.position
        seen, to_places = self.to_places(text, image, there[1])
        read, to_tokens = self.to_tokens(image, text, there[0])
        after = [
            norm(one) for norm, one in zip(self.norms, (text + seen, image + read), strict=True)
        ]
        means = [_mean(one, mask) for one, mask in zip(after, there, strict=True)]
        return means, [to_places, to_tokens]


class Attention(nn.Module):
    """Scaled dot-product attention with several heads, of linear layers alone."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, asking: Tensor, asked: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """What `asking` [n, a, 128] finds in `asked` [n, b, 128] where `there` [n, b] is 1.

        Gives [n, a, 128], and the weights [n, a, b], means over the heads; zeros where nothing is.
        """
        query, key, value = (
            layer(states).reshape(-1, states.shape[1], HEADS, WIDTH // HEADS).transpose(1, 2)
            for layer, states in ((self.query, asking), (self.key, asked), (self.value, asked))
        )
        scores = query @ key.transpose(2, 3) / (WIDTH // HEADS) ** 0.5
        weights = torch.softmax(scores + (1 - there)[:, None, None, :] * _FAR_BELOW, dim=3)
        anything = there.amax(dim=1)[:, None, None]
        found = (weights @ value).transpose(1, 2).flatten(2)
        return self.out(found) * anything, weights.mean(dim=1) * anything


def _mean(states: Tensor, there: Tensor) -> Tensor:
    """[n, places, 128] -> [n, 128], over the places that are there; zeros where none is."""
    there = there[:, :, None]
    return (states * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)
