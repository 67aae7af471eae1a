"""Facts looked up again in the result they came from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from glasscase.insights.fact import Fact, Ledger

_NOWHERE = object()


def unsupported(ledger: Ledger, result: Mapping[str, Any]) -> list[Fact]:
    """Facts whose value does not stand where they say it does.

    `Fact.where` is a JSON pointer (RFC 6901) to the number itself or to an object with `value`.
    """
    return [fact for fact in ledger if not _same(_at(result, fact.where), fact.value)]


def _same(found: Any, value: float) -> bool:
    number = found.get("value") if isinstance(found, Mapping) else found
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return math.isclose(number, value, rel_tol=1e-9, abs_tol=1e-12)


def _at(value: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, Sequence) and not isinstance(value, str) and key.isdecimal():
            value = value[int(key)] if len(key) < 10 and int(key) < len(value) else _NOWHERE
        else:
            return _NOWHERE
    return value
