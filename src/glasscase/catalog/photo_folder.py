"""The folder a catalogue's photos lie in: nothing outside it is ever opened."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath

from glasscase.catalog.columns import PHOTO_ENDINGS, looks_like_address
from glasscase.catalog.image_decoding import check_limits, check_size_bytes, photo_size
from glasscase.catalog.image_header import wrong_ending
from glasscase.catalog.photo import Photo
from glasscase.errors import BadCatalog, BadPhoto
from glasscase.settings import PhotoSettings

_HEAD_BYTES = 1 << 16


class PhotoFolder:
    """Finds photos by the names a table gives them and checks them without decoding."""

    def __init__(self, folder: str | Path, limits: PhotoSettings) -> None:
        self.folder = Path(folder)
        self.limits = limits
        if not self.folder.exists():
            raise BadCatalog(f"photo folder {str(folder)!r} does not exist", "Check --photos.")
        if not self.folder.is_dir():
            raise BadCatalog(f"photo folder {str(folder)!r} is a file", "Name its folder.")
        self._root = self.folder.resolve()

    def find(self, name: str) -> tuple[Photo, str]:
        """The photo a table calls `name`, and a note on what is odd about it ("" if nothing).

        A name without an ending is tried with those of photos. A name that begins with the
        folder's own name (`images/7.jpg` in `images/`) is understood.

        Raises:
            BadPhoto: a web address, outside the folder, missing, empty, too large, no photo.
        """
        if looks_like_address(name):
            raise BadPhoto(
                f"photo {name!r} is a web address, which is not fetched",
                "Download it into the photo folder and name the file.",
            )
        path = self._inside(name)
        try:
            return Photo(name, path=path), self._check(path, name)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise BadPhoto(f"photo {name!r} cannot be read: {reason}", "Check it.") from None

    def called(self, identity: str) -> str | None:
        """The file name `<identity>.<photo ending>` that lies in the folder, or None."""
        return self._by_stem.get(identity)

    @cached_property
    def _by_stem(self) -> dict[str, str]:
        names = sorted((entry.name for entry in os.scandir(self.folder)), reverse=True)
        return {Path(n).stem: n for n in names if n.lower().endswith(PHOTO_ENDINGS)}

    def _inside(self, name: str) -> Path:
        plain = PurePosixPath(name.replace("\\", "/"))
        if plain.is_absolute() or PureWindowsPath(name).drive or ".." in plain.parts:
            raise self._leaves(name)
        tries = [plain]
        if len(plain.parts) > 1 and plain.parts[0] == self._root.name:
            tries.append(PurePosixPath(*plain.parts[1:]))
        if not plain.name.lower().endswith(PHOTO_ENDINGS) and name in self._by_stem:
            tries.append(PurePosixPath(self._by_stem[name]))
        for relative in tries:
            path = self._existing(relative)
            if path is not None:
                if not path.is_relative_to(self._root):
                    raise self._leaves(name)
                return path
        raise BadPhoto(
            f"photo {name!r} is not in {str(self.folder)!r}", "Add the file or clear the cell."
        )

    def _existing(self, relative: PurePosixPath) -> Path | None:
        try:
            path = (self._root / relative).resolve()
            return path if path.is_file() else None
        except (OSError, ValueError, RuntimeError):  # a name no file can have
            return None

    def _leaves(self, name: str) -> BadPhoto:
        return BadPhoto(
            f"photo {name!r} leaves the photo folder {str(self.folder)!r}",
            "Put the file inside it and name it from there.",
        )

    def _check(self, path: Path, name: str) -> str:
        size_bytes = path.stat().st_size
        check_size_bytes(size_bytes, name, self.limits)
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
        try:
            width, height, kind = photo_size(head, name)
        except BadPhoto:
            if size_bytes <= _HEAD_BYTES:
                raise
            width, height, kind = photo_size(path.read_bytes(), name)
        check_limits(width, height, name, self.limits)
        ending = wrong_ending(name, kind)
        return f"{name!r} is a {kind} file in spite of its ending {ending}" if ending else ""
