"""Photos that somebody names: files, and folders with photos in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from glasscase.catalog.columns import PHOTO_ENDINGS
from glasscase.errors import BadSetting


def named_photos(named: Sequence[Path], *, most: int = 10_000) -> list[Path]:
    """The photos of `named`: files as they are, of folders every photo in them, sorted by name.

    Args:
        named: paths; a file is not looked into.
        most: so many photos are let through.

    Raises:
        BadSetting: a folder without photos, nothing named, or more than `most`.
    """
    found: list[Path] = []
    for path in named:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(one for one in path.iterdir() if one.name.lower().endswith(PHOTO_ENDINGS))
        if not inside:
            raise BadSetting(f"the folder {str(path)!r} holds no photo", "Name photos, or another.")
        found += inside
    if not found:
        raise BadSetting("no photo is named", "Name a photo or a folder.")
    if len(found) > most:
        raise BadSetting(f"{len(found):,} photos, the limit is {most:,}", "Name fewer.")
    return found
