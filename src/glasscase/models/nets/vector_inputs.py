"""What every network on vectors begins with: scaled blocks, and modalities that may be missing."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

_SOFT = 1e-3
_TINY = 1e-12


class ScaledBlock(nn.Module):
    """Vectors [n, dim] to unit length, then to mean 0 and deviation 1; zeros where missing.

    `rooted` takes a signed square root first ("power normalisation", Perronnin et al. 2010),
    which keeps a few loud channels of a pooled feature map from drowning the others.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, dim: int, *, rooted: bool) -> None:
        super().__init__()
        self.rooted = rooted
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("deviation", torch.ones(dim))

    def learn(self, vectors: Tensor) -> None:
        """Take mean and deviation from vectors [n, dim] that are present."""
        if len(vectors):
            unit = self._unit(vectors)
            self.mean.copy_(unit.mean(dim=0))
            self.deviation.copy_(unit.std(dim=0, unbiased=False) + 1e-4)

    def forward(self, vectors: Tensor, there: Tensor) -> Tensor:
        """[n, dim] -> [n, dim]; `there` [n, 1] is 1 where the modality is present, else 0."""
        return (self._unit(vectors) - self.mean) / self.deviation * there

    def _unit(self, vectors: Tensor) -> Tensor:
        if self.rooted:
            roots = torch.sqrt(vectors.abs() + _SOFT) - _SOFT**0.5
            vectors = torch.sign(vectors) * roots
        # clamped before the root, so that a row of zeros has a finite gradient
        return vectors / (vectors * vectors).sum(dim=1, keepdim=True).clamp(min=_TINY).sqrt()


class ScaledPlaces(nn.Module):
    """Rows [n, places * channels] with each place scaled like a vector; zeros where nothing is.

    A place of zeros is padding (the words of a short text end there) and stays zeros.
    """

    def __init__(self, dim: int, places: int, *, rooted: bool) -> None:
        super().__init__()
        self.places = places
        self.each = ScaledBlock(dim // places, rooted=rooted)

    def learn(self, vectors: Tensor) -> None:
        """Take mean and deviation of the channels from all places of rows that are present."""
        places = vectors.reshape(-1, vectors.shape[1] // self.places)
        self.each.learn(places[places.abs().sum(dim=1) > 0])

    def forward(self, vectors: Tensor, there: Tensor) -> Tensor:
        """[n, places * channels] -> the same; `there` [n, 1] is 1 where there is something."""
        channels = vectors.shape[1] // self.places
        places = vectors.reshape(-1, channels)
        filled = (places.abs().sum(dim=1, keepdim=True) > 0).float()
        scaled: Tensor = self.each(places, filled)
        return scaled.reshape(-1, self.places * channels) * there


class PlainBlock(nn.Module):
    """Vectors [n, dim] as they are; zeros where missing."""

    def learn(self, vectors: Tensor) -> None:
        """There is nothing to take from them."""

    def forward(self, vectors: Tensor, there: Tensor) -> Tensor:
        """[n, dim] -> [n, dim]; `there` [n, 1] is 1 where the modality is present, else 0."""
        return vectors * there


class VectorNet(nn.Module):
    """Scaled blocks into a `body`; in training whole modalities are dropped now and then.

    Modality dropout (Neverova et al. 2015): of the products with text and photo, `drop_share`
    lose their text and as many their photo, so that gaps are nothing new in use. So many rows are
    lost of a block that hangs on neither, too.

    `forward(*blocks, present)`: blocks [n, dim] in the order of `dims`, present [n, 2] of 0 and 1
    (text, image) -> logits [n, classes]. `body(list of blocks, present)` does the rest.
    """

    def __init__(
        self,
        dims: Mapping[str, int],
        columns: Mapping[str, int | None],
        body: nn.Module,
        *,
        drop: float,
        scaled: bool = True,
        places: Mapping[str, int] | None = None,
    ) -> None:
        """`columns` says which column of `present` each block hangs on; None: on neither, and it
        is read as it is.

        Vectors that are learnt together with the body are not `scaled`: they would move away.
        A block of several `places` is scaled place by place.
        """
        super().__init__()
        places = places or {}
        self.names = list(dims)
        self.columns = [columns[name] for name in self.names]
        self.scales = nn.ModuleList(
            _scale(dim, places.get(name), rooted=name == "image")
            if scaled and columns[name] is not None
            else PlainBlock()
            for name, dim in dims.items()
        )
        self.body = body
        self.drop_share = drop

    def learn_scales(self, blocks: list[Tensor], present: Tensor) -> None:
        """Take the scale of every block from the training products."""
        for scale, block, column in zip(self.scales, blocks, self.columns, strict=True):
            assert isinstance(scale, ScaledBlock | ScaledPlaces | PlainBlock)
            scale.learn(block if column is None else block[present[:, column] > 0])

    def forward(self, *inputs: Tensor) -> Tensor:
        """Logits [n, classes]."""
        *blocks, present = inputs
        if self.training and self.drop_share:
            present = thinned(present, self.drop_share)
        logits: Tensor = self.body(self.scaled(blocks, present), present)
        return logits

    def view(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What the body has to show beside its logits, as it is in use."""
        *blocks, present = inputs
        shown: tuple[Tensor, ...] = self.body.view(self.scaled(blocks, present), present)  # type: ignore[operator]  # the body's own method
        return shown

    def scaled(self, blocks: list[Tensor], present: Tensor) -> list[Tensor]:
        """The blocks as the body reads them: scaled, zeros where missing."""
        return [
            scale(block, self._there(present, column))
            for scale, block, column in zip(self.scales, blocks, self.columns, strict=True)
        ]

    def _there(self, present: Tensor, column: int | None) -> Tensor:
        """[n, 1]: 1 where a block is read, else 0."""
        if column is not None:
            return present[:, column : column + 1]
        there = torch.ones_like(present[:, :1])
        if self.training and self.drop_share:
            there = (torch.rand_like(there) >= self.drop_share).float()
        return there


def _scale(dim: int, places: int | None, *, rooted: bool) -> nn.Module:
    if places is None:
        return ScaledBlock(dim, rooted=rooted)
    return ScaledPlaces(dim, places, rooted=rooted)


def thinned(present: Tensor, share: float) -> Tensor:
    """`present` [n, 2] where `share` of the whole products lose their text, as many their photo."""
    whole = present.prod(dim=1) > 0
    drawn = torch.rand(len(present), device=present.device)
    lost = torch.zeros_like(present)
    lost[:, 0] = (whole & (drawn < share)).float()
    lost[:, 1] = (whole & (drawn > 1 - share)).float()
    return present * (1 - lost)
