"""Text becomes token numbers, no longer than the encoder reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from glasscase.errors import BadEncoder

CHARACTERS_PER_TOKEN = 64
"""A text is cut to this many characters per token read, before it is tokenised: real texts have
3 to 5, so nothing that would be read is lost, and a text of 1 MB costs no more than a page."""
COUNTED_CHARACTERS = 100_000
"""`counts` looks at no more than this much of each text."""


class Tokens:
    """A tokeniser file, how many tokens a window holds, and how many windows are read.

    Two copies of the tokeniser are kept, one that cuts and one that does not, because changing a
    shared one would not be safe with several threads.
    """

    def __init__(self, path: Path, max_tokens: int, max_windows: int = 1) -> None:
        """Read `path` (`tokenizer.json`). Raises `BadEncoder` when it is not one."""
        try:
            self._whole = Tokenizer.from_file(str(path))
            self._cut = Tokenizer.from_file(str(path))
        except Exception as error:
            message = f"tokeniser {str(path)!r} cannot be read: {error}"
            raise BadEncoder(message, "The folder needs a tokenizer.json.") from error
        self.path = path
        self.max_tokens = max_tokens
        self.max_windows = max_windows
        for tokenizer in (self._whole, self._cut):
            tokenizer.no_padding()
            tokenizer.no_truncation()
        self._cut.enable_truncation(max_tokens)

    def windows(self, texts: Sequence[str]) -> list[list[list[int]]]:
        """Token numbers of each text's windows, with the model's own begin and end marks.

        A text of at most `max_tokens` tokens has one window; of a longer one the first
        `max_windows` are given, one after the other.
        """
        longest = self.max_tokens * self.max_windows * CHARACTERS_PER_TOKEN
        encodings = self._cut.encode_batch([_valid(text[:longest]) for text in texts])
        return [
            [part.ids for part in (encoding, *encoding.overflowing)][: self.max_windows]
            for encoding in encodings
        ]

    def counts(self, texts: Sequence[str]) -> NDArray[np.intp]:
        """[n]: how many tokens each text has when nothing is cut, marks included.

        Not covered: what lies beyond the first 100,000 characters of a text.
        """
        if not texts:
            return np.zeros(0, np.intp)
        cut = [_valid(text[:COUNTED_CHARACTERS]) for text in texts]
        encodings = self._whole.encode_batch_fast(cut)
        return np.array([len(encoding.ids) for encoding in encodings], np.intp)


def _valid(text: str) -> str:
    """The text with halves of surrogate pairs (JSON can bring them) as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
