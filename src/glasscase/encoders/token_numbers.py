"""Text that is a list of token numbers, `[12, 7, 391]`: what of it can be read, and what cannot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.encoder import EncoderCard

DIVIDED = r"(?:[\[\](),;\s]|\.(?=[\s,\]]|$))+"
"""What stands between two numbers; lists in lists and several columns become one list."""
_CARD = "token_numbers"
_SHOWN = 20
_DIGITS = 12


@dataclass(frozen=True)
class TokenNumbers:
    """A vocabulary of numbers from 1 to `size`; 0 is padding.

    What is no number of it is left out, as an unknown word would be: its place stays empty, and
    the rest of the list is read. A list of which nothing is left counts as no words.
    """

    size: int

    @classmethod
    def of(cls, card: EncoderCard) -> TokenNumbers | None:
        """Of an encoder that reads numbers; None where it reads words."""
        size = card.preprocessing.get(_CARD)
        return None if size is None else cls(int(size))

    def told(self) -> dict[str, int]:
        """For the card of an encoder that reads them."""
        return {_CARD: self.size}

    def has(self, text: str) -> bool:
        """Whether `text` holds a number of the vocabulary.

        >>> numbers = TokenNumbers(15_000)
        >>> numbers.has("[12, 70001]"), numbers.has("[70001]"), numbers.has("[]")
        (True, False, False)
        """
        return any(self._knows(part) and part != "0" for part in _parts(text))

    def problems(self, products: Sequence[Product]) -> list[Problem]:
        """One for every product whose text holds something else."""
        found = []
        for product in products:
            bad = [part for part in _parts(product.text) if not self._knows(part)]
            if bad:
                found.append(self._problem(product, bad))
        return found

    def _problem(self, product: Product, bad: Sequence[str]) -> Problem:
        first = bad[0][:_SHOWN]
        more = f", and {len(bad) - 1:,} more like it" if len(bad) > 1 else ""
        if _is_number(bad[0]):
            reason = f"has token {first}, the vocabulary has {self.size:,}{more}"
            remedy = "Number tokens from 1 to that; the rest of the list is read."
        else:
            reason = f"has {first!r}, which is no token number{more}"
            remedy = f"Use whole numbers from 1 to {self.size:,}; the rest of the list is read."
        if not self.has(product.text):
            remedy = remedy.replace("the rest of the list is read", "it counts as no words")
        return Problem(product.row, "text", reason, remedy, product_id=product.id)

    def _knows(self, part: str) -> bool:
        return _is_number(part) and len(part) <= _DIGITS and int(part) <= self.size


def _parts(text: str) -> list[str]:
    return [part for part in re.split(DIVIDED, text) if part]


def _is_number(part: str) -> bool:
    """In the one way a number is written: no sign, no fraction, no zero before it."""
    return part.isascii() and part.isdigit() and (part[0] != "0" or part == "0")
