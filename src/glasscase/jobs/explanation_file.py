"""An explanation as a file: a page, a heat map, or everything as JSON, by the ending."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from glasscase.catalog.image_decoding import decode
from glasscase.errors import BadSetting
from glasscase.files import write_bytes, write_json, write_text

if TYPE_CHECKING:
    from glasscase.catalog.product import Product
    from glasscase.explanations.explanation import Explanation


def check_ending(out: Path) -> None:
    """Raise `BadSetting` where `save_explanation` would not know what to write."""
    if out.suffix.lower() not in _SAVERS:
        raise BadSetting(
            f"an explanation cannot be written as {out.name!r}",
            f"End the name in one of: {', '.join(_SAVERS)}.",
        )


def save_explanation(
    explanation: Explanation, product: Product, out: Path, *, photos: Path | None = None
) -> None:
    """Write `explanation` of `product` to `out`: .html, .png or .json.

    Args:
        explanation: from `glasscase.explain`.
        product: what was explained, for its photos.
        out: where to.
        photos: folder of the training photos, to show those of similar products on the page.

    Raises:
        BadSetting: another ending, or a heat map is asked for and there is none.
        CannotWrite: the disk is full; an old file stays.
    """
    check_ending(out)
    _SAVERS[out.suffix.lower()](explanation, product, out, photos)


def _save_page(explanation: Explanation, product: Product, out: Path, photos: Path | None) -> None:
    from glasscase.explanations.card import card, photos_in

    find = photos_in(photos) if photos is not None else None
    write_text(out, card(explanation, product.photos, training_photo=find))


def _save_json(explanation: Explanation, product: Product, out: Path, photos: Path | None) -> None:
    del product, photos
    write_json(out, explanation.to_dict())


def _save_heat_map(
    explanation: Explanation, product: Product, out: Path, photos: Path | None
) -> None:
    """The photos with their heat maps, side by side."""
    del photos
    from PIL import Image

    from glasscase.explanations.overlay import overlay_png, reference_logits

    heats = {heat.photo: heat for heat in explanation.heat_maps}
    if not heats:
        raise BadSetting(
            f"there is no heat map to draw ({explanation.heat_note.rstrip('.')})",
            "Write a .html or .json instead.",
        )
    reference = reference_logits(explanation.heat_maps)
    drawn = [
        Image.open(io.BytesIO(overlay_png(image, heats[photo.name], reference=reference)))
        for photo in product.photos
        if photo.name in heats
        for image in [decode(photo.read(), name=photo.name)]
    ]
    sheet = Image.new(
        "RGB", (sum(one.width for one in drawn), max(one.height for one in drawn)), "white"
    )
    left = 0
    for one in drawn:
        sheet.paste(one, (left, 0))
        left += one.width
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    write_bytes(out, stream.getvalue())


_SAVERS: dict[str, Callable[[Explanation, Product, Path, Path | None], None]] = {
    ".html": _save_page,
    ".png": _save_heat_map,
    ".json": _save_json,
}
