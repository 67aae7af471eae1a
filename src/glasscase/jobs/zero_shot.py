"""Categories a model was never trained on, told from their names alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.models.head import softmax
from glasscase.models.joint_space import JointSpace
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.catalog.catalog import Catalog
    from glasscase.catalog.product import Product
    from glasscase.models.classifier import ProductClassifier


def zero_shot(
    model: ProductClassifier,
    products: Catalog | Sequence[Product],
    names: Sequence[str],
    *,
    template: str = "{}",
    progress: Progress = silent,
) -> NDArray[np.float64]:
    """Probabilities [n, names] of categories that are known by name only; rows sum to 1.

    The photo is compared with each name in the space both share; a product without one is compared
    by its words; one with neither gets the same for all. Source: Radford et al. 2021, section 3.1.

    Args:
        model: with a joint space: of the recipe `clip-align`, or on one CLIP or SigLIP.
        products: any, labelled or not.
        names: of the categories, two or more, in words people use.
        template: what a name stands in, such as "a photo of a {}"; large networks want one.
        progress: shows the encoding.

    Raises:
        BadSetting: the model has no joint space, the template has no place for a name, or there
            are not two different names.

    Not covered: calibration; names far from anything the space was trained on. A space learnt on a
    few thousand products knows the words of that shop, no others.
    """
    space = JointSpace.of(model.encoder, model.head)
    named = [name.strip() for name in names]
    if len(set(named)) < 2 or len(set(named)) < len(named) or not all(named):
        message = f"zero-shot needs two or more different names, not {', '.join(map(repr, names))}"
        raise BadSetting(message, "Give the categories in words, each once.")
    if "{}" not in template:
        raise BadSetting(f"the template {template!r} has no place for a name", "Put {} into it.")
    asked = space.of_texts([template.replace("{}", name) for name in named])
    features = model.encode(list(products), progress=progress).features
    words, photos = space.project(features)
    shown = np.where(features.has("image")[:, None], photos, words)
    return softmax(shown @ asked.T / space.temperature)
