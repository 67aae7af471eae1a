"""Text and photo in one space: projections that are learnt to agree where products do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from glasscase.models.nets.vector_inputs import thinned

WIDTH, DROPOUT, MODALITY_DROPOUT = 128, 0.3, 0.25
FIRST_TEMPERATURE, LEAST_TEMPERATURE = 0.07, 0.01
_TINY = 1e-12


class Aligned(NamedTuple):
    """What `AlignmentLoss` judges: given in training, where use gives the logits alone."""

    logits: Tensor
    """[n, classes]."""
    text: Tensor
    """Unit vectors [n, 128]."""
    image: Tensor
    """Unit vectors [n, 128]."""
    paired: Tensor
    """[n] of 0 and 1: products that have both."""
    temperature: Tensor
    """A scalar."""


class Alignment(nn.Module):
    """Text -> 128, image -> 128, both linear; side by side through dropout -> classes.

    Source: Radford et al. 2021, "Learning Transferable Visual Models From Natural Language
    Supervision", section 2.3: linear projections to unit vectors, a temperature that is learnt and
    kept above 0.01. Theirs is learnt alone; this one together with a classification.
    """

    def __init__(self, dims: Mapping[str, int], n_classes: int, *, normed: bool = False) -> None:
        """`dims`: of one text block and one image block, in this order.

        `normed`: bring each vector to mean 0 and deviation 1 first, where nobody else scales them.
        """
        super().__init__()
        text, image = dims.values()
        self.text = _projection(text, normed=normed)
        self.image = _projection(image, normed=normed)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / FIRST_TEMPERATURE)))
        self.classes = nn.Sequential(
            nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(2 * WIDTH, n_classes)
        )

    def forward(self, blocks: list[Tensor], present: Tensor) -> Tensor | Aligned:
        """Blocks [n, dim] each, present [n, 2] -> logits [n, classes]; in training `Aligned`.

        Modalities are dropped from the classification alone: the agreement of the two can only be
        learnt where both are there.
        """
        text, image = self._projected(blocks, present)
        there = thinned(present, MODALITY_DROPOUT) if self.training else present
        both = torch.cat([text * there[:, :1], image * there[:, 1:]], dim=1)
        logits: Tensor = self.classes(both)
        if not self.training:
            return logits
        return Aligned(logits, unit(text), unit(image), present.prod(dim=1), self.temperature())

    def view(self, blocks: list[Tensor], present: Tensor) -> tuple[Tensor, Tensor]:
        """Unit vectors [n, 128] of text and image; zeros where missing."""
        text, image = self._projected(blocks, present)
        return unit(text), unit(image)

    def temperature(self) -> Tensor:
        """What cosines are divided by, a scalar."""
        return torch.exp(-self.log_scale).clamp(min=LEAST_TEMPERATURE)

    def figures(self) -> dict[str, float]:
        """What was learnt beside the weights."""
        return {"temperature": float(self.temperature().detach())}

    def _projected(self, blocks: list[Tensor], present: Tensor) -> tuple[Tensor, Tensor]:
        text, image = blocks
        return self.text(text) * present[:, :1], self.image(image) * present[:, 1:]


class JointAlignment(Alignment):
    """The same on vectors that are in one space already: no projections before or after them.

    Classes are told from the unit vectors of both, of mean square 1 (a linear probe, Radford et
    al. 2021, section 3.2), through dropout.
    """

    def __init__(self, dims: Mapping[str, int], n_classes: int, *, log_scale: nn.Parameter) -> None:
        """`log_scale`: logarithm of what cosines are multiplied by; see `first_log_scale`."""
        nn.Module.__init__(self)
        text, image = dims.values()
        assert text == image, "two vectors of one space have one width"
        self.text, self.image = nn.Identity(), nn.Identity()
        self.log_scale = log_scale
        self.classes = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(text + image, n_classes))

    def _projected(self, blocks: list[Tensor], present: Tensor) -> tuple[Tensor, Tensor]:
        text, image = (unit(block) * block.shape[1] ** 0.5 for block in blocks)
        return text * present[:, :1], image * present[:, 1:]


def first_log_scale(learnt: float) -> nn.Parameter:
    """The logarithm of a scale that a checkpoint `learnt`, at a temperature of at least 0.01."""
    most = math.log(1 / LEAST_TEMPERATURE) - 1e-3  # at the clamp itself nothing is learnt
    return nn.Parameter(torch.tensor(min(learnt, most)))


def _projection(dim: int, *, normed: bool) -> nn.Module:
    linear = nn.Linear(dim, WIDTH)
    return nn.Sequential(nn.LayerNorm(dim, elementwise_affine=False), linear) if normed else linear


def unit(vectors: Tensor) -> Tensor:
    """Rows [n, dim] at length 1; rows of zeros stay zeros."""
    return vectors / (vectors * vectors).sum(dim=1, keepdim=True).clamp(min=_TINY).sqrt()
