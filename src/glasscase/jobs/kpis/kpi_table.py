"""A table with a KPI: its rows as they stand, and its products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.cells import as_text
from glasscase.catalog.columns import Columns, guess_columns, id_column, no_such_column
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.stored_photo import holds_photo
from glasscase.catalog.tables import Row, Table, open_table
from glasscase.catalog.vector_names import vector_columns
from glasscase.errors import BadCatalog, BadSetting
from glasscase.jobs.kpis.kpi_options import KpiOptions
from glasscase.kpi.amount_cells import amount_in
from glasscase.kpi.scale import Floats
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

MOST_ROWS, MOST_FEATURES = 50_000, 100
_SAMPLE = 200
_TOLD = 20


@dataclass(frozen=True)
class KpiTable:
    """Rows and products in one order."""

    name: str
    names: tuple[str, ...]
    rows: Sequence[Row]
    products: Sequence[Product]
    columns: Columns
    problems: tuple[Problem, ...]

    def cells(self, column: str) -> list[Any]:
        """[n]."""
        return [cells.get(column) for _, cells in self.rows]

    def take(self, kept: Sequence[int]) -> KpiTable:
        """Some of the rows."""
        return KpiTable(
            self.name,
            self.names,
            [self.rows[i] for i in kept],
            [self.products[i] for i in kept],
            self.columns,
            self.problems,
        )


def read_kpi_table(
    source: str | Path | Table | Any,
    photos: str | Path | None,
    columns: Columns,
    settings: Settings,
    progress: Progress = silent,
) -> KpiTable:
    """Read all rows once, and the products they are.

    A table without texts and photos is fine here: its products are rows with names.

    Raises:
        BadCatalog: nothing can be read, or it has more than 50,000 rows.
    """
    table = open_table(source)
    rows: list[Row] = []
    for row in table.rows:
        if len(rows) >= MOST_ROWS:
            raise BadCatalog(
                f"{table.name!r} has more than {MOST_ROWS:,} rows", "Sum it up, or draw some."
            )
        rows.append(row)
    sample = [cells for _, cells in rows[:_SAMPLE]]
    found = guess_columns(table.names, sample, columns)
    stored = any(holds_photo(cells.get(name)) for cells in sample for name in found.photo)
    by_photo = photos is not None and bool(found.photo or found.id)
    vectors = found.image_vectors or found.text_vectors
    if not (found.text or stored or by_photo or vectors):
        products = [_plain(number, cells, found) for number, cells in rows]
        return KpiTable(table.name, table.names, rows, products, found, tuple(table.problems))
    again = Table(table.name, table.names, iter(rows), table.problems)
    catalog = Catalog.read(
        again, photos=photos, columns=columns, settings=settings, progress=progress
    )
    problems = tuple(_said_of_figures(one) for one in catalog.problems)
    return KpiTable(table.name, table.names, rows, catalog.products, catalog.columns, problems)


def _said_of_figures(problem: Problem) -> Problem:
    """`problem` with what becomes of a product nobody can see: here its named columns are read."""
    if problem.field != "product":
        return problem
    return replace(problem, remedy="Its named columns are read; add one of them for more.")


def _plain(number: int, cells: Mapping[str, Any], columns: Columns) -> Product:
    identity = as_text(cells.get(columns.id)) if columns.id else None
    return Product(id=identity or str(number), row=number)


def check_columns(table: KpiTable, target: str, options: KpiOptions) -> None:
    """Whether all columns that were named are there, and none is two things at once.

    Raises:
        BadCatalog: there is no such column.
        BadSetting: the target, or another column, has two meanings that exclude one another.
    """
    for name in (target, *options.named.values(), *options.features, *options.leave_out):
        if name not in table.names:
            raise no_such_column(name, table.names)
    if target in options.features:
        raise BadSetting(
            f"the target {target!r} is also named as a feature", "A KPI cannot predict itself."
        )
    told = options.columns
    spread = [vector_columns(one or "", table.names) for one in (told.image_vectors,
                                                                 told.text_vectors)]  # fmt: skip
    if target in (*told.names(), *spread[0], *spread[1]):
        raise BadSetting(
            f"the target {target!r} is also named as what products are told by",
            "A KPI cannot predict itself: leave it out of text, id, photos and vectors.",
        )
    for meaning, name in options.named.items():
        if name == target:
            raise BadSetting(
                f"the target {target!r} is also the column of {meaning}", "Name another one."
            )
    if options.experiment and options.experiment in options.features:
        raise BadSetting(
            f"{options.experiment!r} is the treatment and a feature", "Leave it out of --features."
        )


def feature_names(table: KpiTable, target: str, options: KpiOptions) -> list[str]:
    """Columns to read as named features: what was told, or all that mean nothing else.

    Raises:
        BadCatalog: more than 100; figures of so many on so few products say nothing.
    """
    if options.features:
        return _not_too_many(list(dict.fromkeys(options.features)))
    columns = table.columns
    vectors = [
        name for name in table.names
        for told in (columns.image_vectors, columns.text_vectors)
        if told and (name == told or (told.endswith("*") and name.startswith(told[:-1])))
    ]  # fmt: skip
    taken = {
        target, *vectors, *columns.text, *columns.photo, columns.id,
        *options.named.values(),
        *options.leave_out,
    }  # fmt: skip
    return _not_too_many([name for name in table.names if name not in taken])


def _not_too_many(names: list[str]) -> list[str]:
    if len(names) > MOST_FEATURES:
        raise BadCatalog(
            f"{len(names):,} columns could be features, the most is {MOST_FEATURES}",
            "Name those to read with --features.",
        )
    return names


def copies(table: KpiTable) -> list[int] | None:
    """[n]: number of the first row that is equal in all cells but those of ids; None where there
    are no copies, or where most rows are copies: then cells are too coarse to tell rows apart."""
    names = [name for name in table.names if name not in id_names(table)]
    first: dict[tuple[str | None, ...], int] = {}
    found = []
    for at, (_, cells) in enumerate(table.rows):
        found.append(first.setdefault(tuple(as_text(cells.get(name)) for name in names), at))
    return found if len(table.rows) / 2 <= len(first) < len(table.rows) else None


def id_names(table: KpiTable) -> list[str]:
    """Columns that name products, which may order the KPI."""
    guessed = id_column(table.names, [cells for _, cells in table.rows[:_SAMPLE]])
    return [name for name in dict.fromkeys([table.columns.id, guessed]) if name]


def positive(table: KpiTable, column: str, what: str) -> tuple[Floats, list[Problem]]:
    """[n] numbers above 0 of an exposure or weight; NaN where there is none, each row told.

    Raises:
        BadCatalog: there is no usable number at all.
    """
    numbers = [amount_in(cell) for cell in table.cells(column)]
    values = np.array([np.nan if one is None else one for one in numbers], np.float64)
    usable = np.isfinite(values) & (values > 0)
    if not usable.any():
        raise BadCatalog(f"column {column!r} has no number above 0", f"Name another {what}.")
    wrong = np.flatnonzero(~usable).tolist()
    problems = [
        Problem(table.rows[i][0], column, f"{str(table.cells(column)[i])[:40]!r} is no {what}",
                "Write a number above 0. The row is left out.", dropped=True)
        for i in wrong[:_TOLD]
    ]  # fmt: skip
    if len(wrong) > _TOLD:
        more = f"has the same trouble in {len(wrong) - _TOLD} further rows"
        problems.append(Problem(None, column, more, "They are left out."))
    return np.where(usable, values, np.nan), problems
