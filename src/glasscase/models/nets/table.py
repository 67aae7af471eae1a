"""The table of networks on vectors: a name becomes a fresh torch module."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import nn

from glasscase.models.features import MODALITIES, MODALITY_OF
from glasscase.models.nets.alignment import Alignment
from glasscase.models.nets.gated import Gated
from glasscase.models.nets.two_branch import TwoBranch
from glasscase.models.nets.vector_inputs import VectorNet

MODALITY_DROPOUT = 0.25


def make_net(name: str, dims: Mapping[str, int], n_classes: int) -> VectorNet:
    """A fresh network of the table.

    Args:
        name: of `NETS`.
        dims: width of each block it reads, in the order it is given them.
        n_classes: how many logits it gives.
    """
    columns = {block: MODALITIES.index(MODALITY_OF[block]) for block in dims}
    drop = 0.0 if name in _DROPS_ITSELF else MODALITY_DROPOUT
    return VectorNet(dims, columns, NETS[name](dims, n_classes), drop=drop)


def _gated(dims: Mapping[str, int], n_classes: int) -> nn.Module:
    return Gated(dims, [MODALITIES.index(MODALITY_OF[block]) for block in dims], n_classes)


NETS: dict[str, Callable[[Mapping[str, int], int], nn.Module]] = {
    "two-branch": TwoBranch,
    "gated": _gated,
    "clip-align": Alignment,
}
"""Name -> the part that reads scaled blocks and `present` and gives logits."""

_DROPS_ITSELF = ("clip-align",)
