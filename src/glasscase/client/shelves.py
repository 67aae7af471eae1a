"""Shelf photos read by the service."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from glasscase.client.answers import Answer
from glasscase.client.product_form import PhotoLike
from glasscase.client.read_file import read_file
from glasscase.client.sending import Sending
from glasscase.errors import BadPhoto, BadSetting

Box = Sequence[float] | Mapping[str, Any]
"""`[left, top, right, bottom]` in pixels, or the same by name with a `name` of the product."""


class ShelfProduct(Answer):
    """One product on the photo."""

    number: int
    left: float
    top: float
    right: float
    bottom: float
    score: float
    row: int
    name: str
    brand: str
    named_by: str


class Shelf(Answer):
    """What stands on a shelf photo; `figures` as docs/shelf.md tells them."""

    sentence: str
    products: tuple[ShelfProduct, ...]
    figures: Mapping[str, Any]
    counts: Mapping[str, int]
    notes: tuple[str, ...]


class Shelves:
    """`client.shelves`."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    def read(
        self,
        photo: PhotoLike,
        *,
        boxes: Iterable[Box] | None = None,
        eye_level: str | None = None,
        **tables: str | Path,
    ) -> Shelf:
        """What stands on a shelf photo, and its figures.

        Args:
            photo: a path or bytes.
            boxes: by a person; then no detector is asked.
            eye_level: a weight for each row from the top, such as `1,2,1`.
            tables: files of `listing`, `planogram` and `market_share`.

        Raises:
            BadPhoto, BadSetting: a file cannot be read, or is none of these.
            Refused: the service says why.
            Unreachable: it is not there.
        """
        files = _form(photo, boxes, eye_level, tables)
        return Shelf.model_validate(self._sending.told("POST", "/v1/shelf", files=files))

    def file(
        self,
        photo: PhotoLike,
        form: Literal["html", "csv", "jpeg"] = "html",
        *,
        boxes: Iterable[Box] | None = None,
        **tables: str | Path,
    ) -> bytes:
        """The same as one page, a table of boxes or the annotated picture. Raises as `read`."""
        files = [*_form(photo, boxes, None, tables), ("format", (None, form))]
        return self._sending.raw("POST", "/v1/shelf", files=files)


def _form(
    photo: PhotoLike,
    boxes: Iterable[Box] | None,
    eye_level: str | None,
    tables: Mapping[str, str | Path],
) -> list[tuple[str, Any]]:
    unknown = sorted(tables.keys() - {"listing", "planogram", "market_share"})
    if unknown:
        known = "listing, planogram and market_share"
        raise BadSetting(f"there is no table {unknown[0]!r}", f"Known are {known}.")
    if isinstance(photo, bytes):
        files: list[tuple[str, Any]] = [("photo", ("photo", photo))]
    else:
        files = [("photo", read_file(photo, what="photo", error=BadPhoto))]
    files += [(name, read_file(table)) for name, table in tables.items()]
    if boxes is not None:
        told = [dict(box) if isinstance(box, Mapping) else list(box) for box in boxes]
        files.append(("boxes", (None, json.dumps(told))))
    if eye_level is not None:
        files.append(("eye_level", (None, eye_level)))
    return files
