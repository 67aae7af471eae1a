"""What was sent for a batch: checked, put in order, and found again after a restart."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from glasscase.catalog.columns import PHOTO_ENDINGS
from glasscase.catalog.tables import READABLE_TABLES, count_rows
from glasscase.errors import BadCatalog, GlasscaseError, TooLarge
from glasscase.files import write_json
from glasscase.jobs.batches.archive_names import shown
from glasscase.jobs.batches.batch_options import BatchOptions
from glasscase.jobs.batches.batch_zip import TABLE_ENDINGS, LeftOut, unpack_zip
from glasscase.jobs.table_source import TableSource
from glasscase.settings.service import LimitSettings

_CONTENTS = "contents.json"
_UNPACKED = "unpacked"
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
_OPTION = re.compile(r"--([a-z]+)(-column)?")


@dataclass(frozen=True)
class BatchUpload:
    """A table with or without photos, or photos alone, in a folder of its own."""

    folder: Path
    name: str
    """Of the file, as it was sent."""
    table: str | None
    """Path of the table in the folder; None for photos alone."""
    photos: str | None
    """Path of the photos in the folder; None where there are none."""
    rows: int
    """Rows of the table, broken ones too; without a table, photos."""
    left_out: tuple[LeftOut, ...] = ()
    """What of a zip is not used."""

    @classmethod
    def take_in(cls, received: Path, name: str, limits: LimitSettings) -> Self:
        """Check a file that was sent, which lies alone in a folder, and put it in order there.

        Raises:
            BadCatalog: it is no table and no zip, or nothing of it can be read.
            TooLarge: too many rows or files, or a zip with too much in it.
            CannotWrite: the disk is full.
        """
        folder, called = received.parent, shown(name)
        upload = cls(folder, called, None, None, 0)
        try:
            if _starts_as_zip(received) and not called.lower().endswith(_WORKBOOKS):
                upload = cls._of_zip(received, called, limits)
            else:
                upload = cls._of_table(received, called)
            return upload._counted(limits)
        except GlasscaseError as error:
            raise upload.plainly(error) from None

    @classmethod
    def _of_table(cls, received: Path, name: str) -> Self:
        ending = Path(name).suffix.lower()
        if ending not in (*TABLE_ENDINGS, ".txt"):
            remedy = f"Send {READABLE_TABLES}, or a zip of a table and photos."
            if ending in _WORKBOOKS:
                raise BadCatalog(f"{name!r} is a workbook", "Save it as CSV in UTF-8.")
            raise BadCatalog(f"{name!r} is no table that can be read", remedy)
        table = f"table{ending}"
        received.rename(received.parent / table)
        return cls(received.parent, name, table, None, 0)

    @classmethod
    def _of_zip(cls, received: Path, name: str, limits: LimitSettings) -> Self:
        folder = received.parent
        left_out = unpack_zip(received, folder / _UNPACKED, name=name, limits=limits)
        received.unlink()
        tables, photos = _found(folder / _UNPACKED)
        if len(tables) > 1:
            told = ", ".join(repr(one) for one in tables[:3])
            raise BadCatalog(f"{name!r} holds {len(tables)} tables: {told}", "Leave one in it.")
        if not tables and not photos and not any(one.is_photo for one in left_out):
            raise BadCatalog(f"{name!r} holds neither a table nor photos", "Look what is in it.")
        place = None
        if photos or not tables:
            place = os.path.commonpath([os.path.dirname(one) for one in photos]) if tables else ""
            place = f"{_UNPACKED}/{place}".rstrip("/")
        table = f"{_UNPACKED}/{tables[0]}" if tables else None
        count = 0 if tables else len(photos) + sum(one.is_photo for one in left_out)
        return cls(folder, name, table, place, count, tuple(left_out))

    def _counted(self, limits: LimitSettings) -> Self:
        most = limits.batch_rows
        rows = self.rows if self.table is None else count_rows(self.folder / self.table, most=most)
        if rows > most:
            raise TooLarge(
                f"{self.name!r} has more than {most:,} rows",
                "Send it in parts, or raise limits.batch_rows.",
            )
        upload = type(self)(self.folder, self.name, self.table, self.photos, rows, self.left_out)
        told = asdict(upload)
        del told["folder"]
        write_json(self.folder / _CONTENTS, told)
        return upload

    @classmethod
    def open(cls, folder: Path) -> Self:
        """What `take_in` left in a folder. Raises `BadCatalog` where it is gone."""
        try:
            told = json.loads((folder / _CONTENTS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise BadCatalog("the file that was sent is gone", "Send it again.") from None
        left_out = tuple(LeftOut(**one) for one in told.pop("left_out"))
        return cls(folder, left_out=left_out, **told)

    def source(self, options: BatchOptions) -> TableSource:
        """It as a table (or folder) to be read."""
        photos = None if self.photos is None else self.folder / self.photos
        if self.table is None:
            return TableSource(photos)
        return TableSource(self.folder / self.table, photos, options.columns)

    def plain(self, text: str) -> str:
        """`text` without where files lie on this machine, and without options of the shell."""
        folder = str(self.folder)
        if self.table is not None:
            text = text.replace(f"{folder}/{self.table}", self._called(self.table))
        text = text.replace(f"{folder}/{_UNPACKED}/", "")
        text = text.replace(f"{folder}/{_UNPACKED}", self.name).replace(folder, self.name)
        return _OPTION.sub(r"\1", text)

    def plainly(self, error: GlasscaseError) -> GlasscaseError:
        """`error` with plain words."""
        return type(error)(self.plain(error.reason), self.plain(error.remedy))

    def _called(self, path: str) -> str:
        inside = path.removeprefix(f"{_UNPACKED}/")
        return inside if inside != path else self.name


def _starts_as_zip(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def _found(folder: Path) -> tuple[Sequence[str], Sequence[str]]:
    """Tables and photos in the folder, by their paths in it."""
    tables: list[str] = []
    photos: list[str] = []
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            path = (Path(parent) / name).relative_to(folder).as_posix()
            (photos if name.lower().endswith(PHOTO_ENDINGS) else tables).append(path)
    return tables, photos
