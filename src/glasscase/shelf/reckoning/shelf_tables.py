"""Listings and market shares from tables a category manager keeps."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from glasscase.catalog.tables import Table, open_table
from glasscase.errors import BadCatalog, TooLarge

MOST_LINES = 20_000
_PRODUCT = ("product", "id", "title", "name")
_BRAND = ("brand", "name", "product")
_SHARE = ("share", "market_share", "market share")


def read_listing(path: Path) -> dict[str, int | None]:
    """What should be on the shelf: a table with `product` (or id, title, name; an id or a title of
    the gallery) and perhaps `facings`.

    Raises:
        BadCatalog: no such table or column, or facings that are no whole number, two
            lines about one product that differ, or a row that cannot be read.
        TooLarge: more than 20,000 lines.
    """
    table = open_table(path)
    column = _column(table, _PRODUCT, "the listing")
    counts = next((name for name in table.names if name.strip().lower() == "facings"), None)
    listing: dict[str, int | None] = {}
    for line, row in table.rows:
        _check_lines(line, "listing")
        product = str(row.get(column) or "").strip()
        if not product:
            raise BadCatalog(f"listing, line {line}: no product is named", "Write its id or title.")
        facings = _facings(row.get(counts) if counts else None, line)
        if listing.setdefault(product, facings) != facings:
            raise BadCatalog(
                f"listing, line {line}: {product[:40]!r} stands there twice with other facings",
                "Keep one of the lines.",
            )
    _check_read(table, "listing")
    return listing


def read_market_shares(path: Path) -> dict[str, float]:
    """Shares of the market: a table with `brand` (or name, product) and `share`, as 0.25 or 25 %.

    Raises:
        BadCatalog: no such table or column, a share that is none, a brand with two, or a row that
            cannot be read.
        TooLarge: more than 20,000 lines.
    """
    table = open_table(path)
    names, values = _column(table, _BRAND, "the table"), _column(table, _SHARE, "the table")
    shares: dict[str, float] = {}
    seen: set[str] = set()
    for line, row in table.rows:
        _check_lines(line, "market shares")
        name = str(row.get(names) or "").strip()
        if not name:
            raise BadCatalog(f"market shares, line {line}: no brand is named", "Write its name.")
        if name.casefold() in seen:
            raise BadCatalog(
                f"market shares, line {line}: {name[:40]!r} has a share already",
                "Write one line for each brand.",
            )
        seen.add(name.casefold())
        shares[name] = _share(row.get(values), line)
    _check_read(table, "market shares")
    return shares


def _check_read(table: Table, what: str) -> None:
    """Raise `BadCatalog` where rows were left out: what is missing would be taken for absent."""
    if left_out := next((one for one in table.problems if one.dropped), None):
        raise BadCatalog(f"{what}, {left_out}")


def _column(table: Table, wanted: tuple[str, ...], what: str) -> str:
    known = {name.strip().lower(): name for name in table.names}
    for name in wanted:
        if name in known:
            return known[name]
    raise BadCatalog(
        f"{what} {table.name!r} has no column {wanted[0]!r}",
        f"It has: {', '.join(table.names)[:200]}.",
    )


def _check_lines(line: int, what: str) -> None:
    if line > MOST_LINES:
        raise TooLarge(f"{what} of more than {MOST_LINES:,} lines", "Give those of one shelf.")


def _facings(value: Any, line: int) -> int | None:
    text = str(value if value is not None else "").strip().removesuffix(".0")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise BadCatalog(
            f"listing, line {line}: facings are {text[:40]!r}", "Write a whole number from 0."
        )
    return int(text)


def _share(value: Any, line: int) -> float:
    text = str(value if value is not None else "").strip()
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = math.nan
    if not (math.isfinite(share) and 0 <= share <= 1):
        raise BadCatalog(
            f"market shares, line {line}: {text[:40]!r} is no share", "Write 0.25 or 25 %."
        )
    return share
