"""A photo that stands in a table's cell as bytes, as Hugging Face datasets and Parquet hold it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from glasscase.catalog.image_decoding import check_limits, check_size_bytes, photo_size
from glasscase.catalog.image_header import photo_format
from glasscase.catalog.photo import Photo
from glasscase.settings import PhotoSettings

_KEYS = {"bytes", "path"}


def holds_photo(cell: Any) -> bool:
    """Whether a cell holds the bytes of a photo, alone or as `{"bytes": ..., "path": ...}`.

    >>> holds_photo({"bytes": b"GIF89a", "path": None}), holds_photo("mug.jpg")
    (True, False)
    """
    if isinstance(cell, list | tuple):
        return bool(cell) and all(holds_photo(item) for item in cell)
    data = cell.get("bytes") if isinstance(cell, dict) and cell.keys() <= _KEYS else cell
    return isinstance(data, bytes) and (isinstance(cell, dict) or photo_format(data) is not None)


def photo_cell(cell: Any) -> Any:
    """A cell of a photo column in one form: photos as they are, and of a photo that is stored
    elsewhere the name of its file.

    >>> photo_cell({"bytes": None, "path": "/home/me/mug.jpg"})
    'mug.jpg'
    """
    if isinstance(cell, dict) and cell.keys() <= _KEYS and cell.get("bytes") is None:
        path = cell.get("path")
        return PurePosixPath(path.replace("\\", "/")).name if isinstance(path, str) else None
    return cell


def stored_photos(cell: Any, name: str) -> list[Photo]:
    """The photos in a cell for which `holds_photo` is true, unchecked.

    Args:
        cell: the cell.
        name: what they are called where the cell does not say.
    """
    if isinstance(cell, list | tuple):
        return [
            photo
            for number, item in enumerate(cell, start=1)
            for photo in stored_photos(item, name if len(cell) == 1 else f"{name} {number}")
        ]
    if not isinstance(cell, dict):
        return [Photo(name, data=cell)]
    path = cell.get("path")
    called = PurePosixPath(path.replace("\\", "/")).name if isinstance(path, str) else ""
    return [Photo(called or name, data=cell["bytes"])]


def check_stored_photo(photo: Photo, limits: PhotoSettings) -> None:
    """Check its size by its header, nothing is decoded. Raises `BadPhoto`."""
    data = photo.read()
    check_size_bytes(len(data), photo.name, limits)
    width, height, _ = photo_size(data, photo.name)
    check_limits(width, height, photo.name, limits)
