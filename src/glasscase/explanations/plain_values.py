"""Parts of an explanation as plain JSON values."""

from __future__ import annotations

from typing import Any


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass with slots, by name, in their order."""
    return {name: getattr(value, name) for name in type(value).__slots__}
