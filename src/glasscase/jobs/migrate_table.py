"""Migrate a table: its labels follow a changed tree, and nothing else of it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.catalog.category_paths import CategoryPaths, written
from glasscase.catalog.category_paths import Path as CategoryPath
from glasscase.catalog.columns import Columns, guess_columns
from glasscase.catalog.label_cells import label_cell, relabelled
from glasscase.catalog.problem import Problem
from glasscase.catalog.tables import checked_delimiter, open_table
from glasscase.catalog.taxonomy_changes import ChangeList
from glasscase.errors import BadCatalog, BadSetting
from glasscase.files import write_bytes

_SAMPLE_ROWS = 200


@dataclass(frozen=True)
class OpenLabel:
    """A label that a person has to decide about; its cells are left as they were."""

    label: str
    products: int
    why: str


@dataclass(frozen=True)
class MigratedTable:
    """A copy of a table whose labels are those of the new tree."""

    path: Path
    changed: Mapping[str, tuple[str, int]]
    """Label -> what it is now, and how many products."""
    unchanged: int
    """Products whose label is the same in the new tree."""
    open: tuple[OpenLabel, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def products(self) -> int:
        """Whose label was changed."""
        return sum(many for _, many in self.changed.values())

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "path": str(self.path),
            "changed": [
                {"before": before, "after": after, "products": many}
                for before, (after, many) in self.changed.items()
            ],
            "unchanged": self.unchanged,
            "open": [vars(one) for one in self.open],
            "problems": [str(problem) for problem in self.problems],
        }


def migrate_table(
    table: str | Path,
    changes: ChangeList,
    out: str | Path,
    *,
    columns: Columns | None = None,
    delimiter: str | None = None,
) -> MigratedTable:
    """Write `table` to `out` with the labels of the new tree.

    Only cells of the category are written anew, in the form they had, and only where the change is
    certain; every other byte stays (see `catalog/label_cells.py`). The rest is listed in `open`.

    Args:
        table: labelled products: CSV, TSV, JSON Lines or Parquet.
        changes: what `glasscase taxonomy diff` found, as it is or mended by a person.
        out: the copy; another file.
        columns: where the category's column is not guessed.
        delimiter: of delimited text.

    Raises:
        BadCatalog: the table cannot be read or has no category, or most of its labels are not in
            the tree the list of changes is about.
        BadSetting: `out` is the table itself.
        CannotWrite: the disk is full; what stood at `out` stays.

    Not covered: products of a split category; a person, or a model trained on the new tree, has to
    look at each.
    """
    place, target = Path(table), Path(out)
    if target.resolve() == place.resolve():
        raise BadSetting(f"{str(out)!r} would be overwritten", "Choose another name for --out.")
    opened = open_table(place, delimiter=checked_delimiter(delimiter) if delimiter else None)
    rows = list(opened.rows)
    found = guess_columns(opened.names, [cells for _, cells in rows[:_SAMPLE_ROWS]], columns)
    label = found.label
    if label is None:
        raise BadCatalog(
            f"no column of {str(place)!r} looks like a category", "Name it with --label."
        )
    paths = CategoryPaths.learn(cells.get(label) for _, cells in rows)
    filed = [(row, cells.get(label), paths.parse(cells.get(label))) for row, cells in rows]
    counts = Counter(path for _, _, path in filed if path)
    moves = changes.moves(counts)
    check_tree(
        str(place), {path: many for path, many in counts.items() if not moves[path].known}, counts
    )
    cells = {
        row: label_cell(new, cell, paths)
        for row, cell, path in filed
        if path and (new := moves[path].path) is not None and new != path
    }
    data, problems = relabelled(place, opened.names, label, cells, delimiter=delimiter)
    write_bytes(target, data)
    return MigratedTable(
        target,
        {
            written(path): (written(moved.path), counts[path])
            for path, moved in sorted(moves.items())
            if moved.path not in (None, path) and moved.path
        },
        sum(many for path, many in counts.items() if moves[path].path == path),
        tuple(
            OpenLabel(written(path), counts[path], moved.why)
            for path, moved in sorted(moves.items())
            if moved.path is None
        ),
        (*opened.problems, *problems),
    )


def check_tree(
    name: str,
    strangers: Mapping[CategoryPath, int] | Sequence[CategoryPath],
    everything: Mapping[CategoryPath, int] | Sequence[CategoryPath],
) -> None:
    """Raises `BadCatalog` where most labels are not in the tree that a list of changes is about."""
    if everything and len(strangers) * 2 > len(everything):
        first = written(next(iter(strangers)))
        raise BadCatalog(
            f"the list of changes is about another tree: {len(strangers)} of the "
            f"{len(everything)} categories of {name!r} are not in its old tree, such as {first!r}",
            "Make the list with this table's or bundle's own tree as the old one.",
        )
