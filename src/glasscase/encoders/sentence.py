"""Sentences become vectors: a transformer in ONNX Runtime, without torch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.product import Product
from glasscase.encoders.card_file import GRAPH, read_card, write_card
from glasscase.encoders.encoder import Encoded, EncoderCard, Vectors
from glasscase.encoders.onnx_session import open_session
from glasscase.encoders.tokens import Tokens
from glasscase.files import explained_write
from glasscase.progress import Progress, silent

TOKENIZER = "tokenizer.json"
BATCH_TOKENS = 512
"""Most tokens in one run of the graph; more leave the processor's cache and are slower."""


class SentenceEncoder:
    """A sentence transformer: one vector per text.

    Texts are run together with others of exactly their own length, so nothing is ever padded: the
    graph needs no mask, and a text's vector does not depend on its neighbours. Vectors equal those
    of sentence-transformers (Reimers and Gurevych 2019, arXiv:1908.10084) to 1e-4, for texts that
    fit into one window of `max_tokens` tokens. The vector of a longer text is the mean of its
    windows' vectors, by their length, at unit length again: nothing is cut before `max_windows`.

    Not covered: words beyond the last window; `token_counts` tells how many tokens there are.
    """

    def __init__(self, card: EncoderCard, graph: Path, tokens: Tokens) -> None:
        self._card = card
        self._graph = graph
        self._tokens = tokens
        self._session = open_session(graph)

    @classmethod
    def from_files(
        cls, folder: Path, *, max_tokens: int | None = None, max_windows: int | None = None
    ) -> SentenceEncoder:
        """Open what `save_files` stored, with no torch and no network.

        Args:
            folder: holds `graph.onnx`, `tokenizer.json` and `card.json`.
            max_tokens: tokens of a window; default as stored. The model's own limit is never
                exceeded; `card.preprocessing["max_tokens"]` says what holds.
            max_windows: read so many windows of a text; default as stored, else 1.

        Raises:
            BadEncoder: a file is missing or damaged.
        """
        card = read_card(folder)
        limit = int(card.preprocessing["model_max_tokens"])
        wanted = int(card.preprocessing["max_tokens"]) if max_tokens is None else max_tokens
        used = min(wanted, limit)
        windows = (
            int(card.preprocessing.get("max_windows", 1)) if max_windows is None else max_windows
        )
        windows = min(windows, int(card.preprocessing.get("model_max_windows", windows)))
        read = {**card.preprocessing, "max_tokens": used, "max_windows": windows}
        card = replace(card, preprocessing=read)
        return cls(card, folder / GRAPH, Tokens(folder / TOKENIZER, used, windows))

    def save_files(self, folder: Path) -> None:
        """Store graph, tokeniser and card in `folder`. Raises `CannotWrite`."""
        with explained_write(folder):
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._graph, folder / GRAPH)
            shutil.copyfile(self._tokens.path, folder / TOKENIZER)
        write_card(folder, self._card)

    @property
    def card(self) -> EncoderCard:
        """Name, size, licence, fingerprint."""
        return self._card

    def encode(self, products: Sequence[Product], *, progress: Progress = silent) -> Encoded:
        """The vectors of the products' texts; a product without words is not present."""
        texts = [product.text for product in products]
        vectors = self._encode(texts, progress)
        present = np.array([bool(text.strip()) for text in texts], dtype=bool)
        return Encoded(vectors, present)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """float32 [n, dim]. Identical strings are computed once; blank ones give zeros."""
        return self._encode(texts, silent)

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.intp]:
        """[n]: tokens of each text before anything is cut, begin and end marks included."""
        return self._tokens.counts(texts)

    def _encode(self, texts: Sequence[str], progress: Progress) -> Vectors:
        place: dict[str, int] = {}
        for text in texts:
            if text.strip():
                place.setdefault(text, len(place))
        windows = self._tokens.windows(list(place))
        rows = [row for text in windows for row in text]
        vectors = np.zeros((len(rows), self._card.dim), np.float32)
        todo = (i for batch in self._run(rows, vectors) for i in batch)
        for _ in progress.track(todo, total=len(rows), what="Reading texts"):
            pass
        blank = np.zeros((1, self._card.dim), np.float32)
        different = np.concatenate([_text_vectors(windows, vectors), blank])
        return different[[place.get(text, -1) for text in texts]]

    def _run(self, rows: list[list[int]], into: Vectors) -> Iterator[list[int]]:
        for batch in batches_of_one_length([len(row) for row in rows], BATCH_TOKENS):
            ids = np.array([rows[i] for i in batch], np.int64)
            into[batch] = self._session.run(["vectors"], {"input_ids": ids})[0]
            yield batch


def _text_vectors(windows: list[list[list[int]]], vectors: Vectors) -> Vectors:
    """[texts, dim] from the vectors [all windows, dim] of the texts' windows, in order."""
    if all(len(text) == 1 for text in windows):
        return vectors
    found = np.zeros((len(windows), vectors.shape[1]), np.float32)
    start = 0
    for i, text in enumerate(windows):
        own = vectors[start : start + len(text)]
        start += len(text)
        if len(text) == 1:
            found[i] = own[0]
            continue
        mean = np.array([len(row) for row in text], np.float32) @ own
        found[i] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return found


def batches_of_one_length(lengths: Sequence[int], most_tokens: int) -> Iterator[list[int]]:
    """Groups of indices whose lengths are equal, each of at most `most_tokens` in all.

    >>> list(batches_of_one_length([2, 3, 2, 2, 9], 4))
    [[0, 2], [3], [1], [4]]
    """
    groups: dict[int, list[int]] = {}
    for i, length in enumerate(lengths):
        groups.setdefault(length, []).append(i)
    for length in sorted(groups):
        members = groups[length]
        step = max(1, most_tokens // max(1, length))
        yield from (members[start : start + step] for start in range(0, len(members), step))
