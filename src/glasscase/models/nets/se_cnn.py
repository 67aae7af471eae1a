"""A small convolutional network with squeeze-and-excitation blocks, learnt from nothing."""

from __future__ import annotations

from torch import Tensor, nn

CHANNELS, RATIO = (32, 64, 128, 192), 8


class SqueezeExcitation(nn.Module):
    """Weighs channels by what all places together say.

    Global average pooling -> dense channels / ratio, ReLU -> dense channels, sigmoid -> multiply.
    Source: Hu et al. 2018, "Squeeze-and-Excitation Networks".
    """

    def __init__(self, channels: int, ratio: int = RATIO) -> None:
        super().__init__()
        self.weigh = nn.Sequential(
            nn.Linear(channels, channels // ratio),
            nn.ReLU(),
            nn.Linear(channels // ratio, channels),
            nn.Sigmoid(),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """[n, channels, rows, columns] -> the same, weighed."""
        weights: Tensor = self.weigh(maps.mean(dim=(2, 3)))
        return maps * weights[:, :, None, None]


class SeCnn(nn.Module):
    """Scaled photos [n, 3, side, side] -> maps [n, 192, side / 8, side / 8].

    Four blocks of two 3 x 3 convolutions with batch norm and ReLU, then squeeze-and-excitation,
    with max pooling between the blocks. So the maps are those of the last convolution, each times
    the weight of its channel.
    """

    dim = CHANNELS[-1]

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        before = 3
        for channels in CHANNELS:
            blocks += [nn.MaxPool2d(2)] if blocks else []
            blocks += [_convolution(before, channels), _convolution(channels, channels)]
            blocks += [SqueezeExcitation(channels)]
            before = channels
        self.blocks = nn.Sequential(*blocks)

    def forward(self, pixels: Tensor) -> Tensor:
        """The last maps."""
        maps: Tensor = self.blocks(pixels)
        return maps


class PooledSeCnn(nn.Module):
    """(vectors [n, dim], maps [n, dim, rows, columns]) of a network that gives maps."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """The last maps and their mean."""
        maps = self.backbone(pixels)
        return maps.mean(dim=(2, 3)), maps


def _convolution(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
    )
