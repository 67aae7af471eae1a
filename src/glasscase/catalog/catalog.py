"""Products read from a table or a folder, with everything that could not be used of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.category_paths import CategoryPaths
from glasscase.catalog.columns import Columns, guess_columns, photo_address_columns
from glasscase.catalog.photo_folder import PhotoFolder
from glasscase.catalog.photo_sets import is_photo_set, read_photo_set
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.row_reading import CleaningExample, RowReader
from glasscase.catalog.stored_photo import holds_photo
from glasscase.catalog.tables import Row, Table, open_table
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.catalog.vector_columns import VectorReader
from glasscase.errors import BadCatalog, BadSetting
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

_SAMPLE_ROWS = 200


class Catalog:
    """Products in the order they were read, and the `problems` met on the way.

    >>> two = Catalog([Product("1", category=("Mugs",)), Product("2")])
    >>> len(two), two.labels(), len(two.labelled()), two.taxonomy.leaves
    (2, ['Mugs', None], 1, (('Mugs',),))
    """

    def __init__(
        self,
        products: Sequence[Product],
        problems: Sequence[Problem] = (),
        columns: Columns | None = None,
        *,
        removed_characters: Sequence[int] = (),
        cleaning_examples: Sequence[CleaningExample] = (),
    ) -> None:
        self.products = list(products)
        self.problems = list(problems)
        self.columns = columns or Columns()
        self.taxonomy = Taxonomy.from_paths(product.category for product in self.products)
        """Of the categories as they were cut."""
        self.removed_characters = list(removed_characters) or [0] * len(self.products)
        """[n]: characters that cleaning took away from each product."""
        self.cleaning_examples = list(cleaning_examples)

    def __len__(self) -> int:
        return len(self.products)

    def __iter__(self) -> Iterator[Product]:
        return iter(self.products)

    def __getitem__(self, index: int) -> Product:
        return self.products[index]

    def labels(self) -> list[str | None]:
        """[n]: category of each product as one string, None where it is not known."""
        return [product.label for product in self.products]

    @property
    def unlabelled(self) -> int:
        """How many products have no category."""
        return sum(product.category is None for product in self.products)

    def take(self, indices: Sequence[int] | NDArray[np.generic]) -> Catalog:
        """The products at `indices` (or of a mask [n]), with the problems that concern them."""
        picked = np.asarray(indices)
        rows = np.flatnonzero(picked) if picked.dtype == bool else picked.astype(np.intp)
        products = [self.products[row] for row in rows]
        kept = {product.id for product in products}
        return Catalog(
            products,
            [p for p in self.problems if p.product_id is None or p.dropped or p.product_id in kept],
            self.columns,
            removed_characters=[self.removed_characters[row] for row in rows],
            cleaning_examples=[e for e in self.cleaning_examples if e.product_id in kept],
        )

    def labelled(self) -> Catalog:
        """The products whose category is known."""
        return self.take(np.array([p.category is not None for p in self.products], dtype=bool))

    @classmethod
    def read(
        cls,
        source: str | Path | Table | Any,
        *,
        photos: str | Path | None = None,
        columns: Columns | None = None,
        level: int | None = None,
        settings: Settings | None = None,
        progress: Progress = silent,
    ) -> Catalog:
        """Read a whole catalogue.

        Photos are looked for in `photos`, under the names of the photo columns or, without such a
        column, as `<id>.jpg` (any photo ending). They are checked by their header; damage further
        back shows when they are decoded. Boilerplate is left to the model
        (`catalog/boilerplate.py`); HTML and debris go here.

        Args:
            source: a CSV, TSV, Parquet or JSON Lines file, a pandas data frame, an opened `Table`
                (to give a delimiter), a folder that Hugging Face `datasets` saved, a folder of
                `category/photo.jpg`, or a folder or file of IDX pictures (MNIST).
            photos: folder of the photos; None uses no photos.
            columns: what the columns mean; the rest is guessed.
            level: cut category paths after this many levels, 1 for the top.
            settings: limits of photos and texts.
            progress: who is told how far it is.

        Raises:
            BadCatalog: nothing can be read at all: no such file, folder or column, no rows.
            BadSetting: a level below 1.
        """
        settings = settings or Settings()
        _check_level(level)
        if is_photo_set(source):
            _no_other_photos(source, photos)
            products, problems = read_photo_set(
                Path(source), level=level, settings=settings, progress=progress
            )
            catalog = cls(products, problems)
            catalog.problems += _too_deep(catalog, level)
            return catalog
        table = open_table(source)
        rows = list(table.rows)
        reader = _reader(table, rows, columns, photos, settings)
        reader.level = level
        catalog = _read_rows(table, reader, progress.track(
            rows, total=len(rows), what="reading products"))  # fmt: skip
        catalog.problems += [*_overview(catalog, reader), *_too_deep(catalog, level)]
        return catalog

    @classmethod
    def stream(
        cls,
        source: str | Path | Table | Any,
        *,
        photos: str | Path | None = None,
        columns: Columns | None = None,
        level: int | None = None,
        settings: Settings | None = None,
        chunk_rows: int = 1000,
    ) -> Iterator[Catalog]:
        """Read a catalogue piece by piece: each piece a `Catalog` of at most `chunk_rows`.

        Memory stays that of one piece (and all ids, to report doubles). Columns and the separator
        of paths are settled on the first piece. A folder is read whole, then handed out in pieces.

        Raises:
            BadCatalog, BadSetting: as `read`; a damaged file may say so only at its piece.
        """
        settings = settings or Settings()
        _check_level(level)
        if chunk_rows < 1:
            raise BadSetting(f"a piece of {chunk_rows} rows is impossible", "Use 1 or more.")
        if is_photo_set(source):
            whole = cls.read(source, photos=photos, level=level, settings=settings)
            for start in range(0, len(whole), chunk_rows):
                yield whole.take(range(start, min(start + chunk_rows, len(whole))))
            return
        table = open_table(source)
        reader = _reader(table, table.peek(max(chunk_rows, 1000)), columns, photos, settings)
        reader.level = level
        more = True
        while more:
            chunk = list(islice(table.rows, chunk_rows))
            more = bool(table.peek(1))
            last_row = chunk[-1][0] if more else None
            yield _read_rows(table, reader, iter(chunk), last_row)


def _read_rows(
    table: Table, reader: RowReader, rows: Iterator[Row], last_row: int | None = None
) -> Catalog:
    """A catalogue of `rows`; takes the problems noted up to `last_row` (None: all) with it."""
    products: list[Product] = []
    removed: list[int] = []
    for row, cells in rows:
        product, characters = reader.product(row, cells)
        products.append(product)
        removed.append(characters)
    end = math.inf if last_row is None else last_row
    now = [p for p in table.problems if (p.row or 0) <= end]
    problems = sorted([*now, *reader.problems], key=lambda p: p.row or 0)
    examples = list(reader.examples)
    table.problems[:] = [p for p in table.problems if (p.row or 0) > end]
    reader.problems.clear()
    reader.examples.clear()
    return Catalog(
        products,
        problems,
        reader.columns,
        removed_characters=removed,
        cleaning_examples=examples,
    )


def _reader(
    table: Table,
    rows: Sequence[Row],
    given: Columns | None,
    photos: str | Path | None,
    settings: Settings,
) -> RowReader:
    cells = [row for _, row in rows]
    columns = guess_columns(table.names, cells[:_SAMPLE_ROWS], given)
    folder = PhotoFolder(photos, settings.photos) if photos is not None else None
    by_photo = folder is not None and bool(columns.photo or columns.id)
    stored = [name for name in columns.photo if any(holds_photo(row.get(name)) for row in cells)]
    vectors = _vector_readers(table, rows, columns)
    if not columns.text and not by_photo and not stored and not vectors:
        raise BadCatalog(
            f"no column of {table.name!r} looks like text, and no photos are given",
            f"Name text columns with --text or photos with --photos. "
            f"Columns are: {', '.join(table.names)}.",
        )
    label = columns.label
    paths = CategoryPaths.learn(row.get(label) for row in cells) if label else CategoryPaths()
    reader = RowReader(columns, paths, None, settings, folder, vectors)
    reader.problems += [problem for one in vectors for problem in one.problems]
    addresses = [] if columns.photo else photo_address_columns(table.names, cells[:_SAMPLE_ROWS])
    for name in addresses:
        reason = f"{name!r} holds web addresses, which are not fetched"
        remedy = "Download the photos and name the column of their file names."
        reader.problems.append(Problem(None, "column", reason, remedy))
    if columns.photo and folder is None and not stored:
        reason = f"column {columns.photo[0]!r} is not used, for no photo folder is given"
        reader.problems.append(Problem(None, "photo", reason, "Give it with --photos."))
    return reader


def _vector_readers(table: Table, rows: Sequence[Row], columns: Columns) -> list[VectorReader]:
    told = {"text": columns.text_vectors, "image": columns.image_vectors}
    return [
        VectorReader.open(modality, one, table.names, rows, id=columns.id)
        for modality, one in told.items()
        if one
    ]


def _overview(catalog: Catalog, reader: RowReader) -> list[Problem]:
    """What can only be said of the catalogue as a whole."""
    found = [problem for vectors in reader.vectors for problem in vectors.overview()]
    if reader.photos is not None and not any(product.photos for product in catalog):
        count = reader.photos_named
        reason = f"files: none of the {count} named can be used" if count else "files: none named"
        remedy = f"Check the photo column and the folder {str(reader.photos.folder)!r}."
        found.append(Problem(None, "photo", reason, remedy))
    if reader.columns.text and not any(product.texts for product in catalog):
        names = ", ".join(reader.columns.text)
        found.append(Problem(None, "text", f"is missing everywhere ({names})", "Check --text."))
    return found


def _too_deep(catalog: Catalog, level: int | None) -> list[Problem]:
    deepest = max((len(path) for path in catalog.taxonomy.leaves), default=0)
    if level is None or deepest == 0 or level <= deepest:
        return []
    reason = f"is {level}, and the deepest category has {deepest}: nothing was cut"
    return [Problem(None, "level", reason, f"Choose 1 to {deepest}.")]


def _check_level(level: int | None) -> None:
    if level is not None and level < 1:
        raise BadSetting(f"level is {level}", "Use 1 for the top of the category tree.")


def _no_other_photos(source: str | Path, photos: str | Path | None) -> None:
    if photos is not None and Path(photos).resolve() != Path(source).resolve():
        raise BadCatalog(
            f"{str(source)!r} is a folder of photos already", "Leave --photos out, or name a table."
        )
