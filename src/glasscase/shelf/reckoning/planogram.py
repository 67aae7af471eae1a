"""A planogram: which product belongs where, row by row, and how it is read from a file.

CSV, TSV, Parquet or JSON Lines with the columns `row` (the least is the top), `product`, and
optionally `facings` (1 where not given) and `position` (the order of lines where not given). Rows
keep their numbers: 1, 2, 9 are three rows, and the last is called 9. Or JSON:

    {"rows": [[{"product": "Cola", "facings": 3}, "Lemonade"], ["Water"]]}

Not covered: exact places in centimetres, product depth, files of planogram programs (export them
as CSV).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.catalog.tables import open_table
from glasscase.errors import BadCatalog, TooLarge

MOST_ROWS = 100
MOST_FACINGS = 400
"""Of one row."""
MOST_BYTES = 5_000_000
_MOST_LETTERS = 300


@dataclass(frozen=True, slots=True)
class Block:
    """A product and how many of it stand side by side."""

    product: str
    facings: int = 1


@dataclass(frozen=True, slots=True)
class Planogram:
    """What belongs on each row, the top one first, left to right."""

    rows: tuple[tuple[Block, ...], ...]
    numbers: tuple[int, ...] = ()
    """What each row is called: as the table numbers it, which may leave numbers out; left empty,
    1, 2, 3 and so on."""

    def __post_init__(self) -> None:
        if len(self.numbers) != len(self.rows):
            if self.numbers:
                raise BadCatalog(
                    f"{len(self.rows)} rows have {len(self.numbers)} numbers", "Number each row."
                )
            object.__setattr__(self, "numbers", tuple(range(1, len(self.rows) + 1)))

    @classmethod
    def of(cls, rows: Iterable[Iterable[Any]], numbers: Sequence[int] = ()) -> Planogram:
        """From rows of product names, of `(name, facings)`, or of dictionaries with `product` and
        `facings`; `numbers` as `Planogram.numbers`.

        Raises:
            BadCatalog: something else, no product, or facings that are not 1 or more.
            TooLarge: more than 100 rows, or 400 facings in one.

        >>> Planogram.of([["Cola", ("Water", 2)]]).sequence(0)
        ['Cola', 'Water', 'Water']
        """
        if isinstance(rows, str | Mapping):
            raise _not_rows()
        try:
            listed = [list(row) if not isinstance(row, str | Mapping) else None for row in rows]
        except TypeError:
            raise _not_rows() from None
        if any(row is None for row in listed):
            raise _not_rows()
        if len(listed) > MOST_ROWS:
            raise TooLarge(f"a planogram of {len(listed)} rows", f"The limit is {MOST_ROWS}.")
        called = tuple(numbers) or tuple(range(1, len(listed) + 1))
        made = tuple(
            tuple(_block(item, f"row {number}, place {place}") for place, item in enumerate(row, 1))
            for number, row in zip(called, listed, strict=True)
            if row is not None
        )
        if not any(made):
            raise BadCatalog("the planogram names no product", "Write one row of products or more.")
        for number, row in zip(called, made, strict=True):
            if (facings := sum(block.facings for block in row)) > MOST_FACINGS:
                raise TooLarge(
                    f"row {number} of the planogram has {facings} facings",
                    f"The limit is {MOST_FACINGS}: check the column facings.",
                )
        return cls(made, called)

    @classmethod
    def read(cls, path: str | Path) -> Planogram:
        """From a JSON document or a table.

        Raises:
            BadCatalog: no such file, not such a table, or a cell that cannot be used.
            TooLarge: beyond a limit.
        """
        path = Path(path)
        if not path.is_file():
            raise BadCatalog(f"planogram {str(path)!r} does not exist", "Check the path.")
        if path.stat().st_size > MOST_BYTES:
            raise TooLarge(
                f"planogram {str(path)!r} has {path.stat().st_size} bytes",
                f"The limit is {MOST_BYTES}.",
            )
        if path.suffix.lower() == ".json":
            return cls.of(_json_rows(path))
        found = _table_rows(path)
        return cls.of(found.values(), tuple(found))

    def sequence(self, row: int) -> list[str]:
        """The products of a row, once for each facing."""
        return [block.product for block in self.rows[row] for _ in range(block.facings)]

    def facings(self) -> Counter[str]:
        """How many facings each product has on the whole shelf."""
        counts: Counter[str] = Counter()
        for row in self.rows:
            for block in row:
                counts[block.product] += block.facings
        return counts


def _not_rows() -> BadCatalog:
    return BadCatalog(
        "the planogram is not a list of rows",
        'Write {"rows": [["first product of the top row", ...], ...]}.',
    )


def _block(item: Any, where: str) -> Block:
    product, facings = item, 1
    if isinstance(item, Mapping):
        product, facings = item.get("product"), item.get("facings", 1)
    elif isinstance(item, list | tuple) and len(item) == 2:
        product, facings = item
    elif isinstance(item, Block):
        product, facings = item.product, item.facings
    if not isinstance(product, str) or not product.strip():
        raise BadCatalog(f"planogram, {where}: no product is named", "Write its name.")
    if len(product) > _MOST_LETTERS:
        raise BadCatalog(
            f"planogram, {where}: a name of {len(product)} letters", f"At most {_MOST_LETTERS}."
        )
    return Block(product.strip(), _whole(facings, "facings", f"planogram, {where}"))


def _whole(value: Any, name: str, where: str) -> int:
    text = str(value).strip().removesuffix(".0")
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadCatalog(f"{where}: {name} is {str(value)[:40]!r}", "Write a whole number from 1.")
    if int(text) < 1:
        raise BadCatalog(f"{where}: {name} is {text}", "Write a whole number from 1.")
    return int(text)


def _json_rows(path: Path) -> Any:
    try:
        value = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadCatalog(
            f"planogram {str(path)!r} is not JSON: {str(error)[:120]}",
            'Write {"rows": [["first product of the top row", ...], ...]}.',
        ) from None
    rows = value.get("rows") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        raise _not_rows()
    return rows


def _table_rows(path: Path) -> dict[int, list[tuple[str, int]]]:
    """Products and facings of each row that the table names, by its number, the top one first."""
    table = open_table(path)
    columns = {name.strip().lower(): name for name in table.names}
    for wanted in ("row", "product"):
        if wanted not in columns:
            raise BadCatalog(
                f"planogram {str(path)!r} has no column {wanted!r}",
                "It needs row and product, and may have facings and position. "
                f"It has: {', '.join(table.names)[:200]}.",
            )
    found: dict[int, list[tuple[int, int, str, int]]] = {}
    for line, cells in table.rows:
        where = f"planogram, line {line}"
        row = _whole(cells.get(columns["row"]), "row", where)
        product = str(cells.get(columns["product"]) or "").strip()
        if not product:
            raise BadCatalog(f"{where}: no product is named", "Write its name.")
        facings = _optional(cells, columns.get("facings"), "facings", where)
        place = _optional(cells, columns.get("position"), "position", where)
        found.setdefault(row, []).append((place or line, line, product, facings or 1))
        if row > MOST_ROWS or len(found[row]) > MOST_FACINGS:
            raise TooLarge(
                f"{where}: row {row} with {len(found[row])} products",
                f"At most {MOST_ROWS} rows of {MOST_FACINGS} products.",
            )
    if table.problems:
        raise BadCatalog(f"planogram {str(path)!r}, {table.problems[0]}")
    return {row: [(name, n) for _, _, name, n in sorted(found[row])] for row in sorted(found)}


def _optional(cells: Mapping[str, Any], column: str | None, name: str, where: str) -> int | None:
    if column is None or cells.get(column) is None or not str(cells[column]).strip():
        return None
    return _whole(cells[column], name, where)
