"""The heat maps of a product's photos: exact where the network allows it, else through torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.image_decoding import resize
from glasscase.encoders.given import is_given
from glasscase.encoders.table import load_photo_network
from glasscase.errors import BadSetting, GlasscaseError
from glasscase.explanations.grad_cam import grad_cam, grid_cam
from glasscase.explanations.heat_map import HeatMap
from glasscase.explanations.torch_grad_cam import torch_grad_cam
from glasscase.explanations.usable_photos import Images, usable_photos
from glasscase.extras import need

if TYPE_CHECKING:
    from glasscase.encoders.encoder import ImageEncoder
    from glasscase.explanations.question import Question


def photo_maps(question: Question, *, quick: bool = False) -> tuple[tuple[HeatMap, ...], str]:
    """One heat map per usable photo, or a note for the reader why there is none.

    `quick`: none where it would take torch.

    A backbone that ends in a global average gives exact maps without torch. Any other one, or a
    layer asked for by `explain.layer`, is loaded in torch; where that cannot be, the note says why.

    Raises:
        BadSetting: the network has no such `explain.layer`, or it has no places.
    """
    encoder = question.model.image_encoder
    if nothing := _nothing_to_see(question):
        return (), nothing
    names, images = usable_photos(question.product, encoder, question.settings.photos)
    gradient = question.model.head.gradient(question.features, "image", question.cotangent())[0]
    if places := encoder.card.preprocessing.get("places"):
        if question.settings.explain.layer:
            message = "this model reads the places of its own last maps, so it has no other layer"
            raise BadSetting(message, "Leave explain.layer empty.")
        return grid_cam(encoder.encode_images(images), gradient, names, places=int(places)), ""
    if encoder.has_maps and not question.settings.explain.layer:
        _, maps = encoder.feature_maps(images)
        return grad_cam(maps, gradient, names), ""
    if quick:
        return (), ""
    try:
        return _through_torch(question, encoder, gradient, (names, images)), ""
    except GlasscaseError as error:
        if question.settings.explain.layer:
            raise
        return (), f"No heat map: {error}"


def _nothing_to_see(question: Question) -> str:
    """Why there cannot be a heat map; empty where there can."""
    encoder, blocks = question.model.image_encoder, question.model.head.blocks
    if encoder is None or "image" not in blocks:
        if "photo_words" in blocks:
            return "Of photos this model reads the words alone, so there is no heat map."
        return "This model decides by words alone; it does not look at photos."
    if not question.features.has("image")[0]:
        return "There is no usable photo, so there is nothing to point at."
    if is_given(encoder):
        return "The photo's vector was computed elsewhere, so there is no heat map."
    return ""


def _through_torch(
    question: Question,
    encoder: ImageEncoder,
    gradient: NDArray[np.floating],
    photos: tuple[Sequence[str], Images],
) -> tuple[HeatMap, ...]:
    """Each photo's part of the product's vector is 1 / n, and so is its part of the gradient."""
    settings = question.settings
    torch = need("torch", extra="train")
    names, images = photos
    network = load_photo_network(
        settings.encoders.image,
        encoder.card,
        download=settings.encoders.download,
        learnt=encoder.learnt,
    )
    side = int(encoder.card.preprocessing["side_px"])
    pixels = torch.tensor(np.stack([resize(image, side) for image in images]))

    def vectors(given: Any) -> Any:
        output = network.vectors(given)
        return output[0] if network.has_maps else output

    signed, layer = torch_grad_cam(
        network.backbone,
        settings.explain.layer,
        network.from_pixels().scaled(pixels),
        torch.tensor(gradient / len(images), dtype=torch.float32),
        forward=vectors,
    )
    return tuple(
        HeatMap(
            photo=name,
            values=np.maximum(one, 0.0),
            signed_sum=float(one.sum()),
            method=f"Grad-CAM through torch, layer {layer}",
            against=np.maximum(-one, 0.0),
        )
        for name, one in zip(names, signed, strict=True)
    )
