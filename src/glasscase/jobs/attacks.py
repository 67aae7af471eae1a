"""Attack some products: single characters of the words, pixels of the photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.product import Product
from glasscase.encoders.encoder import PaidTextEncoder
from glasscase.encoders.given import is_given
from glasscase.errors import GlasscaseError
from glasscase.evaluation.attack_figures import Attacked, Attacks
from glasscase.evaluation.photo_attack import EPSILONS, PhotoGradients
from glasscase.evaluation.robustness import Clean
from glasscase.evaluation.word_attack import MOST_EDITS, WordAttack, attack_words
from glasscase.models.features import MODALITY_OF
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

PRODUCTS = 32
"""Attacked at most, each way: those of the sample that are answered rightly, in its order."""
_EXAMPLES = 6


def attack(
    model: ProductClassifier,
    products: Sequence[Product],
    clean: Clean,
    *,
    most: int = PRODUCTS,
    progress: Progress = silent,
) -> Attacks:
    """Attack words and photos of up to `most` of `products` each.

    Words are attacked with the photo in place and photos with the words in place. What has no way
    for an attack is said in `not_made`.
    """
    made: list[Attacked] = []
    not_made: list[str] = []
    right = clean.views["fused"].correct
    reason = _no_words(model)
    rows = np.flatnonzero(right & clean.present[:, 0])[:most]
    if reason:
        not_made.append(f"Words were not attacked: {reason}.")
    elif not len(rows):
        not_made.append("Words were not attacked: no right answer to a product with words.")
    else:
        made.append(_on_words(model, [products[row] for row in rows], progress))
    rows = np.flatnonzero(right & clean.present[:, 1])[:most]
    try:
        gradients = PhotoGradients.of(model)
    except GlasscaseError as error:
        not_made.append(f"Photos were not attacked: {error.reason}.")
    else:
        made += _on_photos(model, gradients, [products[row] for row in rows], progress)
    return Attacks(tuple(made), tuple(not_made))


def _no_words(model: ProductClassifier) -> str:
    """Why the words of this model cannot be attacked; empty where they can."""
    sentence = model.encoder.sentence
    if not any(MODALITY_OF.get(name) == "text" for name in model.head.blocks):
        return "the model does not read them"
    if sentence is not None and is_given(sentence):
        return "their vectors were computed elsewhere"
    inside = getattr(sentence, "encoder", sentence)
    if isinstance(inside, PaidTextEncoder):
        return "every text asked of its encoder costs money"
    return ""


def _on_words(
    model: ProductClassifier, products: Sequence[Product], progress: Progress
) -> Attacked:
    outcomes = [
        (product.text, _attacked_words(model, product))
        for product in progress.track(products, total=len(products), what="Attacking words")
    ]
    flipped = [(text, one) for text, one in outcomes if one.flipped]
    return Attacked(
        f"up to {MOST_EDITS} words changed by one character each",
        len(outcomes),
        len(flipped),
        float(np.mean([one.edits for _, one in flipped])) if flipped else None,
        tuple((text, one.text) for text, one in flipped[:_EXAMPLES]),
    )


def _attacked_words(model: ProductClassifier, product: Product) -> WordAttack:
    features = model.encode([product]).features
    answer = int(model.probabilities(features)[0].argmax())

    def ask(texts: Sequence[str]) -> NDArray[np.float64]:
        return model.probabilities(model.encoder.with_texts(features, texts))

    return attack_words(product.text, answer, ask)


def _on_photos(
    model: ProductClassifier,
    gradients: PhotoGradients,
    products: Sequence[Product],
    progress: Progress,
) -> list[Attacked]:
    counts = dict.fromkeys(EPSILONS, 0)
    attacked = 0
    for product in progress.track(products, total=len(products), what="Attacking photos"):
        photos = gradients.squares(product)
        if photos is None:
            continue
        attacked += 1
        features = model.encode([product]).features
        answer = int(model.probabilities(features)[0].argmax())
        for eps in EPSILONS:
            changed = gradients.attacked(photos, features, answer, eps)
            counts[eps] += int(gradients.answers(changed, features).argmax() != answer)
    return [
        Attacked(f"pixels changed by at most {eps} of 255", attacked, flipped)
        for eps, flipped in counts.items()
    ]
