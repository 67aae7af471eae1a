"""Correct: a person's decisions on an audit's worklist, written into a copy of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.catalog.category_paths import CategoryPaths
from glasscase.catalog.cells import safe_cell
from glasscase.catalog.columns import Columns, guess_columns
from glasscase.catalog.label_cells import label_cell, relabelled
from glasscase.catalog.photo_sets import is_photo_set
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.row_reading import RowReader
from glasscase.catalog.tables import Table, checked_delimiter, open_table
from glasscase.errors import BadCatalog, BadSetting
from glasscase.files import write_bytes
from glasscase.jobs.decisions.corrections_file import Decision, first_words, read_decisions
from glasscase.nearest_names import nearest_names
from glasscase.settings import Settings

_SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Correction:
    """A label that was changed."""

    row: int
    """Of the catalogue."""
    product_id: str
    before: str
    after: str

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return vars(self).copy()


@dataclass(frozen=True)
class Corrected:
    """A corrected copy of a catalogue."""

    path: Path
    changed: tuple[Correction, ...]
    already: int
    """Accepted, and filed there already."""
    kept: int
    undecided: int
    problems: tuple[Problem, ...]
    """Rows of the worklist that were not applied."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "path": str(self.path),
            "changed": [one.to_dict() for one in self.changed],
            "already": self.already,
            "kept": self.kept,
            "undecided": self.undecided,
            "problems": [str(problem) for problem in self.problems],
        }


@dataclass(frozen=True)
class _Shelf:
    """The catalogue as corrections meet it."""

    table: Table
    columns: Columns
    label: str
    paths: CategoryPaths
    products: Mapping[str, Product]
    """By id, and by the id as a worklist writes it."""
    cells: Mapping[int, Any]
    """The label's cell, by row."""
    known: Mapping[str, tuple[str, ...]]
    """Every category and all above it, by name and by the name as a worklist writes it."""


def correct(
    table: Path,
    corrections: Path,
    out: Path,
    *,
    columns: Columns | None = None,
    delimiter: str | None = None,
    settings: Settings | None = None,
) -> Corrected:
    """Write `table` to `out` with the accepted labels of a worklist.

    Only the label's cell of accepted rows is written anew, in the form it had (lists, separators,
    quotes); every other byte stays, line ends and encoding included (a Parquet file is stored anew
    with the same columns). A row is applied where the
    product is there and still has the label the worklist was made on; without an id column its
    words must be the same too. Others are listed as problems.

    Args:
        table: CSV, TSV, JSON Lines or Parquet file.
        corrections: what `glasscase audit --worklist` wrote, with `accept` or `keep` in its column
            `decision`; `suggested` may have been changed to any category of the catalogue.
        out: the corrected copy; another file than the two.
        columns: as they were given to the audit.
        delimiter: of `table`, as for `open_table`.
        settings: how texts are cleaned, as for the audit.

    Raises:
        BadCatalog: one of the two cannot be read, or the corrections are of another catalogue.
        BadSetting: `out` is one of the two files.
        CannotWrite: the disk is full; what stood at `out` stays.

    Not covered: folders of photos. What stood below the level of the audit is
    not kept in a changed label, for it belonged to the wrong branch.
    """
    if out.resolve() in (table.resolve(), corrections.resolve()):
        raise BadSetting(f"{str(out)!r} would be overwritten", "Choose another name for --out.")
    delimiter = checked_delimiter(delimiter) if delimiter else None
    shelf = _shelf(table, columns, delimiter, settings or Settings())
    decisions, problems = read_decisions(corrections)
    decided = [one for one in decisions if one.decision]
    wanted: dict[int, Correction] = {}
    already = 0
    strangers = 0
    for one in decided:
        found = _correction(one, shelf, wanted)
        if isinstance(found, Correction):
            if found.before == found.after:
                already += one.decision == "accept"
            else:
                wanted[found.row] = found
            continue
        problems.append(found)
        strangers += found.field in ("id", "label", "words")
    if strangers and strangers * 2 > len(decided):
        raise BadCatalog(
            f"{str(corrections)!r} is not of catalogue {str(table)!r}: {strangers} of its "
            f"{len(decided)} decisions name other products or labels",
            "Give the catalogue that was audited, and the same columns.",
        )
    data, unchanged = _rewritten(table, shelf, wanted, delimiter)
    failed = {problem.row for problem in unchanged}
    write_bytes(out, data)
    return Corrected(
        out,
        tuple(one for row, one in wanted.items() if row not in failed),
        already,
        sum(one.decision == "keep" for one in decided),
        len(decisions) - len(decided),
        (*problems, *unchanged),
    )


