"""A folder of transformer weights, as Hugging Face stores it, becomes a stored encoder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glasscase.encoders.card_file import GRAPH, write_card
from glasscase.encoders.encoder import EncoderCard
from glasscase.encoders.export import RECIPE, export_sentences
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.errors import BadEncoder
from glasscase.extras import need

TOKENIZER = "tokenizer.json"
DEFAULT_MAX_TOKENS = 128
JOINT = ("clip", "siglip")
"""Networks with a half for photos and one for text, as their `model_type` calls them."""


@dataclass(frozen=True)
class Recipe:
    """How a sentence model goes from token states to one vector."""

    pooling: str = "mean"
    normalise: bool = True
    inside: str = ""
    """Folder of the transformer within the model's folder."""


def store_sentences(source: Path, folder: Path, card: EncoderCard) -> None:
    """Export the sentence model in `source` into `folder`: graph, tokeniser, card.

    `card` names the model; dim, limits and preprocessing are filled in here.

    Raises:
        BadEncoder: `source` is not such a model, or uses a module Glasscase does not know.
    """
    load_sentences(source).store(folder, card)


@dataclass(frozen=True)
class SentenceNetwork:
    """A sentence model in torch, and all that its stored encoder needs."""

    module: Any
    """`encoders.net.Sentences`: token numbers, and a mask in training -> vectors."""
    tokenizer: Path
    recipe: Recipe
    max_tokens: int
    """How many tokens it can read."""

    @property
    def backbone(self) -> Any:
        """The module whose blocks may learn on."""
        return self.module.transformer

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return int(self.backbone.config.hidden_size)

    def tokenizer_in(self, work: Path) -> Path:
        """Its tokeniser as a file; nothing is written into `work`."""
        del work
        return self.tokenizer

    def store(self, folder: Path, card: EncoderCard) -> None:
        """Export it into `folder`; dim, limits and preprocessing of the card are filled in."""
        export_sentences(self.module, folder / GRAPH)
        shutil.copyfile(self.tokenizer, folder / TOKENIZER)
        preprocessing: dict[str, str | int | float | bool] = {
            "pooling": self.recipe.pooling,
            "normalised": self.recipe.normalise,
            "model_max_tokens": self.max_tokens,
            "max_tokens": min(DEFAULT_MAX_TOKENS, self.max_tokens),
            "recipe": RECIPE,
        }
        write_card(folder, replace(card, dim=self.dim, preprocessing=preprocessing))


def load_sentences(source: Path) -> SentenceNetwork:
    """The sentence model in `source`, ready to be asked, trained or exported.

    Raises:
        BadEncoder: `source` is not such a model, or uses a module Glasscase does not know.
    """
    recipe = read_recipe(source)
    network, limit = _transformer(source / recipe.inside)
    from glasscase.encoders.net import Sentences

    module = Sentences(network, recipe.pooling, normalise=recipe.normalise)
    return SentenceNetwork(module, source / recipe.inside / TOKENIZER, recipe, limit)


def read_recipe(source: Path) -> Recipe:
    """How `source` pools, from its `modules.json`; without one: mean, then length 1.

    Raises:
        BadEncoder: a module or a way of pooling is not known here.
    """
    listing = source / "modules.json"
    if not listing.is_file():
        return Recipe()
    modules = json.loads(listing.read_text(encoding="utf-8"))
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    unknown = [kind for kind in kinds if kind not in ("Transformer", "Pooling", "Normalize")]
    if unknown or not {"Transformer", "Pooling"} <= set(kinds):
        what = unknown[0] if unknown else "+".join(kinds)
        raise BadEncoder(
            f"sentence model {str(source)!r} has the modules {what!r}, which are not supported",
            "Use one made of Transformer, Pooling and Normalize.",
        )
    config = json.loads(
        (source / modules[kinds.index("Pooling")]["path"] / "config.json").read_text("utf-8")
    )
    inside = str(modules[kinds.index("Transformer")]["path"])
    return Recipe(_pooling(config, source), "Normalize" in kinds, inside)


def _pooling(config: dict[str, Any], source: Path) -> str:
    flags = {"mean_tokens": "mean", "cls_token": "cls", "max_tokens": "max"}
    chosen = [name for key, name in flags.items() if config.get(f"pooling_mode_{key}")]
    mode = config.get("pooling_mode", chosen[0] if len(chosen) == 1 else "+".join(chosen))
    if mode not in flags.values():
        raise BadEncoder(
            f"sentence model {str(source)!r} pools by {mode!r}, which is not supported",
            "Use one that pools by mean, cls or max.",
        )
    return str(mode)


def _transformer(source: Path) -> tuple[Any, int]:
    """The network without its head, and how many tokens it can read."""
    if not (source / TOKENIZER).is_file():
        raise BadEncoder(
            f"folder {str(source)!r} has no {TOKENIZER}",
            "Save it with a fast tokeniser: AutoTokenizer.from_pretrained(...).save_pretrained.",
        )
    network = load_transformer(source)
    config = network.config
    if hasattr(network, "get_text_features"):
        raise BadEncoder(
            f"the text half of {str(source)!r}, a {config.model_type}, is not supported",
            "Take one of CLIP or SigLIP, or a sentence model.",
        )
    positions = int(getattr(config, "max_position_embeddings", 512))
    if config.model_type in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        positions -= int(config.pad_token_id) + 1  # their positions start after the padding's
    return network, positions


def load_transformer(source: Path) -> Any:
    """The network in `source` as transformers makes it, in float32 and ready to be asked.

    Raises:
        BadEncoder: transformers cannot load it.
        MissingExtra: transformers is not installed.
    """
    declare_torchvision_schemas()
    transformers = need("transformers", extra="train")
    with quiet_loading(transformers):
        try:
            network = transformers.AutoModel.from_pretrained(
                source, local_files_only=True, use_safetensors=True, dtype="float32"
            )
        except (OSError, ValueError) as error:
            message = f"folder {str(source)!r} is no transformer: {str(error).splitlines()[0]}"
            raise BadEncoder(message, "It needs config.json and model.safetensors.") from error
    return network.eval()


@contextmanager
def quiet_loading(transformers: Any) -> Iterator[None]:
    """No progress bars of another library on our stderr."""
    log = transformers.utils.logging
    shown = log.is_progress_bar_enabled()
    log.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            log.enable_progress_bar()
