"""Trees of categories from files: Google's and Shopify's text formats, paths, tables of parents.

Google's product taxonomy (taxonomy.en-US.txt, taxonomy-with-ids.en-US.txt):

    # Google_Product_Taxonomy_Version: 2021-09-21
    3237 - Animals & Pet Supplies > Live Animals

Shopify's standard product taxonomy (dist/en/categories.txt):

    # Shopify Product Taxonomy - Categories: 2024-07
    gid://shopify/TaxonomyCategory/ap-1     : Animals & Pet Supplies > Live Animals

Anything else is one path a line, or a table with the columns id, parent and name. Several top
categories are normal in all of them. A tree that is no tree is refused, with the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from glasscase.catalog.category_paths import CategoryPaths, Path, written
from glasscase.catalog.parent_table import is_parent_table, read_parent_table
from glasscase.catalog.problem import Problem
from glasscase.catalog.stored_taxonomy import (
    MOST_CATEGORIES,
    MOST_LEVELS,
    StoredCategory,
    StoredTaxonomy,
    top_taken_off,
)
from glasscase.catalog.tables import open_table
from glasscase.catalog.text_lines import text_lines
from glasscase.errors import BadCatalog

MOST_BYTES = 200_000_000
_TABLES = (".csv", ".tsv", ".tab", ".parquet", ".pq", ".jsonl", ".ndjson")
_GOOGLE = re.compile(r"#\s*Google_Product_Taxonomy_Version:\s*(\S*)")
_SHOPIFY = re.compile(r"#\s*Shopify Product Taxonomy\s*-\s*([^:]+?)\s*:\s*(\S*)")
_NUMBERED = re.compile(r"(\d+)\s+-\s+(.*)")
_GID = re.compile(r"(gid://shopify/(\w+)/[\w-]+)\s+:\s+(.*)")
_FOREIGN = {
    "{": "JSON",
    "[": "JSON",
    "<": "HTML or XML",
    "PK\x03\x04": "an Excel workbook or archive",
    "%PDF": "a PDF",
}


@dataclass(frozen=True)
class _Line:
    number: int
    text: str


def read_taxonomy(path: str | FilePath, *, one_root: bool = False) -> StoredTaxonomy:
    """The tree in a file of any of the formats above; which one is told by its content.

    Args:
        path: `.csv`, `.tsv`, `.parquet` and `.jsonl` are tables of parents; anything else is text.
        one_root: there is one category above all others; it is left out of the paths.

    Raises:
        BadCatalog: no such file, another format, or no tree: a cycle, an unknown parent, an id or
            a category that is there twice, two roots where one was asked for.
    """
    place = FilePath(path)
    _check_file(place)
    is_table = place.suffix.lower() in _TABLES
    found = _from_table(place) if is_table else _from_text(place)
    return top_taken_off(found) if one_root else found


def _check_file(path: FilePath) -> None:
    shown = repr(str(path))
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise BadCatalog(f"taxonomy {shown} {what}", "Name a file of categories.")
    if path.stat().st_size > MOST_BYTES:
        size = path.stat().st_size / 1e6
        raise BadCatalog(
            f"taxonomy {shown} is {size:.0f} MB, the limit is {MOST_BYTES / 1e6:.0f} MB",
            "A tree of categories is smaller; check that it is the right file.",
        )


def _from_table(path: FilePath) -> StoredTaxonomy:
    table = open_table(path)
    if not is_parent_table(table.names):
        raise BadCatalog(
            f"taxonomy {str(path)!r} has no column for the parent (it has "
            f"{', '.join(table.names[:6])})",
            "A table of categories has the columns id, parent and name.",
        )
    return read_parent_table(table)


def _from_text(path: FilePath) -> StoredTaxonomy:
    problems: list[Problem] = []
    lines = list(_lines(text_lines(path, problems), path))
    if not any(not line.text.startswith("#") for line in lines):
        raise BadCatalog(f"taxonomy {str(path)!r} is empty", "It needs one category a line.")
    head = lines[0].text
    kind = next((name for start, name in _FOREIGN.items() if head.startswith(start)), None)
    if kind:
        raise BadCatalog(
            f"taxonomy {str(path)!r} is {kind}, not a list of categories",
            "Give Google's or Shopify's text file, one path a line, or a table of parents.",
        )
    google, shopify = _GOOGLE.match(head), _SHOPIFY.match(head)
    rest = [line for line in lines if not line.text.startswith("#")]
    if shopify or rest[0].text.startswith("gid://shopify/"):
        release = shopify.group(2) if shopify else ""
        found = _identified(path, rest, "Shopify")
        return StoredTaxonomy(str(path), "Shopify", release, tuple(found), tuple(problems))
    if google or all(_NUMBERED.match(line.text) for line in rest):
        release = google.group(1) if google else ""
        with_ids = _NUMBERED.match(rest[0].text) is not None
        found = _identified(path, rest, "Google") if with_ids else _plain(path, rest, separator=">")
        return StoredTaxonomy(str(path), "Google", release, tuple(found), tuple(problems))
    return StoredTaxonomy(str(path), "paths", "", tuple(_plain(path, rest)), tuple(problems))


def _lines(texts: Iterable[str], path: FilePath) -> Iterator[_Line]:
    for number, text in enumerate(texts, 1):
        if "\0" in text:
            raise BadCatalog(
                f"taxonomy {str(path)!r}, line {number}: holds a NUL character, so it is no text",
                "Check that it is the right file.",
            )
        if number > MOST_CATEGORIES:
            raise BadCatalog(
                f"taxonomy {str(path)!r} has more than {MOST_CATEGORIES:,} lines",
                "A tree of categories is smaller; check that it is the right file.",
            )
        if stripped := text.strip().removeprefix("\ufeff"):
            yield _Line(number, stripped)


def _identified(path: FilePath, lines: Iterable[_Line], kind: str) -> Iterator[StoredCategory]:
    """Lines with an id; everything above a category must have a line of its own."""
    found = list(_unique(path, (_with_id(path, line, kind) for line in lines)))
    there = {one.path for one in found}
    for one in found:
        if one.path[:-1] and one.path[:-1] not in there:
            raise BadCatalog(
                f"taxonomy {str(path)!r}, line {one.line}: {written(one.path[:-1])!r}, above "
                f"{one.path[-1]!r}, has no line of its own",
                "The file is cut off or changed; fetch it again.",
            )
    yield from found


def _with_id(path: FilePath, line: _Line, kind: str) -> StoredCategory:
    if kind == "Shopify":
        match = _GID.fullmatch(line.text)
        if match and match.group(2) != "TaxonomyCategory":
            raise BadCatalog(
                f"taxonomy {str(path)!r}, line {line.number}: is a {match.group(2)!r}, no category",
                "Take Shopify's categories.txt.",
            )
        parts = match and (match.group(1), match.group(3))
        form = "gid://shopify/TaxonomyCategory/ID : A > B"
    else:
        match = _NUMBERED.fullmatch(line.text)
        parts = match and (match.group(1), match.group(2))
        form = "ID - A > B"
    if not parts:
        raise BadCatalog(
            f"taxonomy {str(path)!r}, line {line.number}: {line.text[:60]!r} is not in {kind}'s "
            f"form, {form}",
            "Mend the line, or fetch the file again.",
        )
    return StoredCategory(_divided(path, line.number, parts[1], ">"), parts[0], line.number)


def _plain(
    path: FilePath, lines: list[_Line], *, separator: str | None = None
) -> Iterator[StoredCategory]:
    learnt = separator or CategoryPaths.learn(line.text for line in lines).separator
    yield from _unique(
        path,
        (StoredCategory(_divided(path, one.number, one.text, learnt), None, one.number)
         for one in lines),
    )  # fmt: skip


def _divided(path: FilePath, line: int, text: str, separator: str | None) -> Path:
    found = CategoryPaths(separator).parse(text)
    parts = text.split(separator) if separator else [text]
    where = f"taxonomy {str(path)!r}, line {line}"
    if found is None or len(found) != len(parts):
        raise BadCatalog(f"{where}: {text[:60]!r} has a level without a name", "Name every level.")
    if len(found) > MOST_LEVELS:
        raise BadCatalog(
            f"{where}: {len(found)} levels, the limit is {MOST_LEVELS}", "Check the line."
        )
    return found


def _unique(path: FilePath, found: Iterable[StoredCategory]) -> Iterator[StoredCategory]:
    ids: dict[str, int] = {}
    paths: dict[Path, int] = {}
    for one in found:
        line = one.line or 0
        where = f"taxonomy {str(path)!r}, line {line}"
        if one.id is not None and one.id in ids:
            raise BadCatalog(
                f"{where}: the id {one.id!r} is that of line {ids[one.id]} too",
                "Every category needs an id of its own.",
            )
        if one.path in paths:
            raise BadCatalog(
                f"{where}: {written(one.path)!r} is on line {paths[one.path]} too",
                "Two categories of one name cannot stand below the same one; rename or remove one.",
            )
        if one.id is not None:
            ids[one.id] = line
        paths[one.path] = line
        yield one
