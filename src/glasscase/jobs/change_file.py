"""A list of changes between two trees, as a file."""

from __future__ import annotations

import json
from pathlib import Path

from glasscase.catalog.taxonomy_changes import ChangeList
from glasscase.errors import BadCatalog
from glasscase.files import write_json


def write_changes(path: Path, changes: ChangeList) -> None:
    """Write the list as JSON that a person may change. Raises `CannotWrite`."""
    write_json(path, changes.to_dict())


def read_changes(path: str | Path) -> ChangeList:
    """The list in a file that `write_changes` or `glasscase taxonomy diff` wrote.

    Raises:
        BadCatalog: no such file, no list of changes, or one that does not fit its trees.
    """
    place = Path(path)
    try:
        values = json.loads(place.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BadCatalog(f"{str(place)!r} does not exist", "Check the path.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BadCatalog(
            f"{str(place)!r} is no list of changes ({type(error).__name__})",
            "Make one: glasscase taxonomy diff OLD NEW --out changes.json",
        ) from None
    try:
        return ChangeList.from_dict(values)
    except BadCatalog as error:
        raise BadCatalog(f"{str(place)!r}: {error.reason}", error.remedy) from None
