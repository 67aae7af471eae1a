"""Sets that are photos and nothing else, read without any column: folders and IDX files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeGuard

from glasscase.catalog.folder_reading import read_folder
from glasscase.catalog.idx_reading import find_idx_pairs, is_idx_images, read_idx_sets
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.saved_dataset import is_saved_dataset
from glasscase.progress import Progress
from glasscase.settings import Settings


def is_photo_set(source: Any) -> TypeGuard[str | Path]:
    """Whether `source` is a path that holds photos rather than a table.

    >>> is_photo_set("t10k-images-idx3-ubyte"), is_photo_set("products.csv")
    (True, False)
    """
    if not isinstance(source, str | Path):
        return False
    path = Path(source)
    return is_idx_images(path) or (path.is_dir() and not is_saved_dataset(path))


def read_photo_set(
    source: Path, *, level: int | None, settings: Settings, progress: Progress
) -> tuple[list[Product], list[Problem]]:
    """The products of a folder of `category/photo.jpg`, or of IDX files; see their readers.

    Raises:
        BadCatalog: it cannot be read at all, or holds no photos.
    """
    idx = is_idx_images(source) or bool(find_idx_pairs(source))
    read = read_idx_sets if idx else read_folder
    return read(source, level=level, settings=settings, progress=progress)
