"""Records of delimited text: quoted cells, cells of several lines, and broken rows survived.

Python's `csv` is not used: it has a process-wide limit of 128 KiB a cell, and one quote that is
never closed makes it swallow the rest of the file.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

DELIMITERS = (",", ";", "\t", "|")
MAX_RECORD_LINES = 1000
MAX_RECORD_CHARACTERS = 8_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """One row as a spreadsheet counts: blank lines count, a cell of several lines does not."""

    row: int
    cells: list[str]
    broken: str = ""
    """Why it cannot be read; empty when it can."""
    first_line: int = 0
    """Index of the first physical line it stands on, counted from 0."""
    lines: int = 1
    """How many physical lines it takes."""


def read_records(
    lines: Iterable[str], delimiter: str, *, width: int | None = None
) -> Iterator[Record]:
    r"""Read `lines` (with their line ends) as records; blank ones are skipped.

    A quote opens a cell only at its start; `""` inside stands for one quote. Where a quote is
    never closed, or closed in the middle of another row, only the line it stands in is broken and
    reading goes on with the next one. A single line with stray quotes is read with some lenience
    if that gives `width` cells.

    Args:
        lines: physical lines.
        delimiter: one character.
        width: number of cells every record should have; None takes that of the first record.

    >>> [r.cells for r in read_records(['a,"b\n', 'c"\n', '1,2\n'], ",")]
    [['a', 'b\nc'], ['1', '2']]
    """
    source = iter(lines)
    waiting: deque[str] = deque()
    row, at = 0, 0
    while (line := _next(waiting, source)) is not None:
        row += 1
        first, at = at, at + 1
        if not line.strip("\r\n\ufeff "):
            continue
        record, unused = _read_one(line, waiting, source, delimiter, width)
        waiting.extendleft(reversed(unused))
        at = first + record.lines
        width = len(record.cells) if width is None and not record.broken else width
        yield Record(row, record.cells, record.broken, first, record.lines)


def _next(waiting: deque[str], source: Iterator[str]) -> str | None:
    return waiting.popleft() if waiting else next(source, None)


def _read_one(
    line: str, waiting: deque[str], source: Iterator[str], delimiter: str, width: int | None
) -> tuple[Record, list[str]]:
    """A record that begins with `line`, and the lines looked at that do not belong to it."""
    if "\0" in line:
        return Record(0, [], "holds a NUL character"), []
    if '"' not in line:
        return _checked(line.rstrip("\r\n").split(delimiter), width), []
    cells = _cells(line, delimiter)
    lines = [line]
    if cells is None:
        lines, cells = _longer(line, waiting, source, delimiter)
    if cells and (len(lines) > 1 or width is None or len(cells) == width):
        return _checked(cells, width, len(lines)), []
    lenient = _cells(line, delimiter, lenient=True)
    if lenient and (width is None or len(lenient) == width):
        return Record(0, lenient), lines[1:]
    if cells:
        return _checked(cells, width, len(lines)), []
    reason = "opens a quote that is never closed" if cells is None else "has quotes in wrong places"
    return Record(0, [], reason), lines[1:]


def _longer(
    line: str, waiting: deque[str], source: Iterator[str], delimiter: str
) -> tuple[list[str], list[str] | None]:
    """Take lines until the quote that `line` opens is closed: the lines, and `_cells` of them."""
    lines, length = [line], len(line)
    cells: list[str] | None = None
    while cells is None and len(lines) < MAX_RECORD_LINES and length < MAX_RECORD_CHARACTERS:
        more = _next(waiting, source)
        if more is None:
            break
        lines.append(more)
        length += len(more)
        if '"' in more:
            cells = _cells("".join(lines), delimiter)
    return lines, cells


def _checked(cells: list[str], width: int | None, lines: int = 1) -> Record:
    if width is None or len(cells) == width:
        return Record(0, cells, lines=lines)
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return Record(0, cells[:width], lines=lines)
    reason = f"has {len(cells)} cell{'s' * (len(cells) != 1)}, the header has {width}"
    return Record(0, cells, reason, lines=lines)


def cell_spans(text: str, delimiter: str, cells: list[str]) -> list[tuple[int, int]] | None:
    r"""Where each of the `cells` of a record stands in its `text`: begin and end, quotes included.

    None where they cannot be found, which no record that `read_records` gave should meet.

    >>> cell_spans('7,"Mug, blue",2\n', ",", ["7", "Mug, blue", "2"])
    [(0, 1), (2, 13), (14, 15)]
    """
    for lenient in (False, True):
        parts = _parts(text, delimiter, lenient=lenient)
        if parts and [cell for cell, _, _ in parts[: len(cells)]] == cells:
            return [(begin, end) for _, begin, end in parts[: len(cells)]]
    return None


def _cells(text: str, delimiter: str, *, lenient: bool = False) -> list[str] | None:
    """Cells of one record; None where a quote is still open, [] where quotes are malformed."""
    parts = _parts(text, delimiter, lenient=lenient)
    return None if parts is None else [cell for cell, _, _ in parts]


def _parts(text: str, delimiter: str, *, lenient: bool) -> list[tuple[str, int, int]] | None:
    """Cells of one record with where they begin and end; None and [] as `_cells`.

    Lenient: a quote closes a cell only before a delimiter or the end, others stand for themselves.
    """
    text = text.rstrip("\r\n")
    closing = _closing(delimiter, lenient=lenient)
    parts: list[tuple[str, int, int]] = []
    at = 0
    while True:
        if text[at : at + 1] == '"':
            found = closing.match(text, at + 1)
            if found is None:
                return None
            end = found.end()
            parts.append((found.group(1).replace('""', '"'), at, end))
            if end < len(text) and text[end] != delimiter:
                return []
        else:
            end = text.find(delimiter, at)
            end = len(text) if end < 0 else end
            parts.append((text[at:end], at, end))
        if end >= len(text):
            return parts
        at = end + 1


def _closing(delimiter: str, *, lenient: bool) -> re.Pattern[str]:
    if lenient:
        return re.compile(rf'(.*?)"(?={re.escape(delimiter)}|$)', re.DOTALL)
    return re.compile(r'([^"]*+(?:""[^"]*+)*+)"')


def guess_delimiter(text: str) -> str:
    r"""The delimiter of delimited `text` (its first part is enough): the one of `,` `;` tab `|`
    that divides the first row most, in step with the rows after it.

    >>> guess_delimiter('id;name;price\n1;"Mug; blue, big";2,50\n')
    ';'
    """
    lines = text.splitlines(keepends=True)[:200]
    return max(DELIMITERS, key=lambda delimiter: _fit(lines, delimiter))


def _fit(lines: list[str], delimiter: str) -> float:
    records = list(islice(read_records(lines, delimiter), 50))
    if not records or len(records[0].cells) < 2:
        return 0.0
    good = sum(not record.broken for record in records)
    return (len(records[0].cells) - 1) * good / len(records)
