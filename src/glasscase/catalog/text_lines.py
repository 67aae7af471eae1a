"""Lines of a text file in whatever encoding and line ends it was saved."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from glasscase.catalog.problem import Problem
from glasscase.errors import BadCatalog

_CHUNK = 1 << 20
_LONGEST_LINE = 64 << 20


def text_lines(path: Path, problems: list[Problem]) -> Iterator[str]:
    """Lines with their ends (`\\n`, `\\r\\n` or `\\r`), read piece by piece.

    UTF-8 with or without a byte order mark, and UTF-16 (with a mark, or told by its zero bytes).
    A line that is not UTF-8 is read as Windows-1252, the usual superset of Latin-1; the first such
    line is noted in `problems`.

    Raises:
        BadCatalog: a line of more than 64 MiB, so no text, or an unreadable file.

    Not covered: other encodings; they come out as the wrong letters.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
            stream.seek(0)
            encoding = wide_encoding(head)
            if encoding:
                for line in _whole_lines(_recoded(stream, encoding), path):
                    yield line.decode("utf-8")
            else:
                yield from _narrow(stream, path, problems)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadCatalog(f"{str(path)!r} cannot be read: {reason}", "Check the file.") from None


def wide_encoding(head: bytes) -> str:
    """The UTF-16 that a file beginning with `head` is written in; empty for any other text."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(head) >= 4 and head[1::2].count(0) > 0.4 * len(head) and not head[::2].count(0):
        return "utf-16-le"
    if len(head) >= 4 and head[::2].count(0) > 0.4 * len(head) and not head[1::2].count(0):
        return "utf-16-be"
    return ""


def _recoded(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    while chunk := stream.read(_CHUNK):
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _narrow(stream: BinaryIO, path: Path, problems: list[Problem]) -> Iterator[str]:
    noted = False
    for number, line in enumerate(_whole_lines(iter(lambda: stream.read(_CHUNK), b""), path), 1):
        text, encoding = decoded(line)
        if encoding != "utf-8" and not noted:
            noted = True
            reason = f"of {path.name!r} is not UTF-8 from line {number} on"
            remedy = "It was read as Windows-1252 (Latin-1); save it as UTF-8 to be sure."
            problems.append(Problem(None, "encoding", reason, remedy))
        yield text.removeprefix("\ufeff") if number == 1 else text


def _whole_lines(chunks: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """Whole lines with their ends; a `\\r` at the end of a chunk waits for its `\\n`."""
    rest: list[bytes] = []
    for chunk in chunks:
        rest.append(chunk)
        if b"\n" not in chunk and b"\r" not in chunk:
            if sum(map(len, rest)) > _LONGEST_LINE:
                message = f"{str(path)!r} has a line of more than 64 MiB: it is no text table"
                raise BadCatalog(message, "Save it as CSV in UTF-8.")
            continue
        joined = b"".join(rest)
        cut = max(joined.rfind(b"\n"), joined.rfind(b"\r", 0, len(joined) - 1)) + 1
        yield from joined[:cut].splitlines(keepends=True)
        rest = [joined[cut:]]
    yield from b"".join(rest).splitlines(keepends=True)


def decoded(line: bytes) -> tuple[str, str]:
    """The text of a line and the encoding it was read in: UTF-8 where it is, else Windows-1252.

    >>> decoded("Müsli".encode("cp1252"))
    ('Müsli', 'cp1252')
    """
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1"), "latin-1"
