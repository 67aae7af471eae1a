"""A folder in open_clip's format becomes a stored encoder, of photos or of text.

Only `open_clip_config.json`, `*.safetensors` and the tokeniser's files are read; nothing is fetched
on the way, and no code that comes with a model is run.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glasscase.encoders.card_file import GRAPH, write_card
from glasscase.encoders.encoder import EncoderCard
from glasscase.encoders.export import RECIPE, export_sentences
from glasscase.encoders.hub import weight_files
from glasscase.encoders.open_clip_tokens import clip_tokeniser
from glasscase.encoders.photo_scale import PhotoScale
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.encoders.transformer_files import DEFAULT_MAX_TOKENS, TOKENIZER
from glasscase.errors import BadEncoder
from glasscase.extras import need

CONFIG = "open_clip_config.json"
_PREFERRED = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors")
_REMEDY = "Save it anew with open_clip.push_to_hf_hub.save_for_hf, or choose another."


@dataclass(frozen=True)
class OpenClip:
    """A network of open_clip in eval mode, float32, and its configuration."""

    network: Any
    text: dict[str, Any]
    """The configuration's `text_cfg`."""

    @property
    def scale(self) -> PhotoScale:
        """How its photos are to be. Raises `BadEncoder` where they are not square."""
        wanted = self.network.visual.preprocess_cfg
        size = wanted["size"]
        sides = {int(side) for side in size} if isinstance(size, list | tuple) else {int(size)}
        if len(sides) != 1:
            raise BadEncoder(f"its photos are not square but {size}", "Choose another.")
        return PhotoScale(sides.pop(), tuple(wanted["mean"]), tuple(wanted["std"]))


def is_open_clip(name: str, source: Path) -> bool:
    """Whether the encoder called `name`, in `source`, is to be read as open_clip writes it."""
    if name.startswith("open_clip:"):
        return True
    return (source / CONFIG).is_file() and not (source / "config.json").is_file()


def load_open_clip(source: Path) -> OpenClip:
    """The network in `source`.

    Raises:
        BadEncoder: it is not in open_clip's format, or parts of it would have to be fetched.
        MissingExtra: open_clip is not installed.
    """
    text = _text_config(source)
    weights = _weights(source)
    declare_torchvision_schemas()
    with _no_root_logging():
        library = need("open_clip", extra="open-clip")
        try:
            network = library.create_model(
                f"local-dir:{source}", load_weights=False, pretrained_text=False
            )
            library.load_checkpoint(network, str(weights))
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise BadEncoder(f"open_clip cannot load {str(source)!r}: {reason}", _REMEDY) from error
    return OpenClip(network.float().eval(), text)


def store_open_clip_text(source: Path, folder: Path, card: EncoderCard) -> None:
    """Export the text half of the network in `source` into `folder`: graph, tokeniser, card.

    `card` names the model; dim, limits and preprocessing are filled in here.

    Raises:
        BadEncoder: `source` cannot be loaded, or has no tokeniser.
    """
    made = load_open_clip(source)
    context = int(made.text.get("context_length", 77))
    tokeniser, padding = clip_tokeniser(source, made.text)
    from glasscase.encoders.net import OpenClipSentences

    export_sentences(OpenClipSentences(made.network, context, padding), folder / GRAPH)
    tokeniser.save(str(folder / TOKENIZER))
    preprocessing: dict[str, str | int | float | bool] = {
        "normalised": True,
        "model_max_tokens": context,
        "max_tokens": min(DEFAULT_MAX_TOKENS, context),
        "recipe": RECIPE,
    }
    dim = int(_config(source)["model_cfg"]["embed_dim"])
    write_card(folder, replace(card, dim=dim, preprocessing=preprocessing))


def _text_config(source: Path) -> dict[str, Any]:
    """`text_cfg`, once it is certain that open_clip can build the network from `source` alone."""
    config = _config(source)
    text, vision = config["model_cfg"].get("text_cfg"), config["model_cfg"].get("vision_cfg")
    if not isinstance(text, dict) or not isinstance(vision, dict):
        raise BadEncoder(f"{CONFIG} of {str(source)!r} describes no network", _REMEDY)
    if text.get("hf_model_name") or "multimodal_cfg" in config["model_cfg"]:
        what = "CoCa models" if "multimodal_cfg" in config["model_cfg"] else "text towers of hf:"
        message = (
            f"{str(source)!r} cannot be loaded: {what} in open_clip's format are not supported"
        )
        raise BadEncoder(message, "Choose another, or give it by hf: if transformers knows it.")
    return text


def _config(source: Path) -> dict[str, Any]:
    path = source / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"folder {str(source)!r} holds no {CONFIG}"
        raise BadEncoder(message, "It is not in open_clip's format; try hf: or timm:.") from None
    except (OSError, ValueError) as error:
        raise BadEncoder(f"{str(path)!r} cannot be read: {error}", _REMEDY) from error
    if not isinstance(config, dict) or not isinstance(config.get("model_cfg"), dict):
        raise BadEncoder(f"{str(path)!r} describes no network: it has no model_cfg", _REMEDY)
    return config


def _weights(source: Path) -> Path:
    """The one file of weights to read; open_clip itself might take one that can carry code."""
    files = weight_files(source)
    named = [source / name for name in (*_PREFERRED, "model.safetensors")]
    return next((path for path in named if path in files), files[0])


@contextmanager
def _no_root_logging() -> Iterator[None]:
    """open_clip logs through the root logger, which would set itself up to print."""
    root, silent = logging.getLogger(), logging.NullHandler()
    root.addHandler(silent)
    try:
        yield
    finally:
        root.removeHandler(silent)
