"""A tree of categories from whatever holds one: a taxonomy file, a labelled catalogue, a bundle."""

from __future__ import annotations

from pathlib import Path

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.columns import Columns
from glasscase.catalog.parent_table import is_parent_table
from glasscase.catalog.stored_taxonomy import StoredCategory, StoredTaxonomy
from glasscase.catalog.tables import open_table
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.catalog.taxonomy_file import read_taxonomy
from glasscase.errors import BadCatalog
from glasscase.models.bundle import check_bundle
from glasscase.models.stored_json import read_json

_TABLES = (".csv", ".tsv", ".tab", ".parquet", ".pq", ".jsonl", ".ndjson")


def read_tree(
    path: str | Path, *, columns: Columns | None = None, one_root: bool = False
) -> StoredTaxonomy:
    """The tree in `path`.

    Args:
        path: a taxonomy file, a table of parents (columns id, parent, name), a table of labelled
            products, or the folder of a bundle.
        columns: of a table of products, where they are not guessed.
        one_root: the tree has one category above all others, left out of the paths.

    Raises:
        BadCatalog: it is none of these, or no tree; see `read_taxonomy`.
        BadBundle: a damaged bundle.
    """
    place = Path(path)
    if place.is_dir():
        check_bundle(place)
        taxonomy = Taxonomy.from_dict(read_json(place / "taxonomy.json"))
        return StoredTaxonomy(str(place), "bundle", "", _categories(taxonomy))
    if place.suffix.lower() in _TABLES and place.is_file():
        names = open_table(place).names
        if not is_parent_table(names) or (columns and columns.label):
            return _labelled(place, columns)
    return read_taxonomy(place, one_root=one_root)


def _labelled(path: Path, columns: Columns | None) -> StoredTaxonomy:
    catalog = Catalog.read(path, columns=columns)
    if catalog.columns.label is None or not len(catalog.taxonomy):
        raise BadCatalog(
            f"{str(path)!r} has neither categories with parents (columns id, parent, name) nor "
            "products with a category",
            "Name the category's column with --label.",
        )
    filed = {one.id: one.category for one in catalog.products if one.category}
    products = filed if catalog.columns.id else None
    categories = _categories(catalog.taxonomy)
    return StoredTaxonomy(
        str(path), "catalogue", "", categories, tuple(catalog.problems), products
    )  # fmt: skip


def _categories(taxonomy: Taxonomy) -> tuple[StoredCategory, ...]:
    return tuple(
        StoredCategory(path, products=taxonomy.placed.get(path, 0)) for path in taxonomy.nodes
    )
