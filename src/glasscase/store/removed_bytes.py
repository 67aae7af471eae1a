"""Whether removed photos and texts are still in the files of a database.

Short pieces of what will be removed are taken before, and looked for in the files afterwards.

Not covered: free blocks of the disk itself, backups and snapshots; of PostgreSQL, whose files are
the server's, only counts are proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Integer, LargeBinary, Text, cast, func, literal, select

from glasscase.store import tables
from glasscase.store.byte_search import find_pieces
from glasscase.store.database import Database

_PIECE = 48  # bytes: too long to stand twice in a file by chance
_LEAST_KINDS = 12  # different bytes in a piece: a white edge is in every photo
_MOST_PRODUCTS = 300
_PLACES = (0.3, 0.5, 0.8)
_REWRITTEN = ("kept_photos", "kept_products", "cards")
_PLACES_ELSEWHERE = (
    tables.kept_products.c.texts,
    tables.kept_products.c.attributes,
    tables.kept_photos.c.data,
    tables.cards.c.html,
    tables.predictions.c.product_id,
    tables.predictions.c.answer,
    tables.feedback.c.comment,
)


@dataclass(frozen=True, slots=True)
class Search:
    """What a search of the files found."""

    files: tuple[str, ...]
    """Those that were read; none on PostgreSQL."""
    read_bytes: int
    pieces: int
    """How many were looked for."""
    found: int
    """How many are in the files, though nothing that is still kept has them."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Pieces of photos and texts that are about to be removed."""

    pieces: tuple[bytes, ...]

    def search(self, database: Database) -> Search:
        """Look for the pieces in the files."""
        if not database.is_sqlite or not self.pieces:
            return Search((), 0, 0, 0)
        files = _files(database.path)
        size, found = find_pieces(files, self.pieces)
        leaked = [piece for piece in found if not _stands_elsewhere(database, piece)]
        return Search(tuple(map(str, files)), size, len(self.pieces), len(leaked))


def take_samples(database: Database, wanted: Any) -> Samples:
    """Pieces of the kept products that are `wanted`, of the first hundreds of them."""
    if not database.is_sqlite:
        return Samples(())
    products, photos = tables.kept_products.c, tables.kept_photos.c
    chosen = select(products.prediction_id).where(wanted).limit(_MOST_PRODUCTS)
    pieces: set[bytes] = set()
    with database.read() as connection:
        words = cast(products.texts, Text)
        for (stored,) in connection.execute(
            select(words).where(products.prediction_id.in_(chosen))
        ):
            pieces.update(_of_text(stored.encode("utf-8")))
        size = func.length(photos.data)
        starts = [cast(size * place, Integer) for place in _PLACES]
        cut = [func.substr(photos.data, start, _PIECE) for start in starts]
        for row in connection.execute(select(*cut).where(photos.prediction_id.in_(chosen))):
            pieces.update(bytes(piece) for piece in row if piece)
    return Samples(tuple(sorted(piece for piece in pieces if len(set(piece)) >= _LEAST_KINDS)))


def rewrite(database: Database) -> None:
    """Write the file, or the tables of kept products and cards, anew without what was removed.

    SQLite writes zeros over what is removed, but when it moves rows from page to page copies of
    them stay behind (14 of 18,078 marks in a trial); a file written anew has none. Readers go on
    meanwhile, writers wait.
    """
    if database.is_sqlite:
        database.command("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")  # into the file, all of it
    else:
        database.command(*(f"VACUUM (FULL) {table}" for table in _REWRITTEN))


def _of_text(stored: bytes) -> Iterator[bytes]:
    for place in _PLACES:
        start = max(0, min(int(len(stored) * place), len(stored) - _PIECE))
        yield stored[start : start + _PIECE]


def _files(path: Path) -> list[Path]:
    return [one for one in (path, path.with_name(f"{path.name}-wal")) if one.exists()]


def _stands_elsewhere(database: Database, piece: bytes) -> bool:
    """Whether something that is not past its day has this piece too."""
    with database.read() as connection:
        for column in _PLACES_ELSEWHERE:
            here = func.instr(cast(column, LargeBinary), literal(piece, LargeBinary)) > 0
            if connection.execute(select(column).where(here).limit(1)).first() is not None:
                return True
    return False
