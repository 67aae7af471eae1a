"""Words changed a little, as another shop would have typed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from glasscase.augmentation.draws import Draws
from glasscase.augmentation.level import Level, checked_level
from glasscase.augmentation.text_units import Unit, joined, text_units
from glasscase.augmentation.typos import with_typo
from glasscase.catalog.product import Product


@dataclass(frozen=True, slots=True)
class WordStrength:
    """How often each change is made at one level, as shares of 0 to 1."""

    drop: float
    """Of the words."""
    swap: float
    """Of the pairs of neighbours."""
    typo: float
    """Of the words."""
    case: float
    """Of the texts: all small, all capital, or each word with a capital."""
    drop_field: float
    """Of the fields, such as title or description; one always stays."""


WORD_STRENGTHS: Mapping[Level, WordStrength] = MappingProxyType(
    {
        "light": WordStrength(drop=0.05, swap=0.03, typo=0.01, case=0.1, drop_field=0.0),
        "medium": WordStrength(drop=0.12, swap=0.08, typo=0.04, case=0.2, drop_field=0.0),
        "heavy": WordStrength(drop=0.25, swap=0.15, typo=0.08, case=0.3, drop_field=0.25),
    }
)


@dataclass(frozen=True, slots=True)
class WordAugmentation:
    """Changes texts by `level`; the same text, seed, epoch, key and view give the same text.

    Words are dropped and neighbours swapped (two of the four changes of EDA, Wei and Zou 2019,
    arXiv:1901.11196; synonyms would need a dictionary for each language), letters mistyped, the
    case changed, and at heavy whole fields left out. In scripts without spaces characters take
    the place of words. A text with words keeps at least one of them.

    >>> WordAugmentation("heavy", 3)({"title": "Blue ceramic mug"}, epoch=1, key="7")
    {'title': 'Ceramic Mug'}
    """

    level: str
    """`light`, `medium` or `heavy`."""
    seed: int = 0

    def __post_init__(self) -> None:
        checked_level(self.level)

    @property
    def strength(self) -> WordStrength:
        """How often each change is made."""
        return WORD_STRENGTHS[checked_level(self.level)]

    def __call__(
        self, texts: Mapping[str, str], *, epoch: int, key: str, view: int = 0
    ) -> dict[str, str]:
        """The texts changed, by field name, in their order; dropped fields are not in it.

        Args:
            texts: text by field name, as `Product.texts`; blank ones stay blank.
            epoch: another epoch, another variant.
            key: which product it is; its id.
            view: tells several variants of one product in one epoch apart.
        """
        fields = Draws(self.seed, "fields", epoch, key, view)
        kept = _kept_fields([name for name in texts if texts[name].strip()], self.strength, fields)
        changed: dict[str, str] = {}
        for name, text in texts.items():
            if not text.strip():
                changed[name] = text
            elif name in kept:
                draws = Draws(self.seed, "words", epoch, key, view, name)
                changed[name] = changed_words(text, self.strength, draws)
        return changed

    def product(self, product: Product, *, epoch: int, view: int = 0) -> Product:
        """`product` with other words; everything else is the same."""
        return replace(product, texts=self(product.texts, epoch=epoch, key=product.id, view=view))


def _kept_fields(names: Sequence[str], strength: WordStrength, draws: Draws) -> set[str]:
    luck = draws.many(len(names))
    kept = {name for name, own in zip(names, luck, strict=True) if own >= strength.drop_field}
    if names and not kept:
        return {names[int(np.argmax(luck))]}
    return kept


def changed_words(text: str, strength: WordStrength, draws: Draws) -> str:
    """One text with words dropped, swapped and mistyped and its case changed, never emptied.

    The draws are the same whatever the strength, so a stronger change holds the weaker one.
    """
    units = text_units(text)
    case, kind = draws.many(2)
    dropped, swapped, mistyped, *slips = draws.many(6 * len(units)).reshape(6, -1)
    for at in np.flatnonzero(mistyped < strength.typo):
        word = with_typo(units[at].word, [float(slip[at]) for slip in slips])
        units[at] = replace(units[at], word=word)
    kept = _kept(units, dropped, strength.drop)
    units = [unit for unit, stays in zip(units, kept, strict=True) if stays]
    _swap(units, swapped[kept] < strength.swap)
    changed = joined(units)
    return in_case(changed, int(kind * 3)) if case < strength.case else changed


def _kept(units: Sequence[Unit], luck: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """[units]: which stay; of those that say something at least one does."""
    kept = luck >= share
    speaking = np.array([unit.speaks for unit in units], dtype=bool)
    needed = speaking if speaking.any() else np.ones(len(units), dtype=bool)
    if not (kept & needed).any():
        kept[np.argmax(np.where(needed, luck, -1.0))] = True
    return kept


def _swap(units: list[Unit], wanted: NDArray[np.bool_]) -> None:
    """Swap the words of neighbours where wanted; gaps stay where they are."""
    at = 0
    while at + 1 < len(units):
        if wanted[at]:
            left, right = units[at], units[at + 1]
            units[at : at + 2] = replace(left, word=right.word), replace(right, word=left.word)
            at += 1
        at += 1


def in_case(text: str, kind: int) -> str:
    """`text` in small letters (0), in capitals (1), or with a capital for each word (2)."""
    if kind == 0:
        return text.lower()
    if kind == 1:
        return text.upper()
    return joined(
        replace(unit, word=unit.word[:1].upper() + unit.word[1:].lower())
        for unit in text_units(text)
    )
