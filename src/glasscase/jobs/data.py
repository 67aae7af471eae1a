"""Fetch a public set from its home: licence first, every file checked, nothing half done."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from glasscase.catalog.idx_reading import CLASSES
from glasscase.errors import CannotFetch, CannotWrite
from glasscase.files import explained_write, file_sha256, new_file, write_json, write_text
from glasscase.jobs.batches.unpacking import unpack
from glasscase.jobs.public_data.download import download
from glasscase.jobs.public_data.public_sets import PublicFile, PublicSet
from glasscase.progress import Progress, silent

FACTS = "source.json"
Checked = Literal["known", "accepted", ""]


@dataclass(frozen=True)
class FetchedFile:
    """A file that is there now."""

    name: str
    sha256: str
    size_bytes: int
    checked: Checked
    """By the SHA-256 known here, by one the user accepted, or not at all."""


@dataclass(frozen=True)
class FetchedSet:
    """A set that is there now."""

    about: PublicSet
    folder: Path
    files: tuple[FetchedFile, ...]

    @property
    def next_step(self) -> str:
        """The command line that trains on it."""
        source = shlex.quote(str(self.folder / self.about.read))
        options = f" {self.about.options}" if self.about.options else ""
        return f"glasscase train {source}{options} --out bundle/"

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            **set_facts(self.about),
            "folder": str(self.folder),
            "files": [
                {"name": one.name, "sha256": one.sha256, "bytes": one.size_bytes,
                 "checked": one.checked}
                for one in self.files
            ],
            "next": self.next_step,
        }  # fmt: skip


def set_facts(one: PublicSet) -> dict[str, Any]:
    """What is known of a public set before it is fetched, as JSON values."""
    return {
        "name": one.name,
        "about": one.about,
        "licence": one.licence,
        "home": one.home,
        "revision": one.revision,
        "files": [
            {"name": file.name, "url": file.url, "sha256": file.sha256} for file in one.files
        ],
    }


def fetch(
    wanted: PublicSet,
    out: str | Path,
    *,
    source: str | Path | None = None,
    accepted: Collection[str] = (),
    progress: Progress = silent,
) -> FetchedSet:
    """Bring a public set into the folder `out`. What is there already is not fetched again.

    A file whose SHA-256 is known here must have it. Of any other the SHA-256 is said, and it is
    used only when the caller accepts just that one.

    Args:
        wanted: from the table of public sets.
        out: made if it does not exist.
        source: a folder that holds the files already, for machines without a network.
        accepted: SHA-256 of files the caller vouches for, in hexadecimal.
        progress: is told the licence first, then every piece.

    Raises:
        CannotFetch: a file cannot be had, is another one than it should be, or waits to be
            accepted; or an archive holds what is not let in.
        CannotWrite: `out` cannot be written to, or holds other things under these names.
    """
    out = Path(out)
    progress.say(f"{wanted.name}: {wanted.about}. Licence: {wanted.licence}. {wanted.home}")
    vouched = frozenset(one.lower() for one in accepted) | _accepted_before(out, wanted)
    with explained_write(out):
        out.mkdir(parents=True, exist_ok=True)
    write_json(out / FACTS, {**set_facts(wanted), "accepted": sorted(vouched)})
    doubtful: list[FetchedFile] = []
    files: list[FetchedFile] = []
    for file in wanted.files:
        place = _brought(file, out, source, progress)
        found = _looked_at(file, place, vouched)
        (files if found.checked else doubtful).append(found)
    if doubtful:
        raise _waiting(doubtful)
    for file in wanted.files:
        fresh = _waiting_place(out, file).is_file()
        if fresh:
            with explained_write(out):
                _waiting_place(out, file).replace(out / file.name)
        if file.unpacked and (fresh or not (out / file.unpacked).is_dir()):
            unpack(out / file.name, out / file.unpacked, most_bytes=wanted.most_unpacked_bytes)
    if wanted.classes:
        write_text(out / CLASSES, "\n".join(wanted.classes) + "\n")
    made = FetchedSet(wanted, out, tuple(files))
    write_json(out / FACTS, {**made.to_dict(), "accepted": sorted(vouched)})
    return made


def _accepted_before(out: Path, wanted: PublicSet) -> frozenset[str]:
    """What was accepted for this set in an earlier run.

    Raises `CannotWrite` where the folder holds anything else: nothing of it is overwritten.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return frozenset()
    try:
        facts = json.loads((out / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        facts = None
    if not isinstance(facts, dict) or facts.get("name") != wanted.name:
        message = f"{str(out)!r} exists and holds no {wanted.name}"
        raise CannotWrite(message, "Choose another --out.")
    accepted = facts.get("accepted")
    return frozenset(map(str, accepted)) if isinstance(accepted, list) else frozenset()


def _waiting_place(out: Path, file: PublicFile) -> Path:
    """Where a file stays until it was checked, so that nothing takes it for the real one."""
    return out / f".{file.name}.unchecked"


def _brought(file: PublicFile, out: Path, source: str | Path | None, progress: Progress) -> Path:
    """The file as it is here, checked or not; fetched or copied if it is not here yet."""
    place, waiting = out / file.name, _waiting_place(out, file)
    if place.is_file():
        return place
    if source is not None:
        _copy(file, Path(source), waiting)
    elif not waiting.is_file():
        trusted = file.sha256 is not None
        download(file.url, waiting, most_bytes=file.most_bytes, trusted=trusted, progress=progress)
    return waiting


def _looked_at(file: PublicFile, place: Path, vouched: frozenset[str]) -> FetchedFile:
    """What is known of a file that is here.

    Raises `CannotFetch` where it is not the one its known SHA-256 stands for; it is thrown away.
    """
    sha256 = file_sha256(place)
    if file.sha256 is None:
        checked: Checked = "accepted" if sha256 in vouched else ""
        return FetchedFile(file.name, sha256, place.stat().st_size, checked)
    if sha256 != file.sha256:
        place.unlink()
        raise CannotFetch(
            f"{file.name!r} has the SHA-256 {sha256}, it should be {file.sha256}",
            "It is thrown away. Fetch it again; if that does not help, see its home.",
        )
    return FetchedFile(file.name, sha256, place.stat().st_size, "known")


def _waiting(doubtful: Sequence[FetchedFile]) -> CannotFetch:
    told = ", ".join(f"{one.name} has {one.sha256}" for one in doubtful)
    options = " ".join(f"--accept-sha256 {one.sha256}" for one in doubtful)
    return CannotFetch(
        f"nothing here says whether these SHA-256 are right: {told}",
        f"Compare them with another source; if you trust them, run again with {options}",
    )


def _copy(file: PublicFile, source: Path, place: Path) -> None:
    found = source / file.name
    if not found.is_file():
        raise CannotFetch(
            f"folder {str(source)!r} lacks {file.name!r}", f"Fetch it from {file.url}"
        )
    size = found.stat().st_size
    if size > file.most_bytes:
        raise CannotFetch(
            f"{str(found)!r} has {size:,} bytes, the limit is {file.most_bytes:,}",
            "It is not the file that was wanted.",
        )
    with new_file(place) as fresh:
        shutil.copyfile(found, fresh)
