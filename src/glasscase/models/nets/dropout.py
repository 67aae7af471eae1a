"""One dropout for a whole network, in place of what its layers declare."""

from __future__ import annotations

from torch import nn


def set_dropout(net: nn.Module, share: float) -> None:
    """Give every dropout layer of `net` the `share` (0 to 1) of numbers it leaves out."""
    for layer in net.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = share
