"""The table of encoders: a name becomes a loaded encoder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from glasscase.encoders.card_file import CARD, read_card
from glasscase.encoders.embedded import lite0_files, minilm_files
from glasscase.encoders.encoder import Encoder, Modality
from glasscase.encoders.image import ImageEncoderOnnx
from glasscase.encoders.sentence import SentenceEncoder
from glasscase.errors import BadEncoder
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

EMBEDDED: dict[tuple[Modality, str], Callable[[Path], Path]] = {
    ("text", "minilm-l6-v2"): minilm_files,
    ("image", "efficientnet-lite0"): lite0_files,
}
"""Modality and name -> what gives the stored folder below the folder of models."""


def load_encoder(
    name: str, *, modality: Modality, settings: Settings, progress: Progress = silent
) -> Encoder:
    """Load the encoder called `name`; the first time it is exported, which takes some seconds.

    Args:
        name: one of the embedded ones, or a folder that holds an encoder.
        modality: what it is to look at.
        settings: where models are kept, how many tokens are read, which photos are let in.
        progress: is told when an export begins.

    Raises:
        BadEncoder: there is no such encoder; says what there is.
        MissingExtra: it must be exported first, and what that takes is not installed.
    """
    del progress
    models = settings.cache.path / "models"
    make = EMBEDDED.get((modality, name))
    if make is not None:
        return encoder_from_files(make(models), settings=settings)
    if (Path(name).expanduser() / CARD).is_file():
        return encoder_from_files(Path(name).expanduser(), settings=settings)
    raise BadEncoder(f"there is no {modality} encoder {name!r}", "x")


def encoder_from_files(folder: Path, *, settings: Settings) -> SentenceEncoder | ImageEncoderOnnx:
    """Open an encoder stored in `folder` by `save_files`, with no torch and no network.

    Raises:
        BadEncoder: a file is missing or damaged.
    """
    if read_card(folder).modality == "text":
        return SentenceEncoder.from_files(folder, max_tokens=settings.text.max_tokens)
    return ImageEncoderOnnx.from_files(folder, limits=settings.photos)
