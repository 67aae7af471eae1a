"""The network of the product detector: frozen features, a pyramid, and a head without anchors.

Features of EfficientNet-Lite0 (Tan and Le 2019; Lite: without squeeze-and-excitation) at strides
8, 16 and 32 go down a feature pyramid (Lin et al., CVPR 2017) with a coarser level on top; one
head for all levels tells at each place how good a box it can give, and the distances to the box's
four sides (FCOS: Tian et al., ICCV 2019). The score is learnt as the overlap its box will have
(quality focal loss: Li et al., NeurIPS 2020), sides by generalised IoU (Rezatofighi et al., CVPR
2019).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasscase.shelf.forms.pyramid_places import STRIDES, places

FEATURES = (40, 112, 320)
"""Channels of the features at strides 8, 16 and 32."""
_TAPS = (2, 4, 6)  # blocks of EfficientNet-Lite0 that end these strides
_PRIOR = 0.01  # score of every place before anything is learnt (Lin et al., ICCV 2017)
_FURTHEST = 5.0  # logarithm of the largest distance, in strides


class LiteFeatures(nn.Module):
    """EfficientNet-Lite0 without its end: scaled photos [n, 3, h, w] -> three feature maps."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.stem, self.norm = network.conv_stem, network.bn1
        self.blocks = nn.ModuleList(list(network.blocks)[: _TAPS[-1] + 1])

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[n, 40, h/8, w/8], [n, 112, h/16, w/16], [n, 320, h/32, w/32]."""
        state, taken = self.norm(self.stem(pixels)), []
        for number, block in enumerate(self.blocks):
            state = block(state)
            if number in _TAPS:
                taken.append(state)
        return taken[0], taken[1], taken[2]


class PyramidHead(nn.Module):
    """Feature maps -> what every place says: (logits [n, p], sides [n, p, 4])."""

    def __init__(self, channels: int = 64, depth: int = 2) -> None:
        super().__init__()
        self.channels, self.depth = channels, depth
        self.lateral = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, channels, 1), nn.GroupNorm(8, channels))
            for width in FEATURES
        )
        self.tower = nn.Sequential(*(_layer(channels) for _ in range(depth)))
        self.quality = nn.Conv2d(channels, 1, 3, padding=1)
        self.sides = nn.Conv2d(channels, 4, 3, padding=1)
        self.stretch = nn.Parameter(torch.ones(len(STRIDES)))
        for layer in (self.quality, self.sides):
            nn.init.normal_(layer.weight, std=0.01)
        nn.init.constant_(self.quality.bias, -math.log((1 - _PRIOR) / _PRIOR))  # type: ignore[arg-type]
        nn.init.constant_(self.sides.bias, math.log(2.0))  # type: ignore[arg-type]

    def forward(self, features: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Logits of the scores; distances to left, top, right and bottom in strides."""
        fine, middle, coarse = (
            lateral(one) for lateral, one in zip(self.lateral, features, strict=True)
        )
        middle = middle + functional.interpolate(coarse, scale_factor=2.0, mode="nearest")
        fine = fine + functional.interpolate(middle, scale_factor=2.0, mode="nearest")
        top = functional.max_pool2d(coarse, 3, stride=2, padding=1)
        logits, sides = [], []
        for number, level in enumerate((fine, middle, coarse, top)):
            state = self.tower(level)
            logits.append(self.quality(state).flatten(1))
            reach = self.sides(state).flatten(2).transpose(1, 2) * self.stretch[number]
            sides.append(reach.clamp(max=_FURTHEST).exp())
        return torch.cat(logits, 1), torch.cat(sides, 1)


class HeadAnswers(nn.Module):
    """Feature maps -> (scores [n, p], corners [n, p, 4] in pixels of the input)."""

    spots: Tensor

    def __init__(self, head: nn.Module, input_px: int) -> None:
        super().__init__()
        self.head = head
        self.register_buffer("spots", torch.from_numpy(places(input_px).copy()))

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        """What is needed to run it without torch."""
        logits, sides = self.head((fine, middle, coarse))
        return logits.sigmoid(), corners_of(sides, self.spots)


def corners_of(sides: Tensor, spots: Tensor) -> Tensor:
    """Distances in strides [n, p, 4] at places [p, 3] -> left, top, right, bottom in pixels."""
    reach = sides * spots[:, 2:3]
    x, y = spots[:, 0], spots[:, 1]
    left, top = x - reach[..., 0], y - reach[..., 1]
    right, bottom = x + reach[..., 2], y + reach[..., 3]
    return torch.stack([left, top, right, bottom], dim=-1)


def detection_loss(
    logits: Tensor, corners: Tensor, wanted: Tensor, answers: Tensor
) -> tuple[Tensor, Tensor]:
    """Quality focal loss of the scores, and generalised-IoU loss of the boxes.

    Args:
        logits: [n, p] of the scores.
        corners: [n, p, 4] of the boxes in pixels.
        wanted: [m, 4]: boxes that the answering places should give.
        answers: bool [n, p]: which places answer, m of them.
    """
    given = corners[answers]
    overlap, generalised = _overlap(given, wanted)
    quality = torch.zeros_like(logits)
    quality[answers] = overlap.detach().clamp(min=0)
    total = quality.sum().clamp(min=1.0)
    scores = logits.sigmoid()
    plain = functional.binary_cross_entropy_with_logits(logits, quality, reduction="none")
    score_loss = (plain * (quality - scores).abs() ** 2).sum() / total
    weight = quality[answers].clamp(min=0.05)
    box_loss = ((1 - generalised) * weight).sum() / weight.sum().clamp(min=1.0)
    return score_loss, box_loss


def _overlap(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU of boxes [m, 4], pair by pair."""
    low = torch.maximum(one[:, :2], other[:, :2])
    high = torch.minimum(one[:, 2:], other[:, 2:])
    shared = (high - low).clamp(min=0).prod(1)
    areas = (one[:, 2:] - one[:, :2]).prod(1) + (other[:, 2:] - other[:, :2]).prod(1)
    union = (areas - shared).clamp(min=1e-6)
    hull = torch.maximum(one[:, 2:], other[:, 2:]) - torch.minimum(one[:, :2], other[:, :2])
    around = hull.prod(1).clamp(min=1e-6)
    overlap = shared / union
    return overlap, overlap - (around - union) / around


def _layer(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        nn.GroupNorm(8, channels),
        nn.ReLU(inplace=True),
    )
