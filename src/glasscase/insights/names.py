"""Names from outside (products, brands, categories), made harmless before a report shows them."""

from __future__ import annotations

import unicodedata

LONGEST = 80
_BRACKETS = str.maketrans({"{": "(", "}": ")", "<": "‹", ">": "›"})


def clean_name(name: object) -> str:
    """`name` in one line of at most 80 characters, without control, direction or hidden characters,
    curly or angle brackets; `(no name)` where nothing is left.

    It is still untrusted: shown in a report as a name, never read as a sentence.

    >>> clean_name("Aurora {{F9}}\\u202e <b>tea</b>  ")
    'Aurora ((F9)) ‹b›tea‹/b›'
    """
    text = unicodedata.normalize("NFC", str(name)[: 20 * LONGEST])
    kept = "".join(" " if unicodedata.category(c) in _HIDDEN else c for c in text)
    line = " ".join(kept.translate(_BRACKETS).split())
    if len(line) > LONGEST:
        line = line[: LONGEST - 1].rstrip() + "…"
    return line or "(no name)"


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
