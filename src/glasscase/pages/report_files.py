"""A report as files: its figures as JSON and its page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glasscase.files import write_json, write_text


def write_report(folder: Path | str, name: str, told: Mapping[str, Any], html: str) -> Path:
    """Write `name`.json and `name`.html into `folder`; returns the page.

    Each file appears whole or not at all. Other files in the folder stay.

    Raises:
        CannotWrite: the disk is full or the folder may not be written to.
    """
    place = Path(folder)
    write_json(place / f"{name}.json", told)
    write_text(place / f"{name}.html", html)
    return place / f"{name}.html"
