"""Names told apart where several are the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count


def distinct_names(names: Sequence[str]) -> list[str]:
    """`names` with a number behind those that were there before: heat maps go by them.

    >>> distinct_names(["a.jpg", "b.jpg", "a.jpg"])
    ['a.jpg', 'b.jpg', 'a.jpg (2)']
    """
    found: list[str] = []
    for name in names:
        free = (f"{name} ({n})" if n > 1 else name for n in count(1))
        found.append(next(one for one in free if one not in found))
    return found
