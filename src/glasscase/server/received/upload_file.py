"""What a browser sent, stored as a file."""

from __future__ import annotations

import shutil
from pathlib import Path

from starlette.datastructures import UploadFile

from glasscase.files import explained_write


def save_upload(file: UploadFile, place: Path) -> Path:
    """Copy `file` to `place`, piece by piece; returns `place`. Blocks.

    Raises:
        CannotWrite: the disk is full.
    """
    with explained_write(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as target:
            file.file.seek(0)
            shutil.copyfileobj(file.file, target, 1 << 20)
    return place
