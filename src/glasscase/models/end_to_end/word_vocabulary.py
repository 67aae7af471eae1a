"""A vocabulary of a shop's own words, as a tokeniser file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from glasscase.encoders.token_numbers import DIVIDED
from glasscase.files import write_text

UNKNOWN = "[UNK]"
_PADDING = "[PAD]"


def write_vocabulary(texts: Iterable[str], size: int, path: Path) -> None:
    """Store the commonest words of `texts` as a `tokenizer.json`: padding 0, unknown 1.

    Lower case, punctuation apart, Chinese characters apart (as BERT divides text).

    Args:
        texts: whatever is learnt from, and nothing that is held back.
        size: most numbers beside the padding.
        path: of the file.

    Raises:
        CannotWrite: the disk is full or the folder may not be written to.
    """
    tokenizer = _word_tokenizer({_PADDING: 0, UNKNOWN: 1})
    counts: Counter[str] = Counter()
    for text in texts:
        normal = tokenizer.normalizer.normalize_str(text)
        counts.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal))
    common = sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]
    words = {_PADDING: 0, UNKNOWN: 1}
    words |= {word: i for i, word in enumerate(common, 2) if word not in words}
    write_text(path, _word_tokenizer(words).to_str())


def write_number_vocabulary(size: int, path: Path) -> None:
    """A `tokenizer.json` for text that is a list of token numbers, `[12, 7, 391]`.

    What is no number from 1 to `size` becomes padding: it says nothing, and keeps its place.
    """
    import tokenizers

    numbers = {_PADDING: 0, **{str(number): number for number in range(1, size + 1)}}
    tokenizer: Any = tokenizers.Tokenizer(tokenizers.models.WordLevel(numbers, unk_token=_PADDING))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Split(
        tokenizers.Regex(DIVIDED), behavior="removed"
    )
    write_text(path, tokenizer.to_str())


def _word_tokenizer(words: dict[str, int]) -> Any:
    import tokenizers

    tokenizer: Any = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token=UNKNOWN))
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(
        lowercase=True, strip_accents=False, handle_chinese_chars=True, clean_text=True
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return tokenizer
