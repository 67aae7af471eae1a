"""A torch network for photos, from timm, transformers or open_clip, and the photos it wants.

Needed to export it, and for heat maps of networks that cannot give their maps with their vectors.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.encoders.open_clip_files import is_open_clip, load_open_clip
from glasscase.encoders.photo_scale import PhotoScale
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.encoders.transformer_files import JOINT, load_transformer
from glasscase.errors import BadEncoder
from glasscase.extras import need

_EQUAL = 1e-4  # largest difference at which a vector counts as the mean of its maps


@dataclass(frozen=True)
class PhotoNetwork:
    """A network in eval mode, and what turns scaled photos into its vectors."""

    backbone: Any
    """The module as its library made it; its parts have the names of that library."""
    vectors: Any
    """Module: scaled photos [n, 3, side, side] -> vectors [n, dim], or (vectors, maps)."""
    scale: PhotoScale
    has_maps: bool
    """Whether the vectors are the mean of the last maps, which then come with them."""
    licence: str = "unknown"

    @property
    def fixed_side(self) -> bool:
        """Whether it looks at photos of its own side and no others, as ViT and its kin do."""
        config = getattr(self.backbone, "config", None)
        if config is None and hasattr(self.backbone, "vision_model"):
            config = self.backbone.vision_model.config
        patches = getattr(self.backbone, "patch_embed", None)  # timm's
        return hasattr(config, "image_size") or bool(getattr(patches, "strict_img_size", False))

    def from_pixels(self) -> Any:
        """Module: uint8 photos [n, side, side, 3] -> what `vectors` makes of them, scaled."""
        from glasscase.encoders.net import ScaledPhotos

        return ScaledPhotos(self.vectors, self.scale.mean, self.scale.std).eval()

    @classmethod
    def of_timm(cls, backbone: Any, scale: PhotoScale, licence: str) -> PhotoNetwork:
        """A timm network; with maps if it ends in a plain global average."""
        torch = need("torch", extra="train")
        from glasscase.encoders.net import PooledMaps, TimmVectors

        plain, pooled = TimmVectors(backbone.eval()), PooledMaps(backbone)
        with torch.no_grad():
            pixels = torch.linspace(-1, 1, 3 * scale.side**2).reshape(1, 3, scale.side, scale.side)
            vectors, maps = plain(pixels), backbone.forward_features(pixels)
            has_maps = maps.ndim == 4 and maps.shape[1] == vectors.shape[1]
            has_maps = has_maps and bool((pooled(pixels)[0] - vectors).abs().max() < _EQUAL)
        return cls(backbone, pooled if has_maps else plain, scale, has_maps, licence)

    @classmethod
    def from_folder(cls, source: Path, *, name: str = "") -> PhotoNetwork:
        """The network in `source`, a folder as timm, transformers or open_clip writes it.

        `name`: of the encoder; `open_clip:...` says how a folder is to be read that several wrote.

        Raises:
            BadEncoder: none of them can load it, or it does not look at photos.
            MissingExtra: torch, timm, transformers or open_clip is not installed.
        """
        if is_open_clip(name, source):
            made = load_open_clip(source)
            visual = made.network.visual
            return cls(visual, visual, made.scale, has_maps=False)
        config = json.loads((source / "config.json").read_text(encoding="utf-8"))
        if "architecture" in config:
            return cls._timm_from_folder(source)
        return cls._transformer_from_folder(source)

    @classmethod
    def _timm_from_folder(cls, source: Path) -> PhotoNetwork:
        declare_torchvision_schemas()
        timm = need("timm", extra="train")
        try:
            network = timm.create_model(f"local-dir:{source}", pretrained=True, num_classes=0)
        except Exception as error:
            message = f"timm cannot load {str(source)!r}: {str(error).splitlines()[0]}"
            remedy = "It needs timm's config.json and model.safetensors."
            raise BadEncoder(message, remedy) from error
        config = timm.data.resolve_model_data_config(network)
        scale = PhotoScale(config["input_size"][-1], tuple(config["mean"]), tuple(config["std"]))
        return cls.of_timm(network, scale, str(network.pretrained_cfg.get("license") or "unknown"))

    @classmethod
    def _transformer_from_folder(cls, source: Path) -> PhotoNetwork:
        scale = _read_scale(source)
        backbone = load_transformer(source)
        torch = need("torch", extra="train")
        from glasscase.encoders.joint_net import JointPhotos
        from glasscase.encoders.net import TransformerVectors

        if backbone.config.model_type in JOINT:
            half = JointPhotos(backbone).eval()
            return cls(half, half, scale, has_maps=False)
        vectors = TransformerVectors(backbone).eval()
        with torch.no_grad():
            has_maps = isinstance(vectors(torch.zeros((1, 3, scale.side, scale.side))), tuple)
        return cls(backbone, vectors, scale, has_maps)


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
