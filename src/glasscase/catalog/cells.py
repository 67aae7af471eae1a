"""One cell of a table: missing or not, as text, as a list; and safe to be opened."""

from __future__ import annotations

import ast
import json
import math
import re
from typing import Any

_MISSING = frozenset(
    ["", "nan", "-nan", "null", "none", "n/a", "na", "#n/a", "#na", "<na>", "nat", "nil", "\\n"]
)
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")


def as_text(value: Any) -> str | None:
    """A cell as stripped text; None where it is missing (None, NaN, "nan", "NULL", blank).

    Whole floats lose their point (7.0 is the id 7). Halves of surrogate pairs, which no file can
    hold, become the replacement character.

    >>> [as_text(cell) for cell in ("  mug ", 7.0, float("nan"), "NULL", " ", True, ["a"])]
    ['mug', '7', None, None, None, 'True', '["a"]']
    """
    if value is None:
        return None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        value = int(value) if value.is_integer() and abs(value) < 1e15 else value
    elif isinstance(value, list | tuple | dict):
        value = json.dumps(value, ensure_ascii=False, default=str) if value else ""
    elif isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = _SURROGATE.sub("\ufffd", str(value)).strip().strip("\ufeff\x00")
    return None if text.casefold() in _MISSING else text


def parsed_list(text: str) -> list[str] | None:
    """The items of a JSON or Python list written as text, or None where it is not one.

    >>> parsed_list('["a", "b"]'), parsed_list("['a']"), parsed_list("[a")
    (['a', 'b'], ['a'], None)
    """
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")) or len(text) > 100_000:
        return None
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list):
            items = (as_text(item) for item in value)
            return [item for item in items if item is not None]
    return None


def listed(value: Any) -> list[str]:
    """Several values in one cell: a list, a JSON list, or divided by `|`, `;` or `,`.

    A comma divides only where a file ending stands before it, for file names may hold commas.

    >>> listed("a.jpg|b.jpg"), listed('["a.jpg", "b.jpg"]'), listed("big, blue.jpg,x.png")
    (['a.jpg', 'b.jpg'], ['a.jpg', 'b.jpg'], ['big, blue.jpg', 'x.png'])
    """
    text = as_text(value)
    if text is None:
        return []
    items = parsed_list(text)
    if items is None:
        items = re.split(r"[|;]|(?<=\.\w{3}),|(?<=\.\w{4}),", text)
    return [item.strip() for item in items if item.strip()]


def safe_cell(text: str) -> str:
    """`text` so that a spreadsheet does not run it: a formula gets an apostrophe before it.

    Numbers stay as they are, also negative ones.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("-5"), safe_cell("blue mug")
    ("'=HYPERLINK(1)", '-5', 'blue mug')
    """
    risky = text.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")
    return f"'{text}" if risky and not _NUMBER.fullmatch(text.strip(" ")) else text
