"""Reading JSON that a bundle stores; damage is told as such."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glasscase.errors import BadBundle


def read_json(path: Path) -> Any:
    """The JSON value in `path`. Raises `BadBundle` when it is missing or no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadBundle(f"the bundle lacks {path.name!r}", "Train or copy it again.") from None
    except (OSError, ValueError) as error:
        message = f"{path.name!r} of the bundle cannot be read ({error})"
        raise BadBundle(message, "Train or copy it again.") from None


@contextmanager
def laid_out_as_now(what: str) -> Iterator[None]:
    """Around code that takes stored values by name: one that is not there is another layout.

    Raises `BadBundle`; the bundle is whole, as its manifest was compared before.
    """
    try:
        yield
    except KeyError as error:
        raise BadBundle(
            f"{what} of the bundle is laid out as another version of Glasscase did it: "
            f"there is no {error.args[0]!r}",
            "Train it anew, or open it with the version that made it.",
        ) from error
