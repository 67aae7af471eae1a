"""Files written whole or not at all, and what their bytes are known by."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glasscase.errors import CannotWrite


@contextmanager
def explained_write(path: Path) -> Iterator[None]:
    """Turn an `OSError` while writing `path` into a `CannotWrite` a person can act on.

    Of several around one another the outermost names its path: the one the user knows.
    """
    try:
        yield
    except OSError as error:
        cause = error.__cause__ if isinstance(error, CannotWrite) else error
        if not isinstance(cause, OSError):
            raise
        full = cause.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "Free some space or choose another place" if full else "Choose another place"
        raise CannotWrite(
            f"cannot write {str(path)!r}: {cause.strerror or type(cause).__name__}",
            f"{remedy}; what was there before is unchanged.",
        ) from cause


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Fill a temporary file beside `path`, then put it in its place in one step.

    If anything fails on the way, what stood at `path` before is still there, untouched.

    Raises:
        CannotWrite: the disk is full or the folder may not be written to.
    """
    with explained_write(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(descriptor)
        fresh = Path(name)
        try:
            yield fresh
            with fresh.open("rb+") as stream:
                os.fsync(stream.fileno())
            fresh.chmod(0o644)
            os.replace(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically: temporary file beside it, fsync, rename.

    Raises:
        CannotWrite: the disk is full or the folder may not be written to; an old file stays.
    """
    with new_file(path) as fresh:
        fresh.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path` atomically. Raises `CannotWrite` as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON with sorted keys, atomically; no NaN gets in.

    Raises:
        CannotWrite: as `write_bytes`.
        ValueError: `value` holds NaN or infinity.
    """
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def file_sha256(*paths: Path) -> str:
    """SHA-256 of the bytes of files, in the order given, in hexadecimal.

    Raises:
        OSError: one cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()


def open_folder(path: Path) -> Path:
    """Make the folder `path` if there is none and write into it on trial: before long work, so that
    nobody waits for a result that has no place.

    Raises:
        CannotWrite: it is a file, or may not be written to.
    """
    with explained_write(path):
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Fill a temporary folder, then put it in the place of `path` in one step.

    If anything fails on the way, what stood at `path` before is still there, untouched.

    Raises:
        CannotWrite: as `write_bytes`.
    """
    with explained_write(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.new-"))
        try:
            yield fresh
            fresh.chmod(0o755)
            _swap(fresh, path)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, path: Path) -> None:
    if not path.exists():
        os.replace(fresh, path)
        return
    old = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.old-"))
    try:
        os.replace(path, old / "content")
        os.replace(fresh, path)
    except BaseException:  # Ctrl-C too: what stood here comes back
        if not path.exists():
            os.replace(old / "content", path)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
