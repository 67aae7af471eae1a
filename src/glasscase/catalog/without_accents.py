"""Text as it is compared where case and accents do not count."""

from __future__ import annotations

import unicodedata


def without_accents(text: str) -> str:
    """`text` in small letters, taken apart (NFKD) and without the marks on letters.

    >>> without_accents("CR\u00c8ME Br\u00fbl\u00e9e")
    'creme brulee'
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
