"""A table of categories, each with its parent: a tree, or the row where it is none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasscase.catalog.category_paths import Path, written
from glasscase.catalog.cells import as_text
from glasscase.catalog.stored_taxonomy import (
    MOST_CATEGORIES,
    MOST_LEVELS,
    StoredCategory,
    StoredTaxonomy,
)
from glasscase.catalog.tables import Table
from glasscase.errors import BadCatalog

ID = ("id", "categoryid", "code", "key", "nodeid")
PARENT = ("parent", "parentid", "parentcategory", "parentcategoryid", "parentcode", "parentkey")
NAME = ("name", "categoryname", "category", "title", "label")


@dataclass(frozen=True)
class _Node:
    row: int
    id: str
    parent: str | None
    name: str


def is_parent_table(names: Sequence[str]) -> bool:
    """Whether columns of these names are a tree: id, parent and name.

    >>> is_parent_table(["Category ID", "Parent_ID", "Name"]), is_parent_table(["id", "title"])
    (True, False)
    """
    return all(_column(names, wanted) is not None for wanted in (ID, PARENT, NAME))


def read_parent_table(table: Table) -> StoredTaxonomy:
    """The tree of a table with an id, the parent's id (blank at the top) and a name.

    Raises:
        BadCatalog: a broken row, an id or a name that is missing or there twice below one parent,
            an unknown parent, or a category that stands below itself; with the row.
    """
    columns = [_column(table.names, wanted) for wanted in (ID, PARENT, NAME)]
    nodes = [_node(table, row, [cells.get(column or "") for column in columns])
             for row, cells in table.rows]  # fmt: skip
    broken = next((problem for problem in table.problems if problem.dropped), None)
    if broken is not None:
        raise BadCatalog(f"taxonomy {table.name!r}, row {broken.row}: {broken.reason}", "Mend it.")
    if len(nodes) > MOST_CATEGORIES:
        raise BadCatalog(
            f"taxonomy {table.name!r} has more than {MOST_CATEGORIES:,} rows",
            "A tree of categories is smaller; check that it is the right file.",
        )
    by_id = _by_id(table, nodes)
    paths = _paths(table, nodes, by_id)
    _check_names(table, nodes, paths)
    found = tuple(StoredCategory(paths[node.id], node.id, node.row) for node in nodes)
    return StoredTaxonomy(table.name, "table of parents", "", found, tuple(table.problems))


def _column(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    plain = {re.sub(r"[^a-z]", "", name.lower()): name for name in reversed(names)}
    return next((plain[name] for name in wanted if name in plain), None)


def _node(table: Table, row: int, cells: Sequence[Any]) -> _Node:
    own, parent, name = (as_text(cell) for cell in cells)
    if own is None or name is None:
        missing = "id" if own is None else "name"
        raise BadCatalog(
            f"taxonomy {table.name!r}, row {row}: the {missing} is missing",
            "Every category needs an id and a name.",
        )
    return _Node(row, own.strip(), parent.strip() if parent else None, " ".join(name.split()))


def _by_id(table: Table, nodes: Sequence[_Node]) -> dict[str, _Node]:
    found: dict[str, _Node] = {}
    for node in nodes:
        if node.id in found:
            raise BadCatalog(
                f"taxonomy {table.name!r}, row {node.row}: the id {node.id!r} is that of row "
                f"{found[node.id].row} too",
                "Every category needs an id of its own.",
            )
        found[node.id] = node
    for node in nodes:
        if node.parent is not None and node.parent not in found:
            raise BadCatalog(
                f"taxonomy {table.name!r}, row {node.row}: the parent {node.parent!r} of "
                f"{node.name!r} is the id of no row",
                "Add it, or leave the parent blank for a category at the top.",
            )
    return found


def _paths(
    table: Table, nodes: Sequence[_Node], by_id: Mapping[str, _Node]
) -> dict[str, Path]:  # fmt: skip
    """The path of every id, walked up without recursion."""
    paths: dict[str, Path] = {}
    for node in nodes:
        way: list[_Node] = []
        on_way: set[str] = set()
        at: _Node | None = node
        while at is not None and at.id not in paths:
            if at.id in on_way:
                _cycle(table, way[[one.id for one in way].index(at.id) :])
            way.append(at)
            on_way.add(at.id)
            at = by_id[at.parent] if at.parent is not None else None
        path = paths[at.id] if at is not None else ()
        if len(path) + len(way) > MOST_LEVELS:
            raise BadCatalog(
                f"taxonomy {table.name!r}, row {node.row}: {len(path) + len(way)} levels, the "
                f"limit is {MOST_LEVELS}",
                "Check the parents.",
            )
        for one in reversed(way):
            path = (*path, one.name)
            paths[one.id] = path
    return paths


def _cycle(table: Table, loop: Sequence[_Node]) -> None:
    names = [f"{one.name!r} (row {one.row})" for one in loop[:6]]
    raise BadCatalog(
        f"taxonomy {table.name!r} has a cycle: {' below '.join([*names, names[0]])}",
        "Give one of them another parent, or none.",
    )


def _check_names(
    table: Table, nodes: Sequence[_Node], paths: Mapping[str, Path]
) -> None:  # fmt: skip
    rows: dict[Path, int] = {}
    for node in nodes:
        path = paths[node.id]
        if path in rows:
            above = f"below {written(path[:-1])!r}" if len(path) > 1 else "at the top"
            raise BadCatalog(
                f"taxonomy {table.name!r}, row {node.row}: a second {node.name!r} {above}, the "
                f"first is row {rows[path]}",
                "Two categories of one name cannot stand side by side; rename or remove one.",
            )
        rows[path] = node.row
