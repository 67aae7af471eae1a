"""Rows from files and data frames, one by one: (row number, {column: cell})."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from glasscase.catalog.csv_records import Record, guess_delimiter, read_records
from glasscase.catalog.problem import Problem
from glasscase.catalog.saved_dataset import SavedDataset, is_saved_dataset
from glasscase.catalog.text_lines import text_lines
from glasscase.errors import BadCatalog, BadSetting, TooLarge

Row = tuple[int, dict[str, Any]]
_DELIMITED = (".csv", ".tsv", ".tab", ".txt")
_JSON_LINES = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")
MOST_COLUMNS = 20_000
MOST_ROW_CHARACTERS = 200_000
"""Of a row that somebody sends; what lies on one's own disk may be longer."""
READABLE_TABLES = "CSV, TSV, Parquet or JSON Lines (.csv .tsv .txt .parquet .jsonl)"


@dataclass
class Table:
    """A table that is read as it is walked through, once.

    `problems` grows while `rows` are read: broken rows are left out and listed there.
    Row numbers are those of a spreadsheet: the header is row 1, a blank line counts, a cell of
    several lines does not add to them. For files without a header line (Parquet, JSON Lines, data
    frames) the first record is row 2 all the same.
    """

    name: str
    names: tuple[str, ...]
    rows: Iterator[Row]
    problems: list[Problem] = field(default_factory=list)

    def peek(self, count: int) -> list[Row]:
        """The first `count` rows, which stay to be read."""
        first = list(islice(self.rows, count))
        self.rows = chain(first, self.rows)
        return first


def open_table(source: str | Path | Any, *, delimiter: str | None = None) -> Table:
    r"""Open a CSV, TSV, Parquet or JSON Lines file, a folder that Hugging Face `datasets` saved,
    or a pandas data frame.

    Args:
        source: a path, or a data frame.
        delimiter: of delimited text, one character or its name `\t`; None guesses among `,` `;`
            tab and `|`.

    Raises:
        BadCatalog: no such file, empty, a header without rows, a folder, or an unknown kind; a
            header that another delimiter divides and the given one does not.
        BadSetting: a delimiter of several characters.

    Not covered: Excel workbooks, JSON that is one big document, compressed text.
    """
    if isinstance(source, Table):
        return source
    if not isinstance(source, str | Path):
        return _not_empty(_open_frame(source))
    path = Path(source)
    if is_saved_dataset(path):
        saved = SavedDataset(path)
        return _not_empty(Table(str(path), saved.names, saved.rows(), saved.problems))
    _check_file(path)
    ending = path.suffix.lower()
    if ending in _DELIMITED:
        return _not_empty(_open_delimited(path, delimiter))
    if ending in _PARQUET:
        return _not_empty(_open_parquet(path))
    return _not_empty(_open_json_lines(path))


def _check_file(path: Path) -> None:
    shown = repr(str(path))
    if path.is_dir():
        raise BadCatalog(f"{shown} is a folder, not a table", f"Name a {READABLE_TABLES} file.")
    if not path.exists():
        raise BadCatalog(f"catalogue {shown} does not exist", "Check the path.")
    if path.suffix.lower() not in _DELIMITED + _JSON_LINES + _PARQUET:
        raise BadCatalog(
            f"catalogue {shown} has the unknown ending {path.suffix!r}",
            f"Save it as {READABLE_TABLES}.",
        )
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadCatalog(f"catalogue {shown} cannot be read: {reason}", "Check it.") from None
    if not head.strip():
        raise BadCatalog(f"catalogue {shown} is empty", "It needs a header and rows.")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadCatalog(f"catalogue {shown} is an Excel workbook or archive", "Export it as CSV.")
    if head.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise BadCatalog(f"catalogue {shown} is an HTML page", "Download the table again.")


def _not_empty(table: Table) -> Table:
    if not table.peek(1) and not any(problem.dropped for problem in table.problems):
        raise BadCatalog(f"catalogue {table.name!r} has a header but no rows", "Add products.")
    return table


def _open_delimited(path: Path, delimiter: str | None) -> Table:
    problems: list[Problem] = []
    delimiter = checked_delimiter(delimiter) if delimiter else None
    records, guessed = _records(path, delimiter, problems)
    header = next(records)
    if delimiter and len(header.cells) == 1 and guessed != delimiter and guessed in header.cells[0]:
        raise BadCatalog(
            f"catalogue {str(path)!r}: its header has no {delimiter!r} but {guessed!r}",
            "Leave --delimiter out or give the right one.",
        )
    if header.broken:
        raise BadCatalog(
            f"catalogue {str(path)!r}: the header {header.broken}", "Save it again as CSV in UTF-8."
        )
    names = _unique_names(header.cells, problems)

    def rows() -> Iterator[Row]:
        for record in records:
            if record.broken:
                problems.append(_broken(record.row, record.broken, "Mend it or quote its cells"))
            else:
                yield record.row, dict(zip(names, record.cells, strict=True))

    return Table(str(path), names, rows(), problems)


