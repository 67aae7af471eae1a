"""A product as the service takes it: a form with files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

from glasscase.client.read_file import read_file
from glasscase.errors import BadPhoto, BadSetting

PhotoLike = str | Path | bytes
"""A file, or the bytes of one."""


_FIELDS: tuple[Literal["title", "description", "id", "keep_days", "prediction_id"], ...] = (
    "title", "description", "id", "keep_days", "prediction_id",
)  # fmt: skip


class ProductFields(TypedDict, total=False):
    """What may be told of a product beside its photos; all of it may be left out."""

    title: str
    description: str
    texts: Mapping[str, str]
    """Words by field, beside title and description."""
    attributes: Mapping[str, str | float]
    """Such as price and brand."""
    id: str
    keep_days: int
    """Keep photos and texts so long."""
    photo_urls: Iterable[str]
    """Photos the service fetches itself, from hosts it allows."""
    prediction_id: str
    """Of an earlier answer whose product was kept, in the place of a product."""


def form_of(
    photos: PhotoLike | Iterable[PhotoLike],
    asked: Mapping[str, Any],
    **fields: Unpack[ProductFields],
) -> dict[str, Any]:
    """What a request sends: fields and files.

    Raises:
        BadPhoto: a photo's file cannot be read.
        BadSetting: an attribute the service does not take in a form.
    """
    several = [photos] if isinstance(photos, str | Path | bytes) else list(photos)
    files = [("photos", photo_part(photo)) for photo in several]
    values: dict[str, Any] = {name: fields[name] for name in _FIELDS if name in fields}
    values |= fields.get("texts", {})
    values |= _attributes(fields.get("attributes", {}))
    values |= asked
    parts = {name: [str(value)] for name, value in values.items() if value is not None}
    parts["photo_url"] = [str(url) for url in fields.get("photo_urls", ())]
    # Every field is sent as a part of the form, files or not, so that its bounds are the same.
    plain = [(name, (None, value)) for name, many in parts.items() for value in many]
    if not plain and not files:
        plain = [("id", (None, ""))]  # still a form, so that the service says what is missing
    return {"files": [*plain, *files]}


def photo_part(photo: PhotoLike) -> tuple[str, bytes]:
    """Name and bytes of a photo to be sent. Raises `BadPhoto` where it cannot be read."""
    if isinstance(photo, bytes):
        return "photo", photo
    return read_file(photo, what="photo", error=BadPhoto)


def _attributes(given: Mapping[str, str | float]) -> dict[str, str | float]:
    unknown = sorted(given.keys() - {"price", "brand"})
    if unknown:
        raise BadSetting(f"there is no attribute {unknown[0]!r}", "Known are price and brand.")
    return dict(given)
