"""A product is kept only where that was asked for, and until a day that is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool

from glasscase.catalog.image_header import photo_format
from glasscase.server.received.incoming import Incoming
from glasscase.server.service import Service
from glasscase.store.kept import KeptPhoto


async def keep(service: Service, prediction_id: str, found: Incoming) -> datetime | None:
    """Keep the product of an answer as long as it was asked, or else as the service is set.

    Returns:
        The day until which it is kept; None where it is not.
    """
    days = service.settings.service.keep_days if found.keep_days is None else found.keep_days
    if days == 0:
        return None
    until = datetime.now(UTC) + timedelta(days=days)
    photos = [
        KeptPhoto(photo.name, _media_type(photo.read()), photo.read()) for photo in found.files
    ]

    def store() -> None:
        service.store.kept.keep(
            prediction_id,
            texts=found.texts,
            attributes=found.attributes,
            photos=photos,
            until=until,
        )

    await run_in_threadpool(store)
    return until


def _media_type(data: bytes) -> str:
    kind = photo_format(data)
    return f"image/{kind.lower()}" if kind else "application/octet-stream"
