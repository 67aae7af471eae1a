"""Shelf photos read by the service."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

from glasscase.client.answers import Answer
from glasscase.client.product_form import PhotoLike
from glasscase.client.read_file import read_file
from glasscase.client.sending import Sending
from glasscase.errors import BadPhoto, BadSetting

Box = Sequence[float] | Mapping[str, Any]
"""`[left, top, right, bottom]` in pixels, or the same by name with a `name` of the product."""


_TABLES = ("listing", "planogram", "market_share")


class ShelfAsked(TypedDict, total=False):
    """What may be asked of a shelf beyond its boxes; all of it may be left out."""

    listing: str | Path
    """A table of what should be there."""
    planogram: str | Path
    market_share: str | Path
    eye_level: str
    """A weight for each row from the top, such as `1,2,1`."""
    score: float
    """Boxes below do not count; not less than the service looks for."""
    tile: int
    """Side in pixels of the tiles the photo is cut into; 0: not cut."""
    overlap: float
    merge: Literal["nms", "fusion"]
    iou: float


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
        **asked: Unpack[ShelfAsked],
    ) -> Shelf:
        """What stands on a shelf photo, and its figures.

        Args:
            photo: a path or bytes.
            boxes: by a person; then no detector is asked.
            asked: tables it is held against, and how the detector looks; see `ShelfAsked`.

        Raises:
            BadPhoto, BadSetting: a file cannot be read, or there is no such thing to ask.
            Refused: the service says why.
            Unreachable: it is not there.
        """
        files = _form(photo, boxes, asked)
        return Shelf.model_validate(self._sending.told("POST", "/v1/shelf", files=files))

    def file(
        self,
        photo: PhotoLike,
        form: Literal["html", "csv", "jpeg"] = "html",
        *,
        boxes: Iterable[Box] | None = None,
        **asked: Unpack[ShelfAsked],
    ) -> bytes:
        """The same as one page, a table of boxes or the annotated picture. Raises as `read`."""
        files = [*_form(photo, boxes, asked), ("format", (None, form))]
        return self._sending.raw("POST", "/v1/shelf", files=files)


def _form(
    photo: PhotoLike, boxes: Iterable[Box] | None, asked: Mapping[str, Any]
) -> list[tuple[str, Any]]:
    unknown = sorted(asked.keys() - ShelfAsked.__annotations__.keys())
    if unknown:
        known = ", ".join(ShelfAsked.__annotations__)
        raise BadSetting(f"shelves are not asked for {unknown[0]!r}", f"Known are {known}.")
    if isinstance(photo, bytes):
        files: list[tuple[str, Any]] = [("photo", ("photo", photo))]
    else:
        files = [("photo", read_file(photo, what="photo", error=BadPhoto))]
    files += [(name, read_file(asked[name])) for name in _TABLES if name in asked]
    if boxes is not None:
        told = [dict(box) if isinstance(box, Mapping) else list(box) for box in boxes]
        files.append(("boxes", (None, json.dumps(told))))
    files += [
        (name, (None, str(value)))
        for name, value in asked.items()
        if name not in _TABLES and value is not None
    ]
    return files
