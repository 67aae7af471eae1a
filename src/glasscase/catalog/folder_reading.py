"""A folder of `category/photo.jpg` read as a catalogue: sub-folders are the category path."""

from __future__ import annotations

import os
from pathlib import Path

from glasscase.catalog.category_paths import cut
from glasscase.catalog.columns import PHOTO_ENDINGS
from glasscase.catalog.photo_folder import PhotoFolder
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.errors import BadCatalog, BadPhoto
from glasscase.progress import Progress
from glasscase.settings import Settings


def read_folder(
    folder: Path, *, level: int | None, settings: Settings, progress: Progress
) -> tuple[list[Product], list[Problem]]:
    """One product per photo, in the order of their paths; the id is the path in the folder.

    A photo at the top has no category. An unusable photo leaves its product without anything, so
    it is dropped and said so. Hidden files and links that leave the folder are not followed.

    Raises:
        BadCatalog: no photo in it.
    """
    names, others = _files(folder)
    if not names:
        tables = [name for name in others if name.lower().endswith((".csv", ".tsv", ".parquet"))]
        hint = f"Name the table in it: {tables[0]}." if tables else "Sort photos into sub-folders."
        raise BadCatalog(f"folder {str(folder)!r} holds no photos", hint)
    problems: list[Problem] = []
    if others:
        shown = ", ".join(others[:3]) + (" ..." if len(others) > 3 else "")
        reason = f"without the ending of a photo were left out: {len(others)} ({shown})"
        problems.append(Problem(None, "files", reason, "Remove them, or save them as photos."))
    photos = PhotoFolder(folder, settings.photos)
    products: list[Product] = []
    for name in progress.track(names, total=len(names), what="reading photos"):
        try:
            photo, odd = photos.find(name)
        except BadPhoto as error:
            reason = error.reason.removeprefix("photo ")
            problems.append(Problem(None, "photo", reason, error.remedy, name, dropped=True))
            continue
        if odd:
            remedy = "It is used; rename it to be tidy."
            problems.append(Problem(None, "photo", odd, remedy, name))
        category = cut(tuple(name.split("/")[:-1]) or None, level)
        products.append(Product(id=name, photos=(photo,), category=category))
    return products, problems


def _files(folder: Path) -> tuple[list[str], list[str]]:
    """Paths in the folder, with `/` between their parts: photos by their ending, and the others."""
    photos: list[str] = []
    others: list[str] = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in sorted(files):
            if file.startswith(".") or file == "Thumbs.db":
                continue
            name = (Path(parent) / file).relative_to(folder).as_posix()
            (photos if file.lower().endswith(PHOTO_ENDINGS) else others).append(name)
    return photos, others
