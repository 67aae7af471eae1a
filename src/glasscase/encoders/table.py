"""The table of encoders: a name becomes a loaded encoder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from glasscase.encoders.api_text import PREFIX, ApiTextEncoder, api_files
from glasscase.encoders.card_file import CARD, read_card
from glasscase.encoders.embedded import (
    lite0_files,
    lite0_grid_files,
    lite0_photo_network,
    lite0_sha256,
    minilm_files,
    minilm_token_files,
)
from glasscase.encoders.encoder import LEARNT_ON, Encoder, EncoderCard, Modality
from glasscase.encoders.given import GivenVectors, is_given_card
from glasscase.encoders.image import ImageEncoderOnnx
from glasscase.encoders.learnt_weights import with_learnt
from glasscase.encoders.model_folder import ModelFolder
from glasscase.encoders.named import (
    HUB,
    folder_files,
    named_files,
    weights_folder,
    weights_sha256,
)
from glasscase.encoders.photo_network import PhotoNetwork
from glasscase.encoders.sentence import SentenceEncoder
from glasscase.errors import BadEncoder
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

EMBEDDED: dict[tuple[Modality, str], Callable[[ModelFolder], Path]] = {
    ("text", "minilm-l6-v2"): minilm_files,
    ("image", "efficientnet-lite0"): lite0_files,
}
"""Modality and name -> what gives the stored folder below the folder of models."""
PLACED: dict[tuple[Modality, str], Callable[[ModelFolder], Path]] = {
    ("text", "minilm-l6-v2-tokens"): minilm_token_files,
    ("image", "efficientnet-lite0-grid"): lite0_grid_files,
}
"""The same for those that keep tokens or places apart; only cross-attention has use for them."""

_HUB: dict[Modality, tuple[str, ...]] = {
    "text": ("hf:", "open_clip:"),
    "image": HUB,
}
_AFTER = {"timm:": "NAME"}


def load_encoder(
    name: str, *, modality: Modality, settings: Settings, progress: Progress = silent
) -> Encoder:
    """Load the encoder called `name`; the first time it is exported, which takes some seconds.

    Args:
        name: an embedded encoder, `timm:NAME`, `hf:OWNER/NAME`, `open_clip:OWNER/NAME`, `api:MODEL`
            for texts, or a folder that holds an encoder.
        modality: what it is to look at.
        settings: where models are kept, how many tokens are read, which photos are let in, and
            whether weights may be fetched.
        progress: is told when an export begins.

    Raises:
        BadEncoder: there is no such encoder here; says how to get it, and whether the network was
            tried.
        MissingExtra: it must be exported first, and what that takes is not installed.
    """
    path = Path(name).expanduser()
    if (path / CARD).is_file():
        return _fitting(encoder_from_files(path, settings=settings), modality)
    models = ModelFolder(settings.cache.path / "models", settings.encoders.download, progress)
    make = {**EMBEDDED, **PLACED}.get((modality, name))
    if make is not None:
        folder = make(models)
    elif name.startswith(PREFIX) and modality == "text":
        folder = api_files(name, models)
    elif name.startswith(_HUB[modality]):
        folder = named_files(name, modality, models)
    elif path.is_dir():
        folder = folder_files(path, modality, models)
    else:
        raise _unknown(name, modality)
    return encoder_from_files(folder, settings=settings)


def load_photo_network(
    name: str, card: EncoderCard, *, download: bool, learnt: Path | None = None
) -> PhotoNetwork:
    """The torch network behind an image encoder, for what its stored graph cannot answer.

    Args:
        name: as `load_encoder` was given it, `encoders.image` of the model's settings.
        card: of the encoder; the network must have the same weights.
        download: whether weights that are not on this machine may be fetched.
        learnt: what the encoder learnt on from there, which then takes their place.

    Raises:
        BadEncoder: its weights are not here, or are others.
        MissingExtra: torch, timm or transformers is not installed.
    """
    if ("image", name) in EMBEDDED:
        source, sha256 = None, lite0_sha256()
    else:
        source = weights_folder(name, download=download)
        sha256 = weights_sha256(source) if learnt is None else ""
    if source is not None and learnt is not None:
        return with_learnt(PhotoNetwork.from_folder(source, name=name), learnt)
    if sha256 != card.sha256:
        if LEARNT_ON in card.source:
            message = (
                f"the photo network learnt on from {name!r}, and its maps are not in the bundle"
            )
            raise BadEncoder(message, "Networks that end in a global average keep their maps.")
        message = f"the weights of {name!r} are not those this model was trained with"
        raise BadEncoder(message, "Put the old weights back, or train anew.")
    if source is None:
        return lite0_photo_network()
    return PhotoNetwork.from_folder(source, name=name)


def _unknown(name: str, modality: Modality) -> BadEncoder:
    here = [known for kind, known in EMBEDDED if kind == modality]
    other = [known for kind, known in (*EMBEDDED, *PLACED) if kind != modality]
    if name in other or name.startswith(("timm:", PREFIX)):
        reason = f"encoder {name!r} is not for {modality}s"
    else:
        reason = f"there is no {modality} encoder {name!r}; the network was not tried"
    names = [f"{prefix}{_AFTER.get(prefix, 'OWNER/NAME')}" for prefix in _HUB[modality]]
    return BadEncoder(reason, f"Use {', '.join([*here, *names])} or a folder.")


def _fitting(encoder: Encoder, modality: Modality) -> Encoder:
    if encoder.card.modality != modality:
        message = f"encoder {encoder.card.name!r} is for {encoder.card.modality}s, not {modality}s"
        raise BadEncoder(message, f"Give it as encoders.{encoder.card.modality}.")
    return encoder


def encoder_from_files(
    folder: Path, *, settings: Settings
) -> SentenceEncoder | ImageEncoderOnnx | ApiTextEncoder | GivenVectors:
    """Open an encoder stored in `folder` by `save_files`, with no torch and no network.

    That of an `api:` model needs its endpoint once it is asked.

    Raises:
        BadEncoder: a file is missing or damaged.
    """
    card = read_card(folder)
    if is_given_card(card):
        return GivenVectors(card)
    if card.name.startswith(PREFIX):
        return ApiTextEncoder.from_files(folder, settings=settings)
    if card.modality == "text":
        return SentenceEncoder.from_files(
            folder,
            max_tokens=settings.text.max_tokens,
            max_windows=settings.text.max_windows,
        )
    return ImageEncoderOnnx.from_files(folder, limits=settings.photos)
