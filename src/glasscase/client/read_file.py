"""A file of the caller, read to be sent."""

from __future__ import annotations

from pathlib import Path

from glasscase.errors import BadSetting, GlasscaseError


def read_file(
    path: str | Path, *, what: str = "", error: type[GlasscaseError] = BadSetting
) -> tuple[str, bytes]:
    """Name and bytes of a file.

    Args:
        path: where it is.
        what: what it is to the caller, such as `photo`; stands before its path where it cannot be
            read.
        error: what is raised then.

    Raises:
        GlasscaseError: an `error`; the file cannot be read.
    """
    place = Path(path)
    try:
        return place.name, place.read_bytes()
    except OSError as trouble:
        raise unreadable(place, trouble, what=what, error=error) from None


def unreadable(
    path: Path, trouble: OSError, *, what: str = "", error: type[GlasscaseError] = BadSetting
) -> GlasscaseError:
    """An `error` that says why a file cannot be read."""
    reason = trouble.strerror or type(trouble).__name__
    return error(f"{what} {str(path)!r} cannot be read: {reason}".lstrip(), "Check it.")
