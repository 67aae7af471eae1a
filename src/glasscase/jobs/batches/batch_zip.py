"""A zip of a table and photos, unpacked without trusting a word of it.

What makes the archive as a whole unfit is refused; a single file that cannot be used is left out
and told, so that its row is answered with what there is. Archives inside it are not opened.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from glasscase.catalog.columns import PHOTO_ENDINGS
from glasscase.errors import BadCatalog, TooLarge
from glasscase.files import explained_write
from glasscase.jobs.batches.archive_names import (
    has_hidden_characters,
    leaves_its_folder,
    shown,
    too_long,
)
from glasscase.settings.service import LimitSettings

TABLE_ENDINGS = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet", ".pq")
_CHUNK_BYTES = 1 << 17
_ENTRY_BYTES = 400
"""Of the list of files in a zip, one entry with its name and dates: 150 are usual."""
_MOST_RATIO = 100
_RATIO_COUNTS_FROM_BYTES = 50_000_000
_PACK_AGAIN = "Pack it again as a plain zip."
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
           ValueError, OverflowError)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of the zip that is not used."""

    name: str
    reason: str
    remedy: str

    @property
    def is_photo(self) -> bool:
        """Whether its name is a photo's."""
        return self.name.lower().endswith(PHOTO_ENDINGS)


def unpack_zip(archive: Path, folder: Path, *, name: str, limits: LimitSettings) -> list[LeftOut]:
    """Unpack the tables and photos of `archive` into `folder`, which is made.

    Args:
        archive: the file.
        folder: where to.
        name: what people call the archive.
        limits: how many files, how large each, how large all of them.

    Returns:
        The files that were left out, and why.

    Raises:
        BadCatalog: it is damaged, encrypted, or names files outside its folder.
        TooLarge: too many files, or too much in them.
        CannotWrite: the disk is full.
    """
    with archive.open("rb") as stream:
        try:
            opened = zipfile.ZipFile(_Sparing(stream, limits.batch_files * _ENTRY_BYTES))
        except TooLarge:
            raise
        except _BROKEN as error:
            reason = f"{name!r} is damaged: {error}" if str(error) else f"{name!r} is damaged"
            raise BadCatalog(reason, _PACK_AGAIN) from None
        with opened as packed:
            members = _members(packed, name, limits)
            budget = _Budget(name, archive.stat().st_size, limits)
            budget.check(sum(info.file_size for info in members))
            return list(_unpacked(packed, members, folder, budget))


class _Sparing(io.RawIOBase):
    """A file of which nobody can read much at once: the list of a zip's files is read whole, and
    says itself how long it is."""

    def __init__(self, stream: BinaryIO, most_bytes: int) -> None:
        self._stream, self._most = stream, max(most_bytes, 1 << 20)

    def read(self, size: int | None = -1) -> bytes:
        """At most what is allowed. Raises `TooLarge` where more is wanted."""
        if size is None or size < 0:
            size = self._most + 1
        if size > self._most:
            here = self._stream.tell()
            size = min(size, self._stream.seek(0, io.SEEK_END) - here)
            self._stream.seek(here)
        if size > self._most:
            raise TooLarge("the zip's list of files is too long", "Send fewer files at once.")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """As of the file."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """As of the file."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """Yes."""
        return True

    def readable(self) -> bool:
        """Yes."""
        return True


def _members(packed: zipfile.ZipFile, name: str, limits: LimitSettings) -> list[zipfile.ZipInfo]:
    """The files in it. Raises where one says that the archive is not meant well."""
    found = []
    for info in packed.infolist():
        told = shown(info.orig_filename)
        if leaves_its_folder(info.orig_filename):
            raise BadCatalog(f"{name!r} holds '{told}', which leaves its folder", _PACK_AGAIN)
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadCatalog(
                f"{name!r} holds '{told}', which is neither a file nor a folder", _PACK_AGAIN
            )
        if info.flag_bits & 1:
            raise BadCatalog(f"{name!r} is encrypted", "Pack it without a password.")
        if not info.is_dir() and not _is_litter(info.filename):
            found.append(info)
    if len(found) > limits.batch_files:
        raise TooLarge(
            f"{name!r} holds {len(found):,} files, the most is {limits.batch_files:,}",
            "Send it in parts, or raise limits.batch_files.",
        )
    return found


def _is_litter(name: str) -> bool:
    """What systems leave behind: nobody means it."""
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts) or (
        parts[-1] in ("Thumbs.db", "desktop.ini")
    )


class _Budget:
    """How much may be unpacked in all."""

    def __init__(self, name: str, packed_bytes: int, limits: LimitSettings) -> None:
        self._name, self._limits = name, limits
        self._most = int(limits.batch_unpacked_megabytes * 1e6)
        self._most_for_its_size = max(_RATIO_COUNTS_FROM_BYTES, packed_bytes * _MOST_RATIO)
        self._used = 0

    def use(self, size_bytes: int) -> None:
        """Count some more. Raises `TooLarge`."""
        self._used += size_bytes
        self.check(self._used)

    def check(self, size_bytes: int) -> None:
        """Raises `TooLarge` where so many are too many."""
        if size_bytes > self._most:
            raise TooLarge(
                f"{self._name!r} unpacks to over {self._most / 1e6:g} MB",
                "Send it in parts, or raise limits.batch_unpacked_megabytes.",
            )
        if size_bytes > self._most_for_its_size:
            raise TooLarge(
                f"{self._name!r} unpacks to over {_MOST_RATIO} times its size",
                "No shop's photos do; send the files as they are.",
            )

    def of_one(self, name: str) -> int:
        """Bytes that one file may have."""
        table = name.lower().endswith(TABLE_ENDINGS)
        limits = self._limits
        return int(1e6 * (limits.batch_megabytes if table else limits.max_photo_megabytes))


def _unpacked(
    packed: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path, budget: _Budget
) -> Iterator[LeftOut]:
    with explained_write(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for info in members:
        name = info.filename
        if not name.lower().endswith((*PHOTO_ENDINGS, *TABLE_ENDINGS)):
            yield LeftOut(shown(name), "is neither a photo nor a table", "Leave it out.")
        elif has_hidden_characters(name):
            yield LeftOut(shown(name), "has characters in its name that are not seen", "Rename it.")
        elif too_long(name):
            yield LeftOut(shown(name), "has too long a name", "Rename it.")
        elif reason := _write(packed, info, folder / name, budget):
            yield LeftOut(shown(name), reason, "Pack it again, or leave it out.")


def _write(packed: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path, budget: _Budget) -> str:
    """Unpack one file; why it cannot be used, or "". Raises `TooLarge` and `CannotWrite`."""
    with explained_write(place):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            target = place.open("xb")
        except (FileExistsError, NotADirectoryError):
            twice = place.is_file()
            return "is there twice" if twice else "is called as another file's folder"
        with target:
            reason = _fill(target, _pieces(packed, info), budget.of_one(info.filename), budget)
        if reason:
            place.unlink()
    return reason


def _fill(target: BinaryIO, pieces: Iterator[bytes], most: int, budget: _Budget) -> str:
    size = 0
    while True:
        try:
            piece = next(pieces, b"")
        except _BROKEN:
            return "is damaged"
        if not piece:
            return ""
        size += len(piece)
        budget.use(len(piece))
        if size > most:
            return f"is larger than {most / 1e6:g} MB"
        target.write(piece)


def _pieces(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """What is in a file, and at the end whether its checksum is right: else an error."""
    with packed.open(info) as stream:
        while piece := stream.read(_CHUNK_BYTES):
            yield piece
