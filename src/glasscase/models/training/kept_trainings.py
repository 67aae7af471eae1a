"""Trainings under way: where their checkpoints lie, what they take, and how they go."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from glasscase.files import explained_write
from glasscase.settings import CacheSettings

_NAME = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class TrainingsUsage:
    """What is kept of trainings."""

    count: int
    size_bytes: int
    newest: float | None
    """When one was last written to, in seconds since 1970."""


class KeptTrainings:
    """The folder `trainings` of the cache: one folder for each run that learns its encoders.

    A run that was stopped goes on from its folder, so it is removed only when what asked for the
    training is done as a whole. Only folders with a run's name right below `trainings` are ever
    removed. A link is never followed: one in the place of a folder stays, of one inside a folder
    what it points to stays, and nothing is done where `trainings` itself is one.
    """

    def __init__(self, cache: CacheSettings) -> None:
        """Nothing is made."""
        self.path = cache.path / "trainings"

    def place(self, run: str) -> Path:
        """The folder of a run, by its fingerprint."""
        return self.path / run[:16]

    def usage(self) -> TrainingsUsage:
        """Count, size and age of what is kept; one that was refused at once has left nothing."""
        count, size, newest = 0, 0, None
        for folder in self._folders():
            kept = False
            for path in folder.rglob("*"):
                with suppress(FileNotFoundError):  # one under way puts new files for old ones
                    found = path.lstat()
                    if not path.is_dir():
                        kept, size = True, size + found.st_size
                        newest = max(newest or 0.0, found.st_mtime)
            count += kept
        return TrainingsUsage(count, size, newest)

    def clear(self) -> int:
        """Remove all; a training under way would have to begin anew. Returns how many there were.

        Raises:
            CannotWrite: one may not be removed.
        """
        folders = self._folders()
        for folder in folders:
            with explained_write(folder):
                shutil.rmtree(folder)
        return len(folders)

    def forget(self, places: Iterable[Path]) -> None:
        """Remove some that are done; what cannot be removed stays for `glasscase cache`."""
        wanted = set(places)
        for folder in self._folders():
            if folder in wanted:
                shutil.rmtree(folder, ignore_errors=True)

    def _folders(self) -> list[Path]:
        if self.path.is_symlink() or not self.path.is_dir():
            return []
        return sorted(
            path
            for path in self.path.iterdir()
            if _NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
        )
