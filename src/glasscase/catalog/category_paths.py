"""Category paths in the forms shops export, read as tuples from the top of the tree."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from glasscase.catalog.cells import as_text, parsed_list

Path = tuple[str, ...]

_PLAIN = (">>", ">", "›", "»", "→", "::")  # hardly ever part of a name
_DOUBTFUL = (" | ", "|", " / ", "/", "\\")  # often part of a name: "TV/Video"


@dataclass(frozen=True)
class CategoryPaths:
    """How the paths of one column are divided, decided once for the whole column.

    >>> paths = CategoryPaths.learn(["TV/Video > Cables", "Home & Garden > Pots"])
    >>> paths.separator, paths.parse("TV/Video > Cables")
    ('>', ('TV/Video', 'Cables'))
    """

    separator: str | None = None
    """None: every value is one name."""

    @classmethod
    def learn(cls, values: Iterable[Any]) -> CategoryPaths:
        """Look at a whole column (or a good part of it) and choose its separator.

        `>>`, `>` and the like are separators wherever they occur. A slash or a bar is one only if
        at least half of the values hold it and it makes a tree: some parent has two children, or
        most values have three levels. So "TV/Video" and "Phones/Tablets" stay names.
        """
        texts = list(dict.fromkeys(text for value in values for text in _texts(value)))
        for separator in _PLAIN:
            if any(separator in text.strip(separator + " ") for text in texts):
                return cls(separator)
        for separator in _DOUBTFUL:
            if _makes_a_tree(texts, separator):
                return cls(separator)
        return cls(None)

    def parse(self, value: Any) -> Path | None:
        """The path of one cell, from the top; None where it is missing.

        A list (also as JSON text) holds either one path per item, then the first counts, or one
        level per item.
        """
        items = _texts(value)
        paths = [path for item in items if (path := self._divided(item))]
        if not paths:
            return None
        if len(paths) > 1 and all(len(path) == 1 for path in paths):
            return tuple(path[0] for path in paths)
        return paths[0]

    def _divided(self, text: str) -> Path:
        parts = text.split(self.separator) if self.separator else [text]
        names = (_name(part) for part in parts)
        return tuple(name for name in names if name)


def cut(path: Path | None, level: int | None) -> Path | None:
    """The first `level` names of a path; all where `level` is None.

    >>> cut(("Home", "Kitchen", "Mugs"), 2)
    ('Home', 'Kitchen')
    """
    return path if path is None or level is None else path[:level] or None


def written(path: Sequence[str], separator: str = ">") -> str:
    """A path as one string, the way `CategoryPaths` reads it back."""
    return f" {separator.strip()} ".join(path)


def _texts(value: Any) -> list[str]:
    text = as_text(value)
    if text is None:
        return []
    items = parsed_list(text)
    return [text] if items is None else items


def _name(part: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", html.unescape(part)).split())
    return "" if as_text(name) is None else name


def _makes_a_tree(texts: Sequence[str], separator: str) -> bool:
    ends = re.escape(separator.strip() or separator)
    trimmed = [re.sub(rf"^(?:\s*{ends})+|(?:{ends}\s*)+$", "", text) for text in texts]
    divided = [text.split(separator) for text in trimmed if separator in text]
    if len(divided) * 2 < len(texts) or not divided:
        return False
    children: dict[str, set[str]] = defaultdict(set)
    for parts in divided:
        children[parts[0].strip()].add(parts[1].strip())
    deep = sum(len(parts) >= 3 for parts in divided)
    return deep * 2 > len(texts) or any(len(names) > 1 for names in children.values())
