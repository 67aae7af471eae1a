"""A network for photos, from timm or from transformers, becomes a stored encoder."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glasscase.encoders.card_file import GRAPH, write_card
from glasscase.encoders.encoder import EncoderCard
from glasscase.encoders.export import RECIPE, export_images
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.encoders.transformer_files import quiet_loading
from glasscase.errors import BadEncoder
from glasscase.extras import need

_EQUAL = 1e-4  # largest difference at which a vector counts as the mean of its maps


@dataclass(frozen=True)
class PhotoScale:
    """How a network wants its photos."""

    side: int
    """Of the square, in pixels."""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    """Per channel, red first, of values between 0 and 1."""


def store_timm(network: Any, scale: PhotoScale, folder: Path, card: EncoderCard) -> None:
    """Export a timm network into `folder`; with maps if it ends in a plain global average."""
    from glasscase.encoders.net import PooledMaps, TimmVectors

    torch = need("torch", extra="train")
    plain, pooled = TimmVectors(network.eval()), PooledMaps(network)
    with torch.no_grad():
        pixels = torch.linspace(-1, 1, 3 * scale.side**2).reshape(1, 3, scale.side, scale.side)
        vectors, maps = plain(pixels), network.forward_features(pixels)
        has_maps = maps.ndim == 4 and maps.shape[1] == vectors.shape[1]
        has_maps = has_maps and bool((pooled(pixels)[0] - vectors).abs().max() < _EQUAL)
    _store(pooled if has_maps else plain, scale, folder, card, has_maps=has_maps)


def timm_from_folder(source: Path) -> tuple[Any, PhotoScale, str]:
    """The network in `source` (timm's own format), its scale and its licence.

    Raises:
        BadEncoder: timm cannot load it.
    """
    declare_torchvision_schemas()
    timm = need("timm", extra="train")
    try:
        network = timm.create_model(f"local-dir:{source}", pretrained=True, num_classes=0)
    except Exception as error:
        message = f"timm cannot load {str(source)!r}: {str(error).splitlines()[0]}"
        raise BadEncoder(message, "It needs timm's config.json and model.safetensors.") from error
    config = timm.data.resolve_model_data_config(network)
    scale = PhotoScale(config["input_size"][-1], tuple(config["mean"]), tuple(config["std"]))
    return network, scale, str(network.pretrained_cfg.get("license") or "unknown")


def store_transformer_images(source: Path, folder: Path, card: EncoderCard) -> None:
    """Export the vision network in `source` (transformers' format) into `folder`.

    Raises:
        BadEncoder: transformers cannot load it, or it does not look at photos.
    """
    scale = _read_scale(source)
    declare_torchvision_schemas()
    transformers = need("transformers", extra="train")
    from glasscase.encoders.net import TransformerVectors

    with quiet_loading(transformers):
        try:
            network = transformers.AutoModel.from_pretrained(
                source, local_files_only=True, use_safetensors=True, dtype="float32"
            )
        except (OSError, ValueError) as error:
            message = f"folder {str(source)!r} is no network: {str(error).splitlines()[0]}"
            raise BadEncoder(message, "It needs config.json and model.safetensors.") from error
    torch = need("torch", extra="train")
    vectors = TransformerVectors(network).eval()
    with torch.no_grad():
        has_maps = isinstance(vectors(torch.zeros((1, 3, scale.side, scale.side))), tuple)
    _store(vectors, scale, folder, card, has_maps=has_maps)


def _store(
    network: Any, scale: PhotoScale, folder: Path, card: EncoderCard, *, has_maps: bool
) -> None:
    from glasscase.encoders.net import ScaledPhotos

    torch = need("torch", extra="train")
    scaled = ScaledPhotos(network, scale.mean, scale.std).eval()
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


def _read_scale(source: Path) -> PhotoScale:
    path = source / "preprocessor_config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        size = config.get("crop_size") or config["size"]
        if isinstance(size, dict):
            size = size.get("height") or size["shortest_edge"]
        mean, std = config["image_mean"], config["image_std"]
        return PhotoScale(int(size), tuple(map(float, mean)), tuple(map(float, std)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"folder {str(source)!r} does not say how it wants its photos: {error!r}"
        raise BadEncoder(message, "It needs a preprocessor_config.json.") from error
