"""A photo as it is stored: a file, or the bytes somebody sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from glasscase.errors import BadPhoto


@dataclass(frozen=True, slots=True)
class Photo:
    """A stored photo, not yet decoded (`catalog/image_decoding.py` does that).

    >>> Photo("mug.jpg", data=b"abc").digest()[:8]
    'ba7816bf'
    """

    name: str
    """As the table or the sender named it; shown in messages, never used as a path."""
    path: Path | None = None
    data: bytes | None = None

    def read(self) -> bytes:
        """The stored bytes. Raises `BadPhoto` when the file is gone or unreadable."""
        if self.data is not None:
            return self.data
        if self.path is None:
            raise BadPhoto(f"photo {self.name!r} has neither file nor bytes", "Name a file.")
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise BadPhoto(f"photo {self.name!r} does not exist", "Add it or clear it.") from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise BadPhoto(f"photo {self.name!r} cannot be read: {reason}", "Check it.") from None

    def digest(self) -> str:
        """SHA-256 of the stored bytes, in hexadecimal."""
        return hashlib.sha256(self.read()).hexdigest()
