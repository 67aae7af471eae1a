"""Names of files inside archives from outside: which of them may become a path."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

_UNSEEN = ("Cc", "Cs", "Zl", "Zp")
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LONGEST_NAME = 1000
_LONGEST_PART_BYTES = 255


def leaves_its_folder(name: str) -> bool:
    r"""Whether a file called `name` could land outside the folder it is unpacked into.

    >>> [leaves_its_folder(one) for one in ("a/b.jpg", "../b", "/b", "C:b", "a\\b", "a\0b")]
    [False, True, True, True, True, True]
    """
    plain, windows = PurePosixPath(name), PureWindowsPath(name)
    outside = plain.is_absolute() or windows.drive or windows.root or ".." in windows.parts
    return bool(outside or not plain.parts or "\0" in name or "\\" in name)


def too_long(name: str) -> bool:
    """Whether no file of an ordinary disk can be called so."""
    parts = PurePosixPath(name).parts
    longest = max((len(part.encode("utf-8", "replace")) for part in parts), default=0)
    return len(name) > _LONGEST_NAME or longest > _LONGEST_PART_BYTES


def has_hidden_characters(name: str) -> bool:
    r"""Whether `name` holds characters that are not seen, or turn what is seen around.

    >>> has_hidden_characters("gpj.exe\u202e"), has_hidden_characters("Tasse grün.jpg")
    (True, False)
    """
    return any(unicodedata.category(one) in _UNSEEN or one in _TURNING for one in name)


def shown(name: str) -> str:
    r"""`name` for people, cut and with what cannot be seen spelt out.

    >>> shown("gpj\u202e.exe")
    'gpj\\u202e.exe'
    """
    spelt = (
        one.encode("unicode_escape").decode("ascii") if has_hidden_characters(one) else one
        for one in name[:120]
    )
    return "".join(spelt) + ("..." if len(name) > 120 else "")
