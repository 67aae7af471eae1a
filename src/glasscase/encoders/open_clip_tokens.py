"""The tokeniser of a network in open_clip's format, as one file that needs no open_clip."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, normalizers

from glasscase.errors import BadEncoder

TOKENIZER = "tokenizer.json"
CONFIG = "tokenizer_config.json"
_KNOWN = ("whitespace", "lower", "canonicalize")


def clip_tokeniser(source: Path, config: dict[str, Any]) -> tuple[Tokenizer, int]:
    """The tokeniser in `source`, texts cleaned as `config` (`text_cfg`) says, and its padding.

    Raises:
        BadEncoder: there is none, or it works in a way that is not known here.
    """
    asked = dict(config.get("tokenizer_kwargs") or {})
    clean = asked.pop("clean", "whitespace" if config.get("hf_tokenizer_name") else "lower")
    if (
        asked
        or config.get("tokenizer_mode")
        or clean not in ("whitespace", "lower", "canonicalize")
    ):
        message = f"the tokeniser of {str(source)!r} works in a way that is not supported"
        raise BadEncoder(message, "Use it for photos, or choose another for text.")
    try:
        tokeniser = Tokenizer.from_file(str(source / TOKENIZER))
    except Exception as error:
        message = f"folder {str(source)!r} has no {TOKENIZER} that can be read"
        raise BadEncoder(message, "Copy it there; the hub has one beside the weights.") from error
    padding = padding_number(source, tokeniser) if config.get("hf_tokenizer_name") else 0
    own = tokeniser.normalizer
    tokeniser.normalizer = normalizers.Sequence([*_cleaning(clean), *([own] if own else [])])
    return tokeniser, padding


def padding_number(source: Path, tokeniser: Tokenizer) -> int:
    """The number of the padding token that the tokeniser's configuration in `source` names.

    Raises `BadEncoder` where it names none.
    """
    try:
        named = json.loads((source / CONFIG).read_text(encoding="utf-8"))["pad_token"]
        number = tokeniser.token_to_id(named["content"] if isinstance(named, dict) else named)
    except (OSError, ValueError, KeyError, TypeError):
        number = None
    if number is None:
        message = f"{CONFIG} of {str(source)!r} names no padding token"
        raise BadEncoder(message, "Use it for photos, or choose another for text.")
    return int(number)


def _cleaning(clean: str) -> list[Any]:
    """open_clip's cleaning, but for broken encodings and HTML: the catalogue has mended those."""
    spaces = [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    if clean == "whitespace":
        return spaces
    if clean == "lower":
        return [*spaces, normalizers.Lowercase()]
    marks = "".join(f"\\{mark}" for mark in string.punctuation if mark != "_")
    return [
        normalizers.Replace("_", " "),
        normalizers.Replace(Regex(f"[{marks}]"), ""),
        normalizers.Lowercase(),
        *spaces,
    ]
