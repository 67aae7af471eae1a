"""A network for photos becomes a stored encoder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from glasscase.encoders.card_file import GRAPH, write_card
from glasscase.encoders.encoder import EncoderCard
from glasscase.encoders.export import RECIPE, export_images
from glasscase.encoders.photo_network import PhotoNetwork
from glasscase.extras import need


def store_photo_network(network: PhotoNetwork, folder: Path, card: EncoderCard) -> None:
    """Export `network` into `folder`: graph and card.

    `card` names the model; dim and preprocessing are filled in here.
    """
    torch = need("torch", extra="train")
    scale, has_maps = network.scale, network.has_maps
    scaled = network.from_pixels()
    with torch.no_grad():
        result = scaled(torch.zeros((1, scale.side, scale.side, 3), dtype=torch.uint8))
    dim = int((result[0] if has_maps else result).shape[1])
    names = ["vectors", "maps"] if has_maps else ["vectors"]
    export_images(scaled, scale.side, names, folder / GRAPH)
    preprocessing: dict[str, str | int | float | bool] = {
        "side_px": scale.side,
        "fit": "whole picture, bicubic",
        "mean": ",".join(map(str, scale.mean)),
        "std": ",".join(map(str, scale.std)),
        "maps": has_maps,
        "recipe": RECIPE,
    }
    write_card(folder, replace(card, dim=dim, preprocessing=preprocessing))