def _records(
    path: Path, delimiter: str | None, problems: list[Problem]
) -> tuple[Iterator[Record], str]:
    """The records of delimited text, the header first, and the delimiter that was guessed."""
    lines = text_lines(path, problems)
    head = list(islice(lines, 200))
    if not "".join(head).strip("\r\n\ufeff \0"):
        raise BadCatalog(f"catalogue {str(path)!r} is empty", "It needs a header and rows.")
    guessed = guess_delimiter("".join(head))
    return read_records(chain(head, lines), delimiter or guessed), guessed


def count_rows(path: Path, *, most: int) -> int:
    """How many rows a file has, broken ones too; counting stops just beyond `most`. Nothing of it
    is kept in memory, whatever it holds.

    Raises:
        BadCatalog: as `open_table`.
        TooLarge: a row of text is longer than any product's (`MOST_ROW_CHARACTERS`).
    """
    _check_file(path)
    ending = path.suffix.lower()
    if ending in _PARQUET:
        return min(int(_parquet_file(path).metadata.num_rows), most + 1)
    if ending in _DELIMITED:
        records, _ = _records(path, None, [])
        next(records)
        lengths = (sum(map(len, record.cells)) for record in records)
    else:
        lengths = (len(line) for line in text_lines(path, []) if line.strip())
    count = 0
    for count, length in enumerate(islice(lengths, most + 1), start=1):
        if length > MOST_ROW_CHARACTERS:
            raise TooLarge(
                f"product {count} of {str(path)!r} has {length:,} characters, "
                f"the most is {MOST_ROW_CHARACTERS:,}",
                "Look whether a quote is missing, or leave that column out.",
            )
    return count


def checked_delimiter(told: str) -> str:
    """The character meant by `told`, which may be a name of the tab. Raises `BadSetting`."""
    delimiter = "\t" if told in ("\\t", "tab") else told
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise BadSetting(
            f"delimiter {told!r} is not a character that can divide cells",
            "Give one character, such as ; or \\t for a tab, or leave it to the guess.",
        )
    return delimiter


def _broken(row: int, reason: str, remedy: str = "Mend it") -> Problem:
    return Problem(row, "row", reason, f"{remedy}; it is left out.", dropped=True)


def _unique_names(cells: Iterable[Any], problems: list[Problem]) -> tuple[str, ...]:
    names: dict[str, int] = {}
    """The names, and the number that a further copy of each gets."""
    for number, cell in enumerate(cells, start=1):
        if number > MOST_COLUMNS:
            raise BadCatalog(
                f"a table has more than {MOST_COLUMNS:,} columns", "Leave out what is not needed."
            )
        name = " ".join(str(cell).split()).strip("\ufeff") or f"column {number}"
        fresh = name
        while fresh in names:
            names[name] += 1
            fresh = f"{name}.{names[name]}"
        if fresh != name:
            reason = f"{name!r} is there twice; the later one is called {fresh!r}"
            problems.append(Problem(1, "column", reason, "Rename one."))
        names[fresh] = 1
    return tuple(names)


def _open_json_lines(path: Path) -> Table:
    problems: list[Problem] = []
    objects = _json_objects(text_lines(path, problems), problems)
    head = list(islice(objects, 200))
    names = _unique_names(dict.fromkeys(key for _, row in head for key in row), problems)
    return Table(str(path), names, chain(head, objects), problems)


def _json_objects(lines: Iterator[str], problems: list[Problem]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            problems.append(_broken(number, "is not valid JSON"))
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            problems.append(_broken(number, "is not a JSON object"))


def _open_parquet(path: Path) -> Table:
    from pyarrow import ArrowException

    file = _parquet_file(path)
    names = tuple(str(name) for name in file.schema_arrow.names)

    def rows() -> Iterator[Row]:
        number = 2
        try:
            for batch in file.iter_batches(batch_size=1000):
                for row in batch.to_pylist():
                    yield number, row
                    number += 1
        except (ArrowException, OSError) as error:
            reason = str(error).splitlines()[0][:200]
            message = f"catalogue {str(path)!r} is damaged after row {number - 1} ({reason})"
            raise BadCatalog(message, "Save it again.") from None

    return Table(str(path), names, rows())


def _parquet_file(path: Path) -> Any:
    from pyarrow import ArrowException, parquet

    try:
        return parquet.ParquetFile(path)
    except (ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:200]
        message = f"catalogue {str(path)!r} is not a Parquet file ({reason})"
        raise BadCatalog(message, "Save it again.") from None


def _open_frame(frame: Any) -> Table:
    walk: Callable[..., Iterable[tuple[Any, ...]]] | None = getattr(frame, "itertuples", None)
    if walk is None or not hasattr(frame, "columns"):
        kind = type(frame).__name__
        raise BadCatalog(f"a {kind} is not a catalogue", "Give a path or a pandas data frame.")
    problems: list[Problem] = []
    names = _unique_names(frame.columns, problems)
    cells = walk(index=False, name=None)
    rows = ((row, dict(zip(names, values, strict=True))) for row, values in enumerate(cells, 2))
    return Table("data frame", names, rows, problems)
