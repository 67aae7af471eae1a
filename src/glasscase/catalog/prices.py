"""Prices as shops write them, turned into numbers."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\d[\d.,'\u00a0\u202f \u2019]*")
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
