"""Where exported encoders are kept on this machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from glasscase.encoders.export import RECIPE
from glasscase.files import explained_write
from glasscase.progress import Progress, silent


@dataclass(frozen=True)
class ModelFolder:
    """The folder of exported encoders, and what may be done to fill it."""

    path: Path
    download: bool = False
    """Whether weights that are not on this machine may be fetched."""
    progress: Progress = silent
    """Is told when an export begins."""

    def made_once(self, name: str, sha256: str, make: Callable[[Path], None]) -> Path:
        """The stored folder of an encoder, filled by `make` if it is not there yet.

        `make` fills a temporary folder, which then takes its place in one step. Two processes may
        do so at once: the second one's work is dropped.

        Args:
            name: of the encoder; becomes part of the folder's name.
            sha256: of the weights it is made from.
            make: fills the folder it is given.

        Raises:
            CannotWrite: the disk is full or the folder may not be written to.
        """
        safe = "".join(c if c.isalnum() or c in "-._" else "-" for c in name)
        folder = self.path / f"{safe}-{sha256[:16]}-r{RECIPE}"
        if folder.is_dir():
            return folder
        self.progress.say(f"Preparing encoder {name} for this machine: once, some seconds.")
        with explained_write(folder):
            self.path.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(dir=self.path, prefix=f".{folder.name}."))
            try:
                make(fresh)
                fresh.chmod(0o755)
                _put_in_place(fresh, folder)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        return folder


def _put_in_place(fresh: Path, folder: Path) -> None:
    try:
        os.rename(fresh, folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster
            raise
