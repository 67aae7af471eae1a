"""What a batch was taken for, before it runs: its columns with samples, and what is odd."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.cells import as_text
from glasscase.catalog.columns import Columns
from glasscase.catalog.tables import open_table
from glasscase.errors import GlasscaseError
from glasscase.jobs.batches.batch_options import ROLES, BatchOptions
from glasscase.jobs.batches.batch_rows import pieces
from glasscase.jobs.batches.batch_upload import BatchUpload
from glasscase.jobs.predict import tell_columns

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

Item = TypeVar("Item")
SAMPLES = 3
MOST_COLUMNS_SHOWN = 200
MOST_PROBLEMS = 10
_SAMPLE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column of the table, what it was taken for, and how its values look."""

    name: str
    role: str
    """One of `batch_options.ROLES`, or "" for one that is not used."""
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What was recognised."""

    columns: tuple[SeenColumn, ...]
    """In the order of the table; none for photos alone."""
    notes: tuple[str, ...]
    """What concerns the whole: files left out, columns the model misses."""
    problems: tuple[str, ...]
    """The first rows that something is wrong with."""


def preview(model: ProductClassifier, upload: BatchUpload, options: BatchOptions) -> Preview:
    """Look at the first rows of `upload` as the batch would read them.

    Raises:
        BadCatalog: it cannot be read so: a column is not there, no column looks like words.
    """
    try:
        first = next(pieces(model, upload, options), Catalog([]))
        columns = () if upload.table is None else _columns(upload, first.columns)
    except GlasscaseError as error:
        raise upload.plainly(error) from None
    listener = _Listener()
    if upload.table is not None:
        tell_columns(model, first, listener)
    whole = [str(one) for one in first.problems if one.row is None and one.product_id is None]
    notes = [*_left_out(upload), *listener.said[1:], *whole]
    told = [str(one) for one in first.problems if one.row is not None][:MOST_PROBLEMS]
    return Preview(
        columns,
        tuple(upload.plain(note) for note in notes),
        tuple(upload.plain(one) for one in told),
    )


def _columns(upload: BatchUpload, meant: Columns) -> tuple[SeenColumn, ...]:
    table = open_table(upload.folder / (upload.table or ""))
    rows = [cells for _, cells in table.peek(SAMPLES)]
    roles = _roles(meant)
    found = []
    for name in table.names[:MOST_COLUMNS_SHOWN]:
        samples = (as_text(row.get(name)) for row in rows)
        shown = tuple(_short(one) for one in samples if one)
        found.append(SeenColumn(name, roles.get(name, ""), shown))
    return tuple(found)


def _roles(columns: Columns) -> dict[str, str]:
    found: dict[str, str] = {}
    for role in ROLES:
        told = getattr(columns, role)
        for name in told if isinstance(told, tuple) else [told]:
            if name is not None:
                found.setdefault(name, role)
    return found


def _short(text: str) -> str:
    joined = " ".join(text.split())
    whole = len(joined) <= _SAMPLE_CHARACTERS
    return joined if whole else joined[: _SAMPLE_CHARACTERS - 1] + "…"


def _left_out(upload: BatchUpload) -> Sequence[str]:
    if not upload.left_out:
        return ()
    shown = [f"{one.name!r} {one.reason}" for one in upload.left_out[:3]]
    more = ", ..." if len(upload.left_out) > 3 else ""
    return (
        f"Files of the zip that are not used: {len(upload.left_out)} ({', '.join(shown)}{more}).",
    )


@dataclass
class _Listener:
    """A `Progress` that remembers what was said."""

    said: list[str] = field(default_factory=list)

    def track(self, items: Iterable[Item], *, total: int, what: str) -> Iterator[Item]:
        """Hand on `items`."""
        del total, what
        yield from items

    def say(self, message: str) -> None:
        """Remember it."""
        self.said.append(message)
