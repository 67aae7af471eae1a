"""The table of networks on vectors: a name becomes a fresh torch module."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import nn

from glasscase.models.features import MODALITIES, MODALITY_OF
from glasscase.models.nets.alignment import Alignment
from glasscase.models.nets.concat import Concat
from glasscase.models.nets.cross_attention import CrossAttention
from glasscase.models.nets.gated import Gated
from glasscase.models.nets.two_branch import TwoBranch
from glasscase.models.nets.vector_inputs import VectorNet

MODALITY_DROPOUT = 0.25


def make_net(
    name: str, dims: Mapping[str, int], n_classes: int, *, places: Mapping[str, int] | None = None
) -> VectorNet:
    """A fresh network of the table.

    Args:
        name: of `NETS`.
        dims: width of each block it reads, in the order it is given them.
        n_classes: how many logits it gives.
        places: of the blocks whose rows are laid out in tokens or places, for `cross-attention`.
    """
    columns = {block: _column(block) for block in dims}
    drop = 0.0 if name in _DROPS_ITSELF else MODALITY_DROPOUT
    make = NETS[name]
    body = make(dims, n_classes, places or {}) if name in PLACED else make(dims, n_classes)
    return VectorNet(dims, columns, body, drop=drop, places=places)


def _gated(dims: Mapping[str, int], n_classes: int) -> nn.Module:
    return Gated(dims, [_column(block) for block in dims], n_classes)


def _column(block: str) -> int | None:
    """The column of `present` a block hangs on; None: on neither."""
    return MODALITIES.index(MODALITY_OF[block]) if block in MODALITY_OF else None


NETS: dict[str, Callable[..., nn.Module]] = {
    "concat": Concat,
    "two-branch": TwoBranch,
    "gated": _gated,
    "clip-align": Alignment,
    "cross-attention": CrossAttention,
}
"""Name -> the part that reads scaled blocks and `present` and gives logits."""

_DROPS_ITSELF = ("clip-align",)
PLACED = ("cross-attention",)
"""Those that read tokens and places one by one."""
