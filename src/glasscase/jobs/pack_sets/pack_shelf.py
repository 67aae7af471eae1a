"""A photo of a real shelf as the place where attention is simulated: which box shows which pack."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.encoders.image import ImageEncoderOnnx
from glasscase.encoders.table import load_encoder
from glasscase.errors import BadSetting
from glasscase.packs.arrangements import Scene
from glasscase.packs.cut_out import cut_out
from glasscase.packs.pack import Pack
from glasscase.packs.pack_table import GivenPack
from glasscase.packs.photo_scene import photo_scene
from glasscase.progress import Progress
from glasscase.settings import Settings
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detectors import open_detector
from glasscase.shelf.files.given_boxes import read_boxes
from glasscase.shelf.known.crops import cut
from glasscase.shelf.known.gallery import Gallery

_REMEDY = (
    "Give boxes with the names of packs, or leave the photo of the shelf out for simulated ones."
)


def pack_scene(
    photo: Photo,
    given: Sequence[GivenPack],
    *,
    boxes: str | Path | Boxes | None,
    settings: Settings,
    progress: Progress,
) -> Scene:
    """The scene of a shelf photo on which every one of the packs stands.

    Args:
        photo: the shelf.
        given: packs that are looked for; other products on the photo are part of the scene.
        boxes: boxes, or a file of them, whose names are the packs' ids, photos, products or
            brands; None: the embedded detector finds boxes, and the embedded encoder says which
            pack each shows.
        settings: where models are, which photos are let in.
        progress: is told what is done.

    Raises:
        BadSetting: a pack is not on the photo.
        BadPhoto: the photo cannot be used.
    """
    image = decode(photo.read(), name=photo.name, limits=settings.photos)
    packs = [one.pack for one in given]
    if boxes is not None:
        found = boxes if isinstance(boxes, Boxes) else read_boxes(Path(boxes))
        numbers = [_named(label, given) for label in found.labels or ("",) * len(found)]
    else:
        progress.say("looking for the packs on the shelf")
        found = open_detector("embedded").detect(image)
        numbers = _recognised(image, found, packs, settings=settings, progress=progress)
    kept = [i for i, number in enumerate(numbers) if number is not None]
    shown = {numbers[i] for i in kept}
    missing = [pack.id for i, pack in enumerate(packs) if i not in shown]
    if missing:
        reason = f"the shelf photo {photo.name!r} shows no {', '.join(map(repr, missing[:3]))}"
        if boxes is None:
            reason += f": of {len(found)} products found on it {len(kept)} were recognised as packs"
        raise BadSetting(reason, _REMEDY)
    return photo_scene(
        image,
        found.corners[kept],
        [numbers[i] for i in kept],
        heights_mm=tuple(pack.height_mm for pack in packs),
    )


def _named(label: str, given: Sequence[GivenPack]) -> int | None:
    """The pack a box's name means: its id, else its photo's name, its product, its brand."""
    wanted = " ".join(label.split()).casefold()
    for names in (
        [one.pack.id for one in given],
        [one.photo for one in given],
        [one.pack.product for one in given],
        [one.pack.brand for one in given],
    ):
        alike = [i for i, name in enumerate(names) if name and name.casefold() == wanted]
        if len(alike) == 1:
            return alike[0]
    return None


def _recognised(
    image: NDArray[np.uint8],
    found: Boxes,
    packs: Sequence[Pack],
    *,
    settings: Settings,
    progress: Progress,
) -> list[int | None]:
    """For each box the pack it shows, by the nearest known product; None: none of them."""
    encoder = load_encoder(
        settings.encoders.image, modality="image", settings=settings, progress=progress
    )
    if not isinstance(encoder, ImageEncoderOnnx) or not len(found):
        return [None] * len(found)
    products = [
        Product(str(number), photos=(Photo(f"{number}.png", data=_png(cut_out(pack.image).image)),))
        for number, pack in enumerate(packs)
    ]
    gallery = Gallery.of(products, encoder, limits=settings.photos)
    vectors = encoder.encode_images([cut(image, corners) for corners in found.corners])
    matches = gallery.match(vectors)
    return [int(one.product.id) if one.accepted else None for one in matches]


def _png(image: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()
