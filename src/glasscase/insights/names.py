"""Names from outside (products, brands, categories), made harmless before a report shows them."""

from __future__ import annotations

import unicodedata

LONGEST = 80
_MARKS = str.maketrans(
    {"{": "(", "}": ")", "<": "‹", ">": "›", '"': "″", **dict.fromkeys("“”„‟〝〞〟＂«»", "'")}
)
"""Brackets that open places or markup, and the quotation marks that names stand in."""


def clean_name(name: object) -> str:
    """`name` in one line of at most 80 characters, without control, direction or hidden characters,
    curly or angle brackets, or quotation marks that end the ones it is shown in; `(no name)` where
    nothing is left.

    It is still untrusted: shown in a report as a name, never read as a sentence.

    >>> clean_name("Aurora {{F9}}\\u202e <b>tea</b>  ")
    'Aurora ((F9)) ‹b›tea‹/b›'
    >>> clean_name("A” is lower than “B")
    "A' is lower than 'B"
    """
    return clean_line(name, LONGEST) or "(no name)"


def clean_line(text: object, longest: int) -> str:
    """`text` as `clean_name` cleans it, in at most `longest` characters; may be empty."""
    whole = unicodedata.normalize("NFC", str(text)[: 20 * longest])
    kept = "".join(" " if unicodedata.category(c) in _HIDDEN else c for c in whole)
    line = " ".join(kept.translate(_MARKS).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
