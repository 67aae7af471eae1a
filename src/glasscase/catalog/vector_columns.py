"""Reads the vectors of products that were computed elsewhere, from columns or from a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.cells import as_text
from glasscase.catalog.columns import id_column, no_such_column
from glasscase.catalog.problem import Problem
from glasscase.catalog.product_vector import ProductVector
from glasscase.catalog.tables import Row, open_table
from glasscase.catalog.vector_cells import BadVector, listed_vector, spread_vector
from glasscase.catalog.vector_names import is_vector_file, vector_columns
from glasscase.errors import BadCatalog

Found = NDArray[np.float32] | BadVector | None
_AHEAD = 1000
_REMEDY = "Mend it or leave it empty; the product goes on without it."


@dataclass
class VectorReader:
    """Reads the vectors of one modality, row after row."""

    modality: str
    told: str
    source: str
    dim: int
    """What most vectors have; another length is a problem."""
    names: tuple[str, ...] = ()
    """Columns of the product table; none where a file holds the vectors."""
    by_id: Mapping[str, Found] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    """What is wrong with the file as a whole."""
    found: int = 0
    """How many products had one."""
    _met: set[str] = field(default_factory=set)

    @classmethod
    def open(
        cls,
        modality: str,
        told: str,
        names: Sequence[str],
        rows: Sequence[Row],
        *,
        id: str | None = None,
    ) -> VectorReader:
        """The reader of the vectors `told` stands for.

        Args:
            modality: `image` or `text`.
            told: a column, `PREFIX*` or a file.
            names: the columns of the product table.
            rows: the first rows of it, to see how many numbers most vectors have.
            id: the column of product ids, which a file is merged by.

        Raises:
            BadCatalog: no such column or file, or no vector in it at all.
        """
        columns = vector_columns(told, names)
        if columns:
            read = _cell_reader(columns)
            dim = _usual(_attempt(read, cells) for _, cells in rows[:_AHEAD])
            if dim == 0:
                remedy = "Write lists such as [0.1, 0.2], or one number per column."
                raise BadCatalog(f"{modality} vectors: {told!r} holds none", remedy)
            kind = "columns" if len(columns) > 1 else "column"
            return cls(modality, told, f"{kind} {told}", dim, columns)
        if is_vector_file(told):
            return cls._of_file(modality, told, id)
        raise no_such_column(told, names)

    @classmethod
    def _of_file(cls, modality: str, told: str, id: str | None) -> VectorReader:
        if id is None:
            message = f"{told!r} is merged by product id, and the table has no column of ids"
            raise BadCatalog(message, "Name it with --id.")
        table = open_table(told)
        guessed = id_column(table.names, [cells for _, cells in table.peek(200)])
        identity = id if id in table.names else guessed
        columns = tuple(name for name in table.names if name != identity)
        if identity is None or not columns:
            raise BadCatalog(
                f"{told!r} has no column of product ids beside its vectors",
                f"Call one {id!r}. Columns are: {', '.join(table.names)}.",
            )
        read = _cell_reader(columns)
        by_id: dict[str, Found] = {}
        twice: list[str] = []
        for _, cells in table.rows:
            name = as_text(cells.get(identity))
            if name is None:
                continue
            if name in by_id:
                twice.append(name)
                continue
            by_id[name] = _attempt(read, cells)
        dim = _usual(by_id.values())
        if dim == 0:
            raise BadCatalog(f"{modality} vectors: {told!r} holds none", "Check its columns.")
        problems = [Problem(None, told, str(problem), "") for problem in table.problems]
        if twice:
            reason = f"names {len(twice)} products twice, such as {twice[0]!r}; the first counts"
            problems.append(Problem(None, told, reason, "Keep one row per product."))
        return cls(modality, told, f"file {Path(told).name}", dim, by_id=by_id, problems=problems)

    def read(
        self, row: int, product_id: str, cells: Mapping[str, Any], merge_id: str | None
    ) -> tuple[ProductVector | None, Problem | None]:
        """The vector of one row, or why it has none; both None where it is simply missing.

        Args:
            row: of the product table.
            product_id: as problems name the product.
            cells: of the row.
            merge_id: the id a file is merged by, as the table writes it.
        """
        if self.names:
            found = _attempt(_cell_reader(self.names), cells)
        else:
            found = self.by_id.get(merge_id or "")
            self._met.add(merge_id or "")
        if found is None:
            return None, None
        if not isinstance(found, BadVector) and len(found) != self.dim:
            numbers = "number" if len(found) == 1 else "numbers"
            found = BadVector(f"has {len(found)} {numbers}, most others have {self.dim}")
        if isinstance(found, BadVector):
            return None, Problem(row, f"{self.modality} vector", f"({self.told}) {found}", _REMEDY,
                                 product_id=product_id)  # fmt: skip
        self.found += 1
        return ProductVector(found, self.source), None

    def overview(self) -> list[Problem]:
        """What can be said when all rows are read."""
        said = []
        strangers = [name for name in self.by_id if name not in self._met]
        if strangers:
            reason = (
                f"holds {len(strangers)} of {len(self.by_id)} ids that are not in the table, "
                f"such as {strangers[0]!r}"
            )
            said.append(Problem(None, self.told, reason, "They are left out."))
        if not self.found:
            reason = f"are used for no product ({self.told})"
            said.append(Problem(None, f"{self.modality} vectors", reason, "Check ids and columns."))
        return said


def _cell_reader(columns: Sequence[str]) -> Callable[[Mapping[str, Any]], Found]:
    if len(columns) == 1:
        return lambda cells: listed_vector(cells.get(columns[0]))
    return lambda cells: spread_vector([cells.get(name) for name in columns], columns)


def _attempt(read: Callable[[Mapping[str, Any]], Found], cells: Mapping[str, Any]) -> Found:
    try:
        return read(cells)
    except BadVector as error:
        return error


def _usual(found: Iterable[Found]) -> int:
    """The length most vectors have; the longer of two that are equally frequent; 0 for none."""
    lengths = Counter(len(one) for one in found if isinstance(one, np.ndarray))
    return max(lengths, key=lambda length: (lengths[length], length), default=0)
