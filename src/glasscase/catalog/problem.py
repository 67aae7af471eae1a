"""What could not be used of a catalogue: where, why, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that could not be used; the rest of the catalogue goes on.

    >>> print(Problem(812, "photo", "'x.webp' is 41 MP, the limit is 25 MP", "Shrink it."))
    row 812: photo 'x.webp' is 41 MP, the limit is 25 MP. Shrink it.
    """

    row: int | None
    """Number of the row as a spreadsheet counts: the header is row 1. None: not from a table."""
    field: str
    reason: str
    remedy: str
    product_id: str | None = None
    dropped: bool = False
    """True: the whole row is left out. False: the product goes on without this field."""

    def __str__(self) -> str:
        where = f"row {self.row}: " if self.row is not None else ""
        return f"{where}{self.field} {self.reason.rstrip('.')}. {self.remedy}".strip()
