"""How long the texts are, what the encoder would not read, and what cleaning takes away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from glasscase.catalog.boilerplate import Boilerplate
from glasscase.catalog.catalog import Catalog
from glasscase.profiling.spread import Histogram, Spread

SHOWN = 12


@dataclass(frozen=True)
class TextLengths:
    """Lengths of the products' texts, all fields together; products without words left out."""

    characters: Spread
    tokens: Spread
    """As the sentence encoder counts, begin and end marks included."""
    token_histogram: Histogram
    max_tokens: int
    """What the encoder reads of a text."""
    cut: int
    """Products whose text is longer than that."""

    @classmethod
    def of(cls, texts: Sequence[str], counts: Sequence[int], *, max_tokens: int) -> TextLengths:
        """Measure `texts` [n], whose token `counts` are given; blank ones are left out."""
        has = [bool(text.strip()) for text in texts]
        tokens = np.asarray(counts, np.float64)[has] if len(texts) else np.zeros(0)
        return cls(
            characters=Spread.of(
                [len(text) for text, some in zip(texts, has, strict=True) if some]
            ),
            tokens=Spread.of(tokens),
            token_histogram=Histogram.of(tokens),
            max_tokens=max_tokens,
            cut=int((tokens > max_tokens).sum()),
        )

    @property
    def cut_share(self) -> float:
        """Share of the texts that are longer than the encoder reads."""
        return self.cut / self.tokens.count if self.tokens.count else 0.0

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "cut_share": self.cut_share}


@dataclass(frozen=True)
class RepeatedSentence:
    """A sentence found on many products, and how many."""

    sentence: str
    products: int


@dataclass(frozen=True)
class Cleaning:
    """What cleaning changes."""

    changed: int
    """Products that lost HTML, debris or doubled spaces."""
    removed_characters: int
    examples: tuple[dict[str, Any], ...]
    """A few texts before and after: `product_id`, `field`, `before`, `after`."""
    boilerplate: tuple[RepeatedSentence, ...]
    """Sentences the model leaves out because the shop repeats them; most frequent first."""

    @classmethod
    def of(cls, catalog: Catalog) -> Cleaning:
        """What reading `catalog` took away, and which sentences training would leave out."""
        texts = [product.text for product in catalog]
        labels = catalog.labels()
        learnt = Boilerplate.learn(texts, labels if any(labels) else None)
        marked = sorted(catalog.cleaning_examples, key=lambda one: -one.removed_characters)
        return cls(
            changed=sum(count > 0 for count in catalog.removed_characters),
            removed_characters=sum(catalog.removed_characters),
            examples=tuple(
                {
                    "product_id": one.product_id,
                    "field": one.field,
                    "before": one.before[:300],
                    "after": one.after[:300],
                }
                for one in marked[:SHOWN]
            ),
            boilerplate=_counted(learnt, texts),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def _counted(learnt: Boilerplate, texts: Sequence[str]) -> tuple[RepeatedSentence, ...]:
    folded = [" ".join(text.casefold().split()) for text in texts]
    found = [
        RepeatedSentence(sentence, sum(sentence in text for text in folded))
        for sentence in sorted(learnt.sentences)
    ]
    return tuple(sorted(found, key=lambda one: -one.products))
