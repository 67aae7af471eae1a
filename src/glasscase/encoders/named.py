"""Encoders by hub name or from a folder, exported like the embedded ones."""

from __future__ import annotations

import json
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from glasscase.encoders.encoder import EncoderCard, Modality
from glasscase.encoders.hub import hub_folder, source_name, weight_files
from glasscase.encoders.image_files import (
    store_timm,
    store_transformer_images,
    timm_from_folder,
)
from glasscase.encoders.model_folder import ModelFolder, file_sha256
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.encoders.transformer_files import read_recipe, store_sentences
from glasscase.errors import BadEncoder
from glasscase.extras import need


def timm_files(name: str, models: ModelFolder) -> Path:
    """The stored folder of `timm:NAME`, such as `timm:resnet50.a1_in1k`.

    Raises:
        BadEncoder: timm has no such network, or its weights are not here (see `hub_folder`).
    """
    wanted = name.removeprefix("timm:")
    repository = wanted if "/" in wanted else f"timm/{_full_timm_name(wanted)}"
    source = hub_folder(repository, download=models.download)
    return folder_files(source, "image", models, name=name)


def hub_files(name: str, modality: Modality, models: ModelFolder) -> Path:
    """The stored folder of `hf:OWNER/NAME`.

    Raises:
        BadEncoder: its weights are not here (see `hub_folder`) or it is of no kind known here.
    """
    source = hub_folder(name.removeprefix("hf:"), download=models.download)
    return folder_files(source, modality, models, name=name)


def folder_files(source: Path, modality: Modality, models: ModelFolder, *, name: str = "") -> Path:
    """The stored folder of the encoder in `source`, a folder of timm, transformers or
    sentence-transformers.

    Raises:
        BadEncoder: the folder holds nothing that could be used for `modality`.
    """
    called = name or source.name
    config = _read_config(source, modality)
    inside = source / read_recipe(source).inside if modality == "text" else source
    sha256 = file_sha256([*weight_files(inside), *sorted(inside.glob("*config.json"))])
    card = EncoderCard(
        name=called,
        modality=modality,
        dim=0,  # known once it was run
        licence="see its source",
        source=source_name(called, source),
        sha256=sha256,
    )

    def make(folder: Path) -> None:
        if modality == "text":
            store_sentences(source, folder, card)
        elif "architecture" in config:
            network, scale, licence = timm_from_folder(source)
            store_timm(network, scale, folder, replace(card, licence=licence))
        else:
            store_transformer_images(source, folder, card)

    return models.made_once(called, sha256, make)


def _read_config(source: Path, modality: Modality) -> dict[str, Any]:
    listing = "modules.json" if (source / "modules.json").is_file() else "config.json"
    path = source / listing
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"folder {str(source)!r} holds no encoder: there is no config.json in it"
        raise BadEncoder(message, "Give a folder made by save_pretrained or save_for_hf.") from None
    except (OSError, ValueError) as error:
        message = f"{str(path)!r} cannot be read: {error}"
        raise BadEncoder(message, "Save the encoder anew.") from error
    if isinstance(config, dict) and "architecture" in config and modality == "text":
        message = f"folder {str(source)!r} holds a network for photos, not for text"
        raise BadEncoder(message, "Give it as encoders.image.")
    return config if isinstance(config, dict) else {}


def _full_timm_name(name: str) -> str:
    """`resnet50` -> `resnet50.a1_in1k`: the training recipe timm takes if none is named."""
    if "." in name:
        return name
    declare_torchvision_schemas()
    timm = need("timm", extra="train")
    if not timm.is_model(name):
        close = get_close_matches(name, timm.list_models(), n=3)
        hint = f"Did you mean {', '.join(close)}?" if close else "See timm.list_models()."
        raise BadEncoder(f"timm has no network {name!r}", hint)
    tag = timm.get_pretrained_cfg(name).tag
    return f"{name}.{tag}" if tag else name
