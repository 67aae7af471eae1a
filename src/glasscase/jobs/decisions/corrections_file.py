"""The worklist as a table that a person fills in, and what they decided."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from glasscase.catalog.cells import as_text, safe_cell
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.tables import Row, open_table
from glasscase.errors import BadCatalog, BadSetting, GlasscaseError
from glasscase.files import new_file
from glasscase.review.worklist import Case

FIELDS = ("score", "row", "id", "label", "suggested", "probability", "reasons", "words", "decision")
READ = ("id", "label", "suggested", "words", "decision")
DECISIONS = ("accept", "keep")
_WORDS = 120


@dataclass(frozen=True)
class Decision:
    """One row of a filled-in worklist."""

    row: int
    """Of the worklist, as a spreadsheet counts."""
    id: str
    label: str
    suggested: str
    words: str
    decision: str
    """`accept`, `keep`, or empty: not decided."""


def write_corrections(path: Path, suspects: Sequence[Case]) -> None:
    """Write a worklist for a person to decide on, in its order, as CSV.

    Cells that a spreadsheet would run as a formula begin with an apostrophe.

    Raises:
        BadSetting: the name does not end in .csv, or a worklist stands there that holds decisions.
        CannotWrite: the disk is full; an old file stays.
    """
    if path.suffix.lower() != ".csv":
        raise BadSetting(f"a worklist cannot be {path.name!r}", "End its name in .csv.")
    if _holds_decisions(path):
        raise BadSetting(
            f"worklist {str(path)!r} holds decisions, which would be lost",
            "Apply them first, or choose another name.",
        )
    with new_file(path) as fresh, fresh.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        for case in suspects:
            writer.writerow([safe_cell(cell) for cell in _cells(case)])


def read_decisions(path: Path) -> tuple[list[Decision], list[Problem]]:
    """The rows of a worklist a person has filled in, and those that could not be read.

    Any delimiter is read, for spreadsheets change it.

    Raises:
        BadCatalog: it cannot be read at all, or is no worklist.
    """
    table = open_table(path)
    missing = [name for name in READ if name not in table.names]
    if missing:
        raise BadCatalog(
            f"{str(path)!r} is no worklist: it has no column {missing[0]!r}",
            "Give the file that `glasscase audit --worklist` wrote, filled in.",
        )
    return list(_decisions(table.rows, table.problems)), table.problems


def first_words(product: Product) -> str:
    """The beginning of a product's words, as the worklist shows them."""
    return " ".join(product.text.split())[:_WORDS].strip()


def _decisions(rows: Iterator[Row], problems: list[Problem]) -> Iterator[Decision]:
    for row, cells in rows:
        values = {name: str(cells.get(name) or "").strip() for name in READ}
        decision = (as_text(values.pop("decision")) or "").casefold()
        if decision in ("", *DECISIONS):
            yield Decision(row, **values, decision=decision)
            continue
        reason = f"{decision!r} is neither accept nor keep"
        problems.append(Problem(row, "decision", reason, "Write one of them, or leave it blank."))


def _cells(case: Case) -> list[str]:
    product, probability = case.product, case.probability
    return [
        f"{case.score:.4f}",
        "" if product.row is None else str(product.row),
        product.id,
        case.label,
        case.suggested or "",
        "" if probability is None else f"{probability:.4f}",
        " ".join(reason.text for reason in case.reasons),
        first_words(product),
        "",
    ]


def _holds_decisions(path: Path) -> bool:
    try:
        return any(one.decision for one in read_decisions(path)[0])
    except (GlasscaseError, OSError):
        return False
