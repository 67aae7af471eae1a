"""A table (or folder) to be read the way the model's training data was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.cells import as_text
from glasscase.catalog.columns import Columns, no_such_column
from glasscase.catalog.photo_sets import is_photo_set
from glasscase.catalog.tables import Table, open_table
from glasscase.errors import BadCatalog
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier


@dataclass(frozen=True)
class TableSource:
    """Where products come from, and what the user said about it."""

    source: Any
    """A path (table or folder of photos) or a data frame, as `Catalog.read` takes it."""
    photos: str | Path | None = None
    columns: Columns | None = None
    """What is not named here is read as it was in training; what is not there is guessed."""
    delimiter: str | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it holds photos and no table: a folder of `category/photo.jpg`, or IDX files."""
        return is_photo_set(self.source)

    def is_file(self, path: Path) -> bool:
        """Whether `path` is this very table."""
        return isinstance(self.source, str | Path) and Path(self.source).resolve() == path.resolve()

    def count_rows(self) -> int:
        """How many rows the table has, broken ones too. Reads it once."""
        table = self._opened()
        return sum(1 for _ in table.rows) + sum(problem.dropped for problem in table.problems)

    def read(
        self, model: ProductClassifier, *, level: int | None = None, progress: Progress = silent
    ) -> Catalog:
        """All products, with labels cut as the model's classes are unless `level` says otherwise.

        Raises:
            BadCatalog: it cannot be read at all.
        """
        source, columns = self.source, None
        if not self.is_folder:
            source = self._opened()
            columns = self._columns(model, source.names)
        return Catalog.read(
            source,
            photos=self.photos,
            columns=columns,
            level=level or _depth(model.classes_),
            settings=model.settings,
            progress=progress,
        )

    def pieces(self, model: ProductClassifier, chunk_rows: int) -> Iterator[Catalog]:
        """The products of a table, `chunk_rows` at a time, so that its size does not matter.

        Those of a folder come all at once.

        Raises:
            BadCatalog: it cannot be read at all.
        """
        if self.is_folder:
            return iter([self.read(model)])
        table = self._opened()
        return Catalog.stream(
            table,
            photos=self.photos,
            columns=self._columns(model, table.names),
            settings=model.settings,
            chunk_rows=chunk_rows,
        )

    def values(self, names: Sequence[str], catalog: Catalog) -> dict[str, list[str | None]]:
        """What stands in further columns, by name: a value for each product of `catalog`.

        Raises:
            BadCatalog: there is no such column, or there is no table.
        """
        if not names:
            return {}
        if self.is_folder:
            raise BadCatalog(
                f"a folder of photos has no column {names[0]!r}", "Give a table, or leave --by out."
            )
        table = self._opened()
        for name in names:
            if name not in table.names:
                raise no_such_column(name, table.names)
        cells = {row: [as_text(values.get(name)) for name in names] for row, values in table.rows}
        nothing = [None] * len(names)
        found = [cells.get(one.row or 0, nothing) for one in catalog.products]
        return {name: [row[at] for row in found] for at, name in enumerate(names)}

    def _opened(self) -> Table:
        return open_table(self.source, delimiter=self.delimiter)

    def _columns(self, model: ProductClassifier, names: Sequence[str]) -> Columns:
        told, trained = self.columns or Columns(), model.columns.among(names)
        chosen = {
            role.name: getattr(told, role.name) or getattr(trained, role.name)
            for role in fields(Columns)
        }
        return Columns(**chosen)


def _depth(labels: Iterable[str]) -> int:
    return max((len(label.split(" > ")) for label in labels), default=1)
