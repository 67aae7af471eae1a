"""Encoders by hub name or from a folder, exported like the embedded ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from glasscase.encoders.encoder import EncoderCard, Modality
from glasscase.encoders.hub import hub_folder, source_name, weight_files
from glasscase.encoders.image_files import store_photo_network
from glasscase.encoders.joint_text_files import is_joint, load_text
from glasscase.encoders.model_folder import ModelFolder
from glasscase.encoders.open_clip_files import is_open_clip, store_open_clip_text
from glasscase.encoders.photo_network import PhotoNetwork
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.encoders.transformer_files import read_recipe
from glasscase.errors import BadEncoder
from glasscase.extras import need
from glasscase.files import file_sha256
from glasscase.nearest_names import nearest_names


def named_files(name: str, modality: Modality, models: ModelFolder) -> Path:
    """The stored folder of `timm:NAME` (such as `timm:resnet50.a1_in1k`), `hf:OWNER/NAME` or
    `open_clip:OWNER/NAME`; the last may also name a folder.

    Raises:
        BadEncoder: there is no such network, its weights are not here (see `hub_folder`), or it is
            of no kind known here.
    """
    return folder_files(named_source(name, download=models.download), modality, models, name=name)


HUB = ("timm:", "hf:", "open_clip:")
"""How the names of encoders begin whose weights a hub has."""


def weights_folder(name: str, *, download: bool) -> Path:
    """The folder of weights behind a name of `HUB`, or the folder it names. Raises `BadEncoder`."""
    if name.startswith(HUB):
        return named_source(name, download=download)
    return Path(name).expanduser()


def named_source(name: str, *, download: bool) -> Path:
    """The folder of weights that a name with a prefix stands for. Raises `BadEncoder`."""
    prefix, _, wanted = name.partition(":")
    if prefix == "open_clip":
        folder = Path(wanted).expanduser()
        if folder.is_dir():
            return folder
        return hub_folder(wanted, download=download, weights="open_clip*.safetensors")
    if prefix == "timm" and "/" not in wanted:
        wanted = f"timm/{_full_timm_name(wanted)}"
    return hub_folder(wanted, download=download)


def folder_files(source: Path, modality: Modality, models: ModelFolder, *, name: str = "") -> Path:
    """The stored folder of the encoder in `source`, a folder of timm, transformers,
    sentence-transformers or open_clip.

    Raises:
        BadEncoder: the folder holds nothing that could be used for `modality`.
    """
    called = name or source.name
    from_open_clip = is_open_clip(called, source)
    if not from_open_clip:
        _check_folder(source, modality)
    sentences = modality == "text" and not from_open_clip
    inside = source / read_recipe(source).inside if sentences else source
    sha256 = weights_sha256(inside)
    card = EncoderCard(
        name=called,
        modality=modality,
        dim=0,  # known once it was run
        licence="see its source",
        source=source_name(called, source),
        sha256=sha256,
    )

    def make(folder: Path) -> None:
        if from_open_clip and modality == "text":
            store_open_clip_text(source, folder, card)
        elif modality == "text":
            load_text(source).store(folder, card)
        else:
            network = PhotoNetwork.from_folder(source, name=called)
            licence = card.licence if network.licence == "unknown" else network.licence
            store_photo_network(network, folder, replace(card, licence=licence))

    # Both halves of such a network have the same name and weights.
    halves = from_open_clip or (modality == "text" and is_joint(source))
    folder = f"{called}-{modality}" if halves else called
    return models.made_once(folder, sha256, make)


def weights_sha256(folder: Path) -> str:
    """SHA-256 over the weights and configurations in `folder`. Raises `BadEncoder`: no weights."""
    return file_sha256(*weight_files(folder), *sorted(folder.glob("*config.json")))


def _check_folder(source: Path, modality: Modality) -> None:
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


def _full_timm_name(name: str) -> str:
    """`resnet50` -> `resnet50.a1_in1k`: the training recipe timm takes if none is named."""
    if "." in name:
        return name
    declare_torchvision_schemas()
    timm = need("timm", extra="train")
    if not timm.is_model(name):
        close = nearest_names(name, timm.list_models(), most=3)
        raise BadEncoder(f"timm has no network {name!r}", f"Did you mean {', '.join(close)}?")
    tag = timm.get_pretrained_cfg(name).tag
    return f"{name}.{tag}" if tag else name
