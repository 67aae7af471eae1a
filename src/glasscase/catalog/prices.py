"""Prices as shops write them, turned into numbers."""

from __future__ import annotations

import math
import re
from typing import Any

_NUMBER = re.compile(r"\d[\d.,'\u00a0\u202f \u2019]*")
_BELOW_ZERO = re.compile(r"\W*[-\u2212]\s*\d")
_GAPS = re.compile(r"['\u00a0\u202f \u2019]")


def parse_price(text: str) -> float | None:
    """The first number of `text`, without its currency; None where there is none.

    The last of `.` and `,` is the decimal mark when both occur; alone it is one unless it
    parts off thousands (`1,299`). A minus before the number is not read.

    >>> [parse_price(t) for t in ("Rs. 1,299", "1.299,00 \u20ac", "$19.9", "1'200.50", "free")]
    [1299.0, 1299.0, 19.9, 1200.5, None]
    """
    match = _NUMBER.search(text[:200])
    if match is None:
        return None
    digits = _GAPS.sub("", match.group()).rstrip(".,")
    mark = max(digits.rfind("."), digits.rfind(","))
    if mark >= 0:
        sign, other = digits[mark], ".,".replace(digits[mark], "")
        thousands = len(digits) - mark - 1 == 3 and 1 <= mark <= 3 and digits[0] != "0"
        grouped = other not in digits and (digits.count(sign) > 1 or thousands)
        whole = re.sub(r"[.,]", "", digits[:mark])
        digits = whole + digits[mark + 1 :] if grouped else f"{whole}.{digits[mark + 1 :]}"
    return float(digits)


def price_in(cell: Any) -> float | None:
    """The price in a cell of any type; None where it holds no number, or one below 0.

    >>> [price_in(cell) for cell in (5, "$ 19.9", "-5", -5.0, True, [1, 2], float("inf"), 10**400)]
    [5.0, 19.9, None, None, None, None, None, None]
    """
    if isinstance(cell, str):
        number = None if is_below_zero(cell) else parse_price(cell)
    else:
        number = None if isinstance(cell, bool) else _as_float(cell)
    return None if number is None or not math.isfinite(number) or number < 0 else number


def is_below_zero(text: str) -> bool:
    """Whether the number of `text` has a minus before it.

    >>> [is_below_zero(text) for text in ("-5", "$ -5", "\u22125.00", "12-15", "Rs. 5")]
    [True, True, True, False, False]
    """
    return _BELOW_ZERO.match(text) is not None


def _as_float(cell: Any) -> float | None:
    """Numbers of any kind (NumPy's and decimals too)."""
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
