"""Torch modules whose only purpose is to be exported. Imported only by what exports."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class ScaledPhotos(nn.Module):
    """uint8 photos [n, side, side, 3] -> what `network` makes of them, scaled as it learnt."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))

    def forward(self, images: Tensor) -> Any:
        """What the network makes of the scaled photos."""
        return self.network(self.scaled(images))

    def scaled(self, images: Tensor) -> Tensor:
        """Scale to [0, 1], then by mean and deviation; channels go first: [n, 3, side, side]."""
        pixels = images.permute(0, 3, 1, 2).to(torch.float32) / 255.0
        return (pixels - self.mean) / self.std


class PooledMaps(nn.Module):
    """A timm network that ends in a global average: (vectors [n, dim], maps [n, dim, h, w])."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """The last maps and their mean."""
        maps = self.network.forward_features(pixels)  # type: ignore[operator]  # timm's own method
        return maps.mean(dim=(2, 3)), maps


class TimmVectors(nn.Module):
    """Any other timm network: vectors [n, dim] before its classifier."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        """What the classifier would be given."""
        network: Any = self.network
        vectors: Tensor = network.forward_head(network.forward_features(pixels), pre_logits=True)
        return vectors


class PlacesOfMaps(nn.Module):
    """A timm EfficientNet: the places of its maps before the last convolution, [n, h * w * dim]."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        """Place by place, row by row, the channels of each side by side."""
        return self.maps(pixels).flatten(2).transpose(1, 2).flatten(1)

    def maps(self, pixels: Tensor) -> Tensor:
        """[n, dim, h, w]."""
        network: Any = self.network
        maps: Tensor = network.blocks(network.bn1(network.conv_stem(pixels)))
        return maps


class TransformerVectors(nn.Module):
    """A vision network of transformers: vectors [n, dim], and maps where it ends in maps.

    CLIP and its kin give the vector they compare with words; ViT and its kin the state of their
    class token; convolutional ones the mean of their last maps.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.joint = hasattr(network, "get_image_features")
        self.class_token = any(name.endswith("cls_token") for name, _ in network.named_parameters())

    def forward(self, pixels: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Choose what stands for the whole picture."""
        network: Any = self.network
        if self.joint:
            features = network.get_image_features(pixel_values=pixels)
            joint: Tensor = features if isinstance(features, Tensor) else features.pooler_output
            return joint
        states: Tensor = network(pixel_values=pixels).last_hidden_state
        if states.ndim == 4:
            return states.mean(dim=(2, 3)), states
        return states[:, 0] if self.class_token else states.mean(dim=1)


class OpenClipSentences(nn.Module):
    """Token numbers [n, length] -> vectors [n, dim] of length 1, by a network of open_clip.

    Such networks were trained on texts filled up to `context` tokens, and some of them look at the
    last token whatever it is; so the filling up is part of the graph.
    """

    padding: Tensor

    def __init__(self, network: nn.Module, context: int, padding: int) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("padding", torch.full((1, context), padding, dtype=torch.long))

    def forward(self, input_ids: Tensor) -> Tensor:
        """Fill up and encode."""
        network: Any = self.network
        filled = torch.cat([input_ids, self.padding.expand(input_ids.shape[0], -1)], dim=1)
        vectors: Tensor = network.encode_text(filled[:, : self.padding.shape[1]], normalize=True)
        return vectors


class TokenStates(nn.Module):
    """Token numbers [n, length] -> the last states of the first `tokens`, [n, tokens * dim].

    Zeros beyond a text's end.
    """

    def __init__(self, transformer: nn.Module, tokens: int) -> None:
        super().__init__()
        self.transformer = transformer
        self.tokens = tokens

    def forward(self, input_ids: Tensor) -> Tensor:
        """Encode and fill up."""
        states: Tensor = self.transformer(input_ids=input_ids).last_hidden_state
        filled = nn.functional.pad(states, (0, 0, 0, self.tokens))
        return filled[:, : self.tokens].flatten(1)


class Sentences(nn.Module):
    """Token numbers [n, length] -> vectors [n, dim]; none is padding unless a mask says so."""

    def __init__(self, transformer: nn.Module, pooling: str, *, normalise: bool) -> None:
        super().__init__()
        self.transformer = transformer
        self.pooling = pooling
        self.normalise = normalise

    def forward(self, input_ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Pool the last hidden states over the tokens; `mask` [n, length] is 0 for padding."""
        given = {} if mask is None else {"attention_mask": mask}
        states: Tensor = self.transformer(input_ids=input_ids, **given).last_hidden_state
        there = torch.ones_like(states[:, :, :1]) if mask is None else mask[:, :, None].float()
        if self.pooling == "mean":
            vectors = (states * there).sum(dim=1) / there.sum(dim=1)
        elif self.pooling == "max":
            vectors = states.masked_fill(there == 0, float("-inf")).amax(dim=1)
        else:
            vectors = states[:, 0]
        return nn.functional.normalize(vectors, p=2.0, dim=1) if self.normalise else vectors
