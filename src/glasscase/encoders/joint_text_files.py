"""The text half of a CLIP or SigLIP checkpoint in the format of transformers."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, normalizers

from glasscase.encoders.card_file import GRAPH, write_card
from glasscase.encoders.encoder import EncoderCard
from glasscase.encoders.export import RECIPE, export_sentences
from glasscase.encoders.open_clip_tokens import padding_number
from glasscase.encoders.transformer_files import (
    DEFAULT_MAX_TOKENS,
    JOINT,
    TOKENIZER,
    SentenceNetwork,
    load_sentences,
    load_transformer,
)
from glasscase.errors import BadEncoder


@dataclass(frozen=True)
class JointText:
    """The text half in torch, and all that its stored encoder needs."""

    module: Any
    """`encoders.joint_net.JointSentences`: token numbers, and a mask in training -> vectors."""
    tokeniser: Tokenizer
    max_tokens: int
    """How many tokens it can read."""
    dim: int
    log_scale: float
    """Logarithm of what cosines are multiplied by, as the checkpoint learnt it."""

    @property
    def backbone(self) -> Any:
        """The module whose blocks may learn on."""
        return self.module

    def tokenizer_in(self, work: Path) -> Path:
        """Its tokeniser as a file, written into `work`."""
        path = work / TOKENIZER
        self.tokeniser.save(str(path))
        return path

    def store(self, folder: Path, card: EncoderCard) -> None:
        """Export it into `folder`; dim, limits and preprocessing of the card are filled in."""
        export_sentences(self.module, folder / GRAPH, longest=self.max_tokens)
        self.tokeniser.save(str(folder / TOKENIZER))
        preprocessing: dict[str, str | int | float | bool] = {
            "normalised": True,
            "model_max_tokens": self.max_tokens,
            "max_tokens": min(DEFAULT_MAX_TOKENS, self.max_tokens),
            "recipe": RECIPE,
        }
        write_card(folder, replace(card, dim=self.dim, preprocessing=preprocessing))


TextNetwork = SentenceNetwork | JointText


def is_joint(source: Path) -> bool:
    """Whether `source` is a folder of transformers that holds both halves of CLIP or SigLIP."""
    try:
        config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and config.get("model_type") in JOINT


def load_text(source: Path) -> TextNetwork:
    """The network for text in `source`: half of CLIP or SigLIP, or a sentence model.

    Raises:
        BadEncoder: it is neither, or has no tokeniser.
    """
    return load_joint_text(source) if is_joint(source) else load_sentences(source)


def load_joint_text(source: Path) -> JointText:
    """The text half of the CLIP or SigLIP in `source`.

    Raises:
        BadEncoder: transformers cannot load it, or it has no tokeniser that can be read.
    """
    try:
        tokeniser = Tokenizer.from_file(str(source / TOKENIZER))
    except Exception as error:
        raise BadEncoder(
            f"folder {str(source)!r} has no {TOKENIZER} that can be read, so it can look at "
            "photos but not read",
            "Copy it there; the hub has one beside the weights.",
        ) from error
    network = load_transformer(source)
    from glasscase.encoders.joint_net import JointSentences

    padding = None
    if network.config.model_type == "siglip":
        # SigLIP was trained on small letters; the tokenisers of SigLIP 2 leave that to others.
        padding = padding_number(source, tokeniser)
        own = tokeniser.normalizer
        tokeniser.normalizer = normalizers.Sequence(
            [normalizers.Lowercase(), *([own] if own else [])]
        )
    text = network.config.text_config
    dim = text.projection_size if padding is not None else network.config.projection_dim
    return JointText(
        module=JointSentences(network, padding).eval(),
        tokeniser=tokeniser,
        max_tokens=int(text.max_position_embeddings),
        dim=int(dim),
        log_scale=float(network.logit_scale.detach()),
    )
