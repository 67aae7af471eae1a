"""Encoders whose vector is every token of a text, or every place of a photo, one after the other.

For networks that attend to them (`models/nets/cross_attention.py`). The number of tokens or places
is `places` in the card; dim is places * channels. A text shorter than that ends in zeros.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from glasscase.encoders.card_file import GRAPH, write_card
from glasscase.encoders.encoder import EncoderCard
from glasscase.encoders.export import RECIPE, export_images, export_sentences
from glasscase.encoders.photo_scale import PhotoScale
from glasscase.encoders.sentence import TOKENIZER
from glasscase.encoders.transformer_files import SentenceNetwork
from glasscase.extras import need

TOKENS = 32
"""Tokens read of a text, begin and end marks included: a title and a first line."""


def store_tokens(network: SentenceNetwork, folder: Path, card: EncoderCard) -> None:
    """Export the last states of a transformer's first 32 tokens into `folder`.

    `card` names the model; dim, limits and preprocessing are filled in here.
    """
    from glasscase.encoders.net import TokenStates

    transformer = network.module.transformer
    export_sentences(TokenStates(transformer, TOKENS).eval(), folder / GRAPH)
    shutil.copyfile(network.tokenizer, folder / TOKENIZER)
    preprocessing: dict[str, str | int | float | bool] = {
        "places": TOKENS,
        "model_max_tokens": TOKENS,
        "model_max_windows": 1,
        "max_tokens": TOKENS,
        "recipe": RECIPE,
    }
    dim = TOKENS * int(transformer.config.hidden_size)
    write_card(folder, replace(card, dim=dim, preprocessing=preprocessing))


def store_grid(network: Any, scale: PhotoScale, folder: Path, card: EncoderCard) -> None:
    """Export the maps of a timm EfficientNet before its last 1 x 1 convolution into `folder`.

    `network`: as timm made it. `card` names the model; dim and preprocessing are filled in here.
    """
    torch = need("torch", extra="train")
    from glasscase.encoders.net import PlacesOfMaps, ScaledPhotos

    grid = PlacesOfMaps(network)
    with torch.no_grad():
        maps = grid.maps(torch.zeros((1, 3, scale.side, scale.side)))
    _, channels, rows, columns = maps.shape
    scaled = ScaledPhotos(grid, scale.mean, scale.std).eval()
    export_images(scaled, scale.side, ["vectors"], folder / GRAPH)
    preprocessing: dict[str, str | int | float | bool] = {
        "side_px": scale.side,
        "fit": "whole picture, bicubic",
        "mean": ",".join(map(str, scale.mean)),
        "std": ",".join(map(str, scale.std)),
        "maps": False,
        "places": int(rows * columns),
        "recipe": RECIPE,
    }
    dim = int(channels * rows * columns)
    write_card(folder, replace(card, dim=dim, preprocessing=preprocessing))
