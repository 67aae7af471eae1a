"""Sentences a shop repeats on product after product, which say nothing about any of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SENTENCE_END = re.compile(r"(?<=[.!?;\u3002\uff01\uff1f])\s+|\s*\n\s*")


@dataclass(frozen=True)
class Boilerplate:
    """Sentences to leave out, learnt from a catalogue; plain data, so that a bundle can hold it.

    >>> texts = [f"Mug number {i}. Free shipping today." for i in range(40)]
    >>> Boilerplate.learn(texts).remove("Red mug. Free shipping today. Holds 1 l.")
    'Red mug. Holds 1 l.'
    """

    sentences: frozenset[str] = frozenset()
    """In small letters, with single spaces and without the end mark."""

    @classmethod
    def learn(
        cls,
        texts: Sequence[str],
        labels: Sequence[str | None] | None = None,
        *,
        least_share: float = 0.05,
        least_products: int = 20,
    ) -> Boilerplate:
        """Find the sentences that at least `least_share` (0 to 1) of the products share, word for
        word, and at least `least_products` of them.

        A sentence has two words or more. With `labels`, it must also occur in at least two
        categories with no more than four fifths of its products in one of them: what only one
        category says is its own language, and stays. Without labels a sentence needs three words.

        Args:
            texts: cleaned text of each product.
            labels: [n] category of each, None where not known; give those of training rows only.
            least_share: of all products.
            least_products: so that a small catalogue loses nothing by chance.
        """
        counts: Counter[str] = Counter()
        homes: dict[str, Counter[str]] = defaultdict(Counter)
        for index, text in enumerate(texts):
            label = labels[index] if labels is not None else None
            for sentence in {_key(part) for part in _parts(text)}:
                counts[sentence] += 1
                if label is not None:
                    homes[sentence][label] += 1
        least = max(least_products, least_share * len(texts))
        least_words = 2 if labels is not None else 3
        return cls(
            frozenset(
                sentence
                for sentence, count in counts.items()
                if count >= least
                and len(sentence.split()) >= least_words
                and (labels is None or _everywhere(homes[sentence]))
            )
        )

    def __len__(self) -> int:
        return len(self.sentences)

    def remove(self, text: str) -> str:
        """`text` without those sentences; a text that is nothing else becomes empty."""
        if not self.sentences:
            return text
        return " ".join(part for part in _parts(text) if _key(part) not in self.sentences)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `sentences`, sorted."""
        return {"sentences": sorted(self.sentences)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Boilerplate:
        """What `to_dict` gave."""
        return cls(frozenset(values["sentences"]))


def _parts(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text.strip()) if part]


def _key(sentence: str) -> str:
    return " ".join(sentence.casefold().split()).rstrip(".!?; ")


def _everywhere(homes: Counter[str]) -> bool:
    return len(homes) >= 2 and max(homes.values()) <= 0.8 * homes.total()
