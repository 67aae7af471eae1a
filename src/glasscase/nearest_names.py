"""Names close to one that does not exist, for messages that help."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def nearest_names(wanted: str, names: Sequence[str], *, most: int = 5) -> list[str]:
    """Up to `most` of `names`, the closest to `wanted` first, whatever their case.

    >>> nearest_names("mugs", ["Plates", "Mug", "Bowls"], most=1)
    ['Mug']
    """
    lowered = {name.lower(): name for name in reversed(names)}
    close = get_close_matches(wanted.lower(), list(lowered), n=most, cutoff=0.3)
    return [lowered[name] for name in close] or list(names[:most])