def _shelf(path: Path, given: Columns | None, delimiter: str | None, settings: Settings) -> _Shelf:
    if is_photo_set(path) or path.is_dir():
        raise BadCatalog(
            f"{str(path)!r} is a folder, so no label can be written into it",
            "Move photos into other folders, or save a dataset as CSV.",
        )
    table = open_table(path, delimiter=delimiter)
    rows = list(table.rows)
    columns = guess_columns(table.names, [cells for _, cells in rows[:_SAMPLE_ROWS]], given)
    if columns.label is None:
        raise BadCatalog(
            f"no column of {str(path)!r} looks like a category", "Name it with --label."
        )
    paths = CategoryPaths.learn(cells.get(columns.label) for _, cells in rows)
    reader = RowReader(columns, paths, None, settings)
    products = [reader.product(row, cells)[0] for row, cells in rows]
    nodes = {one.category[:depth] for one in products if one.category
             for depth in range(1, len(one.category) + 1)}  # fmt: skip
    return _Shelf(
        table,
        columns,
        columns.label,
        paths,
        _by_name((one.id, one) for one in products),
        {row: cells.get(columns.label) for row, cells in rows},
        _by_name((" > ".join(node), node) for node in sorted(nodes)),
    )


def _by_name(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """By name and by the name as a worklist writes it; the plain name goes before."""
    plain = dict(pairs)
    return {safe_cell(name): value for name, value in plain.items()} | plain


def _correction(
    one: Decision, shelf: _Shelf, wanted: Mapping[int, Correction]
) -> Correction | Problem:
    """What a decision changes (nothing where before and after are equal), or why it cannot."""
    product = shelf.products.get(one.id)
    if product is None or product.row is None:
        return Problem(one.row, "id", f"{one.id!r} is not in the catalogue", "Check the id; a "
                       "spreadsheet may have changed it.")  # fmt: skip
    old, new = shelf.known.get(one.label), shelf.known.get(one.suggested)
    path = product.category or ()
    if shelf.columns.id is None and one.words not in _words(product):
        return Problem(one.row, "words", f"are not those of row {product.row}", "Apply it to the "
                       "table that was audited, with the same --text.")  # fmt: skip
    if one.decision == "accept" and new is not None and path[: len(new)] == new:
        return Correction(product.row, product.id, one.suggested, one.suggested)
    if old is None or path[: len(old)] != old:
        filed = " > ".join(path) or "nothing"
        return Problem(one.row, "label", f"{one.label!r} is not that of product {product.id!r}, "
                       f"which is filed under {filed!r}", "Audit the catalogue again.")  # fmt: skip
    if one.decision == "keep":
        return Correction(product.row, product.id, one.label, one.label)
    if new is None:
        return _no_category(one, shelf)
    if product.row in wanted and wanted[product.row].after != " > ".join(new):
        reason = f"{one.id!r} is there twice, with different labels"
        return Problem(one.row, "suggested", reason, "Keep one of the rows.")
    return Correction(product.row, product.id, " > ".join(old), " > ".join(new))


def _no_category(one: Decision, shelf: _Shelf) -> Problem:
    if not one.suggested:
        return Problem(one.row, "suggested", "is blank, so there is nothing to accept",
                       "Write the right category.")  # fmt: skip
    near = nearest_names(one.suggested, list(shelf.known))
    hint = f"Did you mean {near[0]!r}?" if near else "Use one of its categories."
    return Problem(one.row, "suggested", f"{one.suggested!r} is no category of the catalogue", hint)


def _words(product: Product) -> tuple[str, str]:
    words = first_words(product)
    return words, safe_cell(words).strip()


def _rewritten(
    path: Path, shelf: _Shelf, wanted: Mapping[int, Correction], delimiter: str | None
) -> tuple[bytes, list[Problem]]:
    labels = {
        row: label_cell(shelf.known[one.after], shelf.cells[row], shelf.paths)
        for row, one in wanted.items()
    }
    return relabelled(path, shelf.table.names, shelf.label, labels, delimiter=delimiter)
