"""Archives from outside, unpacked without trusting a word of them."""

from __future__ import annotations

import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from glasscase.errors import CannotFetch
from glasscase.files import new_folder
from glasscase.jobs.batches.archive_names import leaves_its_folder

MOST_FILES = 200_000
_CHUNK_BYTES = 1 << 17
_NOT_WANTED = "It is left packed; nothing was unpacked."


def unpack(archive: Path, folder: Path, *, most_bytes: int, most_files: int = MOST_FILES) -> int:
    """Unpack a .tar.gz, .tar or .zip into `folder`, which appears whole or not at all.

    A folder that all its files lie in is left out, as archives of a repository have one. Only
    files and folders are made: any link, device, name that leaves the folder, or name that is
    there twice ends it.

    Args:
        archive: the file; its content decides what it is.
        folder: replaced if it is there.
        most_bytes: of all files together, counted while they are unpacked.
        most_files: more are refused.

    Returns:
        How many files were unpacked.

    Raises:
        CannotFetch: damaged, too large, or with something in it that is not let in.
        CannotWrite: the disk is full.
    """
    with new_folder(folder) as fresh:
        inside = fresh / "inside"
        inside.mkdir()
        try:
            count = _unpacked(archive, inside, most_bytes, most_files)
        except (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError,
                NotImplementedError, RuntimeError) as error:  # fmt: skip
            raise CannotFetch(f"{archive.name!r} is damaged: {error}", _NOT_WANTED) from None
        entries = list(inside.iterdir())
        root = entries[0] if len(entries) == 1 and entries[0].is_dir() else inside
        for entry in list(root.iterdir()):
            shutil.move(entry, fresh / f".moved-{entry.name}")
        shutil.rmtree(inside)
        for entry in list(fresh.iterdir()):
            entry.rename(fresh / entry.name.removeprefix(".moved-"))
    return count


def _unpacked(archive: Path, folder: Path, most_bytes: int, most_files: int) -> int:
    left, count = most_bytes, 0
    for name, stream in _members(archive):
        count += 1
        if count > most_files:
            raise CannotFetch(f"{archive.name!r} holds over {most_files:,} files", _NOT_WANTED)
        place = _inside(folder, name, archive)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with place.open("xb") as target:
                while piece := stream.read(_CHUNK_BYTES):
                    left -= len(piece)
                    if left < 0:
                        message = f"{archive.name!r} unpacks to over {most_bytes / 1e6:g} MB"
                        raise CannotFetch(message, _NOT_WANTED)
                    target.write(piece)
        except FileExistsError:
            raise CannotFetch(f"{archive.name!r} holds {name!r} twice", _NOT_WANTED) from None
    if not count:
        raise CannotFetch(f"{archive.name!r} holds no files", _NOT_WANTED)
    return count


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of every file. Raises `CannotFetch` for a link or device."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                kind = info.external_attr >> 28  # of the Unix mode, 0 where there is none
                if kind not in (0, 4, 8):
                    raise _strange(archive, info.filename)
                if not info.is_dir():
                    with packed.open(info) as stream:
                        yield info.filename, stream
        return
    with tarfile.open(archive, mode="r|*") as rolled:
        for member in rolled:
            if member.isdir():
                continue
            stream_or_none = rolled.extractfile(member) if member.isreg() else None
            if stream_or_none is None:
                raise _strange(archive, member.name)
            yield member.name, stream_or_none


def _strange(archive: Path, name: str) -> CannotFetch:
    reason = f"{archive.name!r} holds {name!r}, which is neither a file nor a folder"
    return CannotFetch(reason, _NOT_WANTED)


def _inside(folder: Path, name: str, archive: Path) -> Path:
    if leaves_its_folder(name) or len(name) > 1000:
        raise CannotFetch(f"{archive.name!r} holds {name!r}, which leaves its folder", _NOT_WANTED)
    return folder / name
