"""Workbooks read back without a package: what stands in their cells, and that nothing runs."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def workbook_rows(file: Path | IO[bytes]) -> list[dict[str, str | float]]:
    """Rows of the first sheet by the names in its first row; an empty cell has no entry."""
    with zipfile.ZipFile(file) as packed:
        assert not [name for name in packed.namelist() if "_rels/sheet" in name]  # no links
        sheet = ElementTree.fromstring(packed.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{_NS}f"))  # no formulas
    rows = [{_column(cell): _value(cell) for cell in row} for row in sheet.iter(f"{_NS}row")]
    names = rows[0]
    return [{str(names[at]): value for at, value in row.items()} for row in rows[1:]]


def _column(cell: ElementTree.Element) -> str:
    return re.sub(r"\d", "", cell.attrib["r"])


def _value(cell: ElementTree.Element) -> str | float:
    if cell.attrib.get("t") == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_NS}t"))
    (value,) = cell.iter(f"{_NS}v")
    return float(value.text or "nan")
