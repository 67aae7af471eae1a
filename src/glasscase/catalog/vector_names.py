"""What one word says about where vectors stand:

img_vec        a column with a list in each cell
img_*          all columns whose name begins so, one number in each
vectors.csv    another table, merged by product id; every column but its id counts
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path


def vector_columns(told: str, names: Iterable[str]) -> tuple[str, ...]:
    """The columns `told` stands for, in the order of their numbers; none where it is no column.

    >>> vector_columns("img_*", ["img_10", "img_9", "title"]), vector_columns("vec", ["vec", "a"])
    (('img_9', 'img_10'), ('vec',))
    """
    known = list(names)
    if told in known:
        return (told,)
    if not told.endswith("*") or told == "*":
        return ()
    found = [name for name in known if name.startswith(told[:-1])]
    ends = [re.search(r"(\d+)$", name) for name in found]
    if found and all(ends):
        found.sort(key=lambda name: int(re.search(r"(\d+)$", name)[1]))  # type: ignore[index]
    return tuple(found)


def is_vector_file(told: str) -> bool:
    """Whether `told` is the name of a file that is there."""
    return Path(told).suffix != "" and Path(told).is_file()
