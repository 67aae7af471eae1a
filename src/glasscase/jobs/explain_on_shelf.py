"""Why a product on a shelf photo is put into its category: its heat map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glasscase.errors import BadSetting
from glasscase.jobs.explain import explain
from glasscase.jobs.explanation_file import save_explanation
from glasscase.shelf.known.crops import crops

if TYPE_CHECKING:
    from glasscase.catalog.product import Product
    from glasscase.explanations.explanation import Explanation
    from glasscase.models.classifier import ProductClassifier
    from glasscase.shelf.reading import ShelfReading


def explain_on_shelf(
    reading: ShelfReading, number: int, model: ProductClassifier
) -> tuple[Explanation, Product]:
    """The explanation of box `number` (1 is the first of the result), photo part only, and the
    product that was cut out.

    Raises:
        BadSetting: there is no such box.
        BadProduct: the model cannot use the cut-out, such as one that reads words only.
    """
    if not 1 <= number <= len(reading.boxes):
        raise BadSetting(
            f"there is no box {number} on {reading.photo.name!r}",
            f"They are numbered 1 to {len(reading.boxes)}.",
        )
    (product,) = crops(reading.photo.image, reading.boxes.pick(np.array([number - 1])))
    return explain(model, product, parts=("photo",)), product


def save_heat_map(
    reading: ShelfReading, number: int, model: ProductClassifier, folder: Path
) -> Path:
    """Write the heat map of box `number` as `NAME.box-N.png` to `folder`.

    Raises:
        BadSetting: there is no such box, or the model has no heat maps.
        CannotWrite: the disk is full.
    """
    told, product = explain_on_shelf(reading, number, model)
    place = folder / f"{Path(reading.photo.name).stem}.box-{number}.png"
    save_explanation(told, product, place)
    return place
