"""Words as words: counts of terms, for what sentence vectors lose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from glasscase.encoders.words import words_of
from glasscase.errors import BadEncoder, NotFitted
from glasscase.settings import LexicalSettings

Kind = Literal["words", "characters"]
LONGEST_TERM = 60
"""Longer runs of letters are no words; they are cut to this many characters."""
GRAM_SIZES = (2, 5)
"""Shortest and longest run of characters, where nothing else was said."""


class LexicalEncoder:
    """Counts how often each known term stands in a text.

    The vocabulary is learnt from texts alone, without labels, so it may be learnt before a
    catalogue is split into folds. Weights (TF-IDF) belong to the heads. Two kinds:

    - `words`: single words and runs of neighbours, usually pairs;
    - `characters`: usually 2 to 5 neighbouring characters inside a word, its ends included;
      robust against misspelling and word forms.

    >>> mugs = LexicalEncoder(min_documents=1).fit(["blue mug", "red mug mug"])
    >>> mugs.terms
    ['blue', 'blue mug', 'mug', 'mug mug', 'red', 'red mug']
    >>> mugs.counts(["Mug, mug!", ""]).toarray().tolist()
    [[0.0, 0.0, 2.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]

    Not covered: dictionaries of word parts for scripts without spaces (see `words.words_of`).
    """

    def __init__(
        self,
        *,
        kind: Kind = "words",
        min_documents: int = 2,
        max_terms: int = 60_000,
        longest_phrase: int = 2,
        gram_sizes: tuple[int, int] = GRAM_SIZES,
    ) -> None:
        """Set what is counted.

        Args:
            kind: `words` or `characters`.
            min_documents: a term must stand in so many texts.
            max_terms: of more, those in the most texts are kept (alphabetically among equals).
            longest_phrase: words in a row that make a term, at most (`words` only).
            gram_sizes: shortest and longest run of characters (`characters` only).
        """
        if kind not in get_args(Kind):
            raise BadEncoder(f"there is no lexical kind {kind!r}", "Use words or characters.")
        self.kind: Kind = kind
        self.min_documents = min_documents
        self.max_terms = max_terms
        self.longest_phrase = longest_phrase
        self.gram_sizes = gram_sizes
        self._index: dict[str, int] | None = None
        self._frequencies = np.zeros(0, np.int64)
        self._n_documents = 0

    @classmethod
    def told(cls, kind: Kind, settings: LexicalSettings) -> LexicalEncoder:
        """The encoder these settings ask for."""
        return cls(
            kind=kind,
            min_documents=settings.min_products,
            max_terms=settings.max_terms,
            longest_phrase=settings.longest_phrase,
            gram_sizes=(settings.shortest_characters, settings.longest_characters),
        )

    def fit(self, texts: Sequence[str]) -> Self:
        """Learn the vocabulary of `texts`."""
        index: dict[str, int] = {}
        counts = self._counted(texts, index, grow=True)
        frequencies = np.bincount(counts.indices, minlength=len(index))
        often = [(int(frequencies[i]), term) for term, i in index.items()]
        often = [pair for pair in often if pair[0] >= self.min_documents]
        often.sort(key=lambda pair: (-pair[0], pair[1]))
        kept = sorted(often[: self.max_terms], key=lambda pair: pair[1])
        self._index = {term: i for i, (_, term) in enumerate(kept)}
        self._frequencies = np.array([frequency for frequency, _ in kept], np.int64)
        self._n_documents = len(texts)
        return self

    def counts(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """float32 [n, terms]: how often each term stands in each text. Thread-safe.

        Raises:
            NotFitted: `fit` was not called.
        """
        return self._counted(texts, self._known(), grow=False)

    @property
    def terms(self) -> list[str]:
        """The vocabulary in the order of the columns."""
        return list(self._known())

    @property
    def document_frequencies(self) -> NDArray[np.int64]:
        """[terms]: in how many of the texts learnt from each term stands."""
        self._known()
        return self._frequencies

    @property
    def n_documents(self) -> int:
        """How many texts were learnt from."""
        return self._n_documents

    def state(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "kind": self.kind,
            "min_documents": self.min_documents,
            "max_terms": self.max_terms,
            "longest_phrase": self.longest_phrase,
            "gram_sizes": list(self.gram_sizes),
            "n_documents": self._n_documents,
            "terms": self.terms,
            "document_frequencies": self._frequencies.tolist(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> LexicalEncoder:
        """The encoder that gave `state`; its counts are equal."""
        encoder = cls(
            kind=state["kind"],
            min_documents=state["min_documents"],
            max_terms=state["max_terms"],
            longest_phrase=state["longest_phrase"],
            gram_sizes=(state["gram_sizes"][0], state["gram_sizes"][1]),
        )
        encoder._index = {term: i for i, term in enumerate(state["terms"])}
        encoder._frequencies = np.array(state["document_frequencies"], np.int64)
        encoder._n_documents = int(state["n_documents"])
        return encoder

    def _known(self) -> dict[str, int]:
        if self._index is None:
            raise NotFitted("the lexical encoder has no vocabulary yet", "Call fit first.")
        return self._index

    def _counted(
        self, texts: Sequence[str], index: dict[str, int], *, grow: bool
    ) -> sparse.csr_matrix:
        documents = [[word[:LONGEST_TERM] for word in words_of(text)] for text in texts]
        if self.kind == "words":
            terms = [phrases_of(words, self.longest_phrase) for words in documents]
            return _table(terms, index, grow=grow)
        words: dict[str, int] = {}
        of_words = _table(documents, words, grow=True)
        of_grams = _table([grams_of(word, self.gram_sizes) for word in words], index, grow=grow)
        return sparse.csr_matrix(of_words @ of_grams, dtype=np.float32)


def phrases_of(words: list[str], longest: int) -> list[str]:
    """All runs of 1 to `longest` neighbours, with spaces between them.

    >>> phrases_of(["big", "red", "mug"], 2)
    ['big', 'red', 'mug', 'big red', 'red mug']
    """
    runs = [[" ".join(run) for run in _runs(words, size)] for size in range(2, longest + 1)]
    return [*words, *chain.from_iterable(runs)]


def _runs(words: list[str], size: int) -> Iterator[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(size)), strict=False)


def grams_of(word: str, sizes: tuple[int, int] = GRAM_SIZES) -> list[str]:
    """All runs of 2 to 5 characters (`sizes`) of a word, with a space at either end.

    >>> grams_of("cup")
    [' c', 'cu', 'up', 'p ', ' cu', 'cup', 'up ', ' cup', 'cup ', ' cup ']
    """
    padded = f" {word} "
    return [
        padded[i : i + size]
        for size in range(sizes[0], sizes[1] + 1)
        for i in range(len(padded) - size + 1)
    ]


def _table(documents: list[list[str]], index: dict[str, int], *, grow: bool) -> sparse.csr_matrix:
    """Counts [documents, index]; unknown terms are skipped, or given the next column."""
    if grow:
        columns = [[index.setdefault(t, len(index)) for t in terms] for terms in documents]
    else:
        columns = [[index[t] for t in terms if t in index] for terms in documents]
    ends = np.zeros(len(documents) + 1, np.int64)
    np.cumsum([len(row) for row in columns], out=ends[1:])
    flat = np.fromiter(chain.from_iterable(columns), np.int32, int(ends[-1]))
    shape = (len(documents), len(index))
    table = sparse.csr_matrix((np.ones(len(flat), np.float32), flat, ends), shape=shape)
    table.sum_duplicates()
    return table
