"""Files of packs sent for a job: photos, a table of packs or a zip, and the photo of a shelf."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from starlette.datastructures import FormData, UploadFile

from glasscase.catalog.columns import PHOTO_ENDINGS
from glasscase.catalog.photo import Photo
from glasscase.catalog.stored_photo import check_stored_photo
from glasscase.errors import BadCatalog, GlasscaseError
from glasscase.files import write_json
from glasscase.jobs.batches.archive_names import (
    has_hidden_characters,
    leaves_its_folder,
    shown,
    too_long,
)
from glasscase.jobs.batches.batch_upload import BatchUpload
from glasscase.packs.pack_table import MOST_PACKS
from glasscase.server.guard.refusals import Refused
from glasscase.server.received.upload_file import save_upload
from glasscase.server.threads.job_worker import new_upload
from glasscase.settings import PhotoSettings
from glasscase.settings.service import LimitSettings, ServiceSettings

_TOLD, _TABLE, _PHOTOS, _SHELF = "told.json", "table", "photos", "shelf"
KINDS = ("photos", "file", "shelf_photo")
"""Fields that are files; `photo` is taken for `photos` too."""


@dataclass(frozen=True)
class PackFiles:
    """What was sent, in a folder of its own, until the job is over."""

    folder: Path
    names: tuple[str, ...]
    """Of the photos, in their order; beside a table their order says nothing."""
    told: Mapping[str, Any]
    """What was said with them."""
    table: BatchUpload | None = None
    shelf: str = ""
    """Name of the shelf's photo; empty: there is none."""

    @property
    def name(self) -> str:
        """What people call it."""
        if self.table is not None:
            return self.table.name[:200]
        more = len(self.names) - 1
        return f"{self.names[0]} and {more} more"[:200] if more else self.names[0]

    @property
    def count(self) -> int:
        """How many packs there are at most."""
        return len(self.names) if self.table is None else self.table.rows

    @classmethod
    def take_in(cls, form: FormData, told: Mapping[str, Any], settings: ServiceSettings) -> Self:
        """Store and check the files of `form`. Blocks.

        Raises:
            Refused: 413, 415, 422 or 507, saying which and why; nothing is left behind.
        """
        sent = _sent(form)
        _check(sent, told)
        _, folder = new_upload(settings.data_folder)
        try:
            table = _table(sent["file"], folder, settings.limits)
            names = _photos(sent["photos"], folder, settings.limits, table)
            shelf = ""
            if sent["shelf_photo"]:
                place = folder / _SHELF
                shelf = _checked(sent["shelf_photo"][0], place, settings.limits, "shelf_photo")
            found = cls(folder, tuple(names), told, table, shelf)
            kept = {"names": names, "told": dict(told), "table": table is not None, "shelf": shelf}
            write_json(folder / _TOLD, kept)
            return found
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @classmethod
    def open(cls, folder: Path) -> Self:
        """What `take_in` left. Raises `BadCatalog` where it is gone."""
        try:
            kept = json.loads((folder / _TOLD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise BadCatalog("the photos are gone", "Send them again.") from None
        table = BatchUpload.open(folder / _TABLE) if kept["table"] else None
        return cls(folder, tuple(kept["names"]), kept["told"], table, kept["shelf"])

    @property
    def photos(self) -> list[Photo]:
        """The photos of packs told of one by one, or those of a zip without a table."""
        if self.table is None:
            places = [self.folder / f"{number:03}" for number in range(len(self.names))]
            return [Photo(n, path=p) for n, p in zip(self.names, places, strict=True)]
        home = self.photo_folder
        found = sorted(p for p in home.rglob("*") if p.name.lower().endswith(PHOTO_ENDINGS))
        return [Photo(path.relative_to(home).as_posix(), path=path) for path in found]

    @property
    def photo_folder(self) -> Path:
        """Where the photos lie that the table names."""
        if self.table is not None and self.table.photos is not None:
            return self.table.folder / self.table.photos
        return self.folder / _PHOTOS

    @property
    def shelf_photo(self) -> Photo | None:
        """The photo of the shelf, if there is one."""
        return Photo(self.shelf, path=self.folder / _SHELF) if self.shelf else None

    def plain(self, text: str) -> str:
        """`text` without where files lie on this machine, and without options of the shell."""
        text = text.replace(f"{self.folder}/{_PHOTOS}", "the photos")
        return text if self.table is None else self.table.plain(text)


def photo_limits(limits: LimitSettings) -> PhotoSettings:
    """Which photos the service lets in."""
    return PhotoSettings(
        max_megapixels=limits.max_megapixels, max_megabytes=limits.max_photo_megabytes
    )


def _sent(form: FormData) -> dict[str, list[UploadFile]]:
    found: dict[str, list[UploadFile]] = {"photos": [], "file": [], "shelf_photo": []}
    for name, one in form.multi_items():
        if not isinstance(one, UploadFile) or not (one.size or one.filename):
            continue
        if name not in (*KINDS, "photo"):
            raise Refused(
                422, f"there is no file {name[:60]!r}", f"Files: {', '.join(KINDS)}.",
                field=name[:60],
            )  # fmt: skip
        found["photos" if name == "photo" else name].append(one)
    return found


def _check(sent: Mapping[str, Sequence[UploadFile]], told: Mapping[str, Any]) -> None:
    """Raises `Refused` where parts of the request do not go together."""
    photos, about = len(sent["photos"]), len(told["about"])
    for wrong, field, reason, remedy in (
        (len(sent["file"]) > 1, "file", "there are several tables", "Send one."),
        (len(sent["shelf_photo"]) > 1, "shelf_photo", "there are several shelves", "Send one."),
        (not sent["file"] and not photos, "photos", "there is no photo",
         "Send one or more as 'photos', or a table of packs as 'file'."),
        (photos > MOST_PACKS, "photos", f"there are more than {MOST_PACKS} photos",
         "Compare fewer at a time."),
        (sent["file"] and about, "about", "a table tells of its packs itself",
         "Leave about or the table out."),
        (not sent["file"] and about > photos, "about",
         f"about tells of {about} packs, there are {photos} photos",
         "Tell of each photo once, in their order."),
        (not sent["file"] and told.get("category"), "category",
         "only of a table a category is chosen", "Send photos of one category."),
        (told.get("shelf_boxes") is not None and not sent["shelf_photo"], "shelf_boxes",
         "there are boxes but no photo of a shelf", "Send it as 'shelf_photo'."),
    ):  # fmt: skip
        if wrong:
            raise Refused(422, reason, remedy, field=field)


def _table(files: Sequence[UploadFile], folder: Path, limits: LimitSettings) -> BatchUpload | None:
    if not files:
        return None
    called = (files[0].filename or "packs.csv").replace("\\", "/").rsplit("/", 1)[-1][:200]
    home = folder / _TABLE
    home.mkdir()
    try:
        return BatchUpload.take_in(save_upload(files[0], home / "received"), called, limits)
    except GlasscaseError as error:
        raise Refused.because(error, field="file") from None


def _photos(
    files: Sequence[UploadFile], folder: Path, limits: LimitSettings, table: BatchUpload | None
) -> list[str]:
    """Store the photos: by number, or under their names where a table tells of them."""
    if table is None:
        return [
            _checked(one, folder / f"{number:03}", limits, "photos")
            for number, one in enumerate(files)
        ]
    if files and table.photos is not None:
        raise Refused(
            422, "a zip brings its photos with it", "Put all photos into it, or send the table.",
            field="photos",
        )  # fmt: skip
    home = folder / _PHOTOS
    home.mkdir()
    return [_beside(one, home, limits) for one in files]


def _checked(file: UploadFile, place: Path, limits: LimitSettings, field: str) -> str:
    """Store one photo after its header was looked at; returns its name."""
    name = (file.filename or "photo").replace("\\", "/").rsplit("/", 1)[-1][:200]
    data = _read(file, limits)
    try:
        check_stored_photo(Photo(name, data=data), photo_limits(limits))
    except GlasscaseError as error:
        raise Refused.because(error, field=field) from None
    place.write_bytes(data)
    return name


def _beside(file: UploadFile, home: Path, limits: LimitSettings) -> str:
    """Store one photo of a table under its own name; the job says by row which cannot be used."""
    name = (file.filename or "photo").replace("\\", "/")
    if leaves_its_folder(name) or has_hidden_characters(name) or too_long(name):
        reason = f"no photo can be called '{shown(name)}'"
        raise Refused(422, reason, "Rename it.", field="photos")
    place = home / name
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as stream:
            stream.write(_read(file, limits))
    except (FileExistsError, NotADirectoryError):
        reason = f"there are two photos called {name!r}"
        raise Refused(422, reason, "Rename one, in the table too.", field="photos") from None
    return name


def _read(file: UploadFile, limits: LimitSettings) -> bytes:
    """At most a byte more than a photo may have."""
    file.file.seek(0)
    return file.file.read(int(limits.max_photo_megabytes * 1e6) + 1)
