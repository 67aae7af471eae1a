"""Labels of a stored table changed in place: every other byte stays as it is."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from glasscase.catalog.category_paths import CategoryPaths, written
from glasscase.catalog.cells import as_text, parsed_list
from glasscase.catalog.csv_records import cell_spans, guess_delimiter, read_records
from glasscase.catalog.problem import Problem
from glasscase.catalog.text_lines import decoded, text_lines, wide_encoding
from glasscase.errors import BadCatalog

_HEAD_LINES = 200
_JSON_LINES = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_REMEDY = "Change it by hand; it is left as it was."


def label_cell(path: tuple[str, ...], before: Any, paths: CategoryPaths) -> str:
    """A category `path` written the way the cell `before` of the same column is written.

    >>> paths = CategoryPaths(">>")
    >>> label_cell(("Home", "Mugs"), '["Toys >> Balls >> Small Ball"]', paths)
    '["Home >> Mugs"]'
    """
    text = as_text(before) or ""
    divider = (paths.separator or ">").strip()
    tight = divider in text and f" {divider}" not in text and f"{divider} " not in text
    joined = divider.join(path) if tight else written(path, divider)
    items = parsed_list(text)
    if items is None:
        return joined
    levels = len(items) > 1 and all(divider not in item for item in items)
    return json.dumps(list(path) if levels else [joined], ensure_ascii=False)


def relabelled(
    path: Path, columns: Sequence[str], column: str, labels: Mapping[int, str], *,
    delimiter: str | None = None,
) -> tuple[bytes, list[Problem]]:  # fmt: skip
    """The content of a table with other cells in one column, by the ending of its name.

    Args:
        path: CSV, TSV, JSON Lines or Parquet.
        columns: all columns of the table, in order.
        column: the label's.
        labels: row number, as `Table` counts -> new cell.
        delimiter: of delimited text.

    Returns:
        The new content, and a problem for each row that could not be changed.
    """
    ending = path.suffix.lower()
    if ending in _JSON_LINES:
        return relabelled_json_lines(path, column, labels)
    if ending in _PARQUET:
        return relabelled_parquet(path, column, labels)
    return relabelled_delimited(path, columns.index(column), labels, delimiter=delimiter)


def relabelled_delimited(
    path: Path, column: int, labels: Mapping[int, str], *, delimiter: str | None = None
) -> tuple[bytes, list[Problem]]:
    """The bytes of a delimited file with other cells in one column.

    Args:
        path: CSV, TSV or the like, in any encoding `text_lines` reads.
        column: index of the label's column.
        labels: row number, as `Table` counts -> new cell.
        delimiter: one character; None guesses, as `open_table` does.

    Returns:
        The new content, and a problem for each row that could not be changed.
    """
    data = path.read_bytes()
    mark, wide = _wide(data)
    narrow = _narrow(path, data[len(mark) :], wide) if wide else data
    start = codecs.BOM_UTF8 if narrow.startswith(codecs.BOM_UTF8) else b""
    lines = narrow[len(start) :].splitlines(keepends=True)
    divider = delimiter or guess_delimiter("".join(islice(text_lines(path, []), _HEAD_LINES)))
    left = dict(labels)
    read = [decoded(line) for line in lines]
    usual = next((encoding for _, encoding in read if encoding != "utf-8"), "utf-8")
    changed: dict[int, bytes] = {}
    for record in read_records((text for text, _ in read), divider):
        if record.row not in left or record.broken:
            continue
        first, stop = record.first_line, record.first_line + record.lines
        spans = cell_spans("".join(text for text, _ in read[first:stop]), divider, record.cells)
        new = _changed(
            read[first:stop], usual, spans[column] if spans else None, divider, left[record.row]
        )
        if new is not None:
            del left[record.row]
            changed |= dict.fromkeys(range(first, stop), b"") | {first: new}
    problems = [_left(row) for row in left]
    out = start + b"".join(changed.get(at, line) for at, line in enumerate(lines))
    return (mark + out.decode().encode(wide) if wide else out), problems


def relabelled_json_lines(
    path: Path, column: str, labels: Mapping[int, str]
) -> tuple[bytes, list[Problem]]:
    """The same of a JSON Lines file: lines of other products stay byte for byte.

    A label that was stored as a list stays one.
    """
    lines = path.read_bytes().splitlines(keepends=True)
    if wide_encoding(b"".join(lines[:1])):
        raise BadCatalog(f"{str(path)!r} is UTF-16", "Save it as UTF-8 before correcting it.")
    problems = []
    for row, label in labels.items():
        line = lines[row - 2]
        value = json.loads(line.decode("utf-8-sig", "replace"))
        if column not in value:
            problems.append(_left(row))
            continue
        value[column] = json.loads(label) if isinstance(value[column], list) else label
        end = line[len(line.rstrip(b"\r\n")) :]
        start = codecs.BOM_UTF8 if line.startswith(codecs.BOM_UTF8) else b""
        lines[row - 2] = start + json.dumps(value, ensure_ascii=line.isascii()).encode() + end
    return b"".join(lines), problems


def relabelled_parquet(
    path: Path, column: str, labels: Mapping[int, str]
) -> tuple[bytes, list[Problem]]:
    """The same of a Parquet file: schema, metadata and the other columns stay; it is stored anew.

    Labels that are kept in a dictionary or as bytes are left as they are, and told.
    """
    from pyarrow import ArrowException, array, parquet

    table = parquet.read_table(path)
    at = table.schema.get_field_index(column)
    cells = table.column(at).to_pylist() if at >= 0 else []
    for row, label in labels.items():
        if cells:
            kept = cells[row - 2]
            cells[row - 2] = json.loads(label) if isinstance(kept, list) else label
    try:
        changed = array(cells, type=table.schema.field(at).type)
        table = table.set_column(at, table.schema.field(at), changed)
    except (ArrowException, NotImplementedError):
        return path.read_bytes(), [_left(row) for row in labels]
    stream = io.BytesIO()
    parquet.write_table(table, stream)
    return stream.getvalue(), []


def _left(row: int) -> Problem:
    return Problem(row, "label", "cannot be changed in the file", _REMEDY)


def _wide(data: bytes) -> tuple[bytes, str]:
    """The byte order mark and the encoding of a UTF-16 file; both empty for any other."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return mark, encoding
    return b"", wide_encoding(data[:4096])


def _narrow(path: Path, data: bytes, wide: str) -> bytes:
    try:
        return data.decode(wide).encode()
    except UnicodeError:
        message = f"{str(path)!r} is damaged UTF-16, so it cannot be changed safely"
        raise BadCatalog(message, "Save it as UTF-8.") from None


def _changed(
    read: Sequence[tuple[str, str]],
    usual: str,
    span: tuple[int, int] | None,
    delimiter: str,
    label: str,
) -> bytes | None:
    """The bytes of one record with another cell; None where that cannot be done safely.

    `read` are its lines with their encodings; `usual` is that of the file, for plain ASCII lines.
    """
    encodings = {encoding for text, encoding in read if not text.isascii()} or {usual}
    if span is None or len(encodings) != 1:
        return None
    text = "".join(line for line, _ in read)
    begin, end = span
    quoted = text[begin : begin + 1] == '"' or any(c in label for c in (delimiter, '"', "\n", "\r"))
    cell = '"' + label.replace('"', '""') + '"' if quoted else label
    try:
        return (text[:begin] + cell + text[end:]).encode(encodings.pop())
    except UnicodeEncodeError:
        return None
