"""Reading JSON that a bundle stores; damage is told as such."""

from __future__ import annotations

import json
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
