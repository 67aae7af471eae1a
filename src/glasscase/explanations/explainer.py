"""Puts an explanation together: one pass for the photos, many quick questions about the words."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from glasscase.catalog.product import Product
from glasscase.errors import BadProduct, BadSetting
from glasscase.explanations.attention import attention_maps
from glasscase.explanations.explanation import Explanation, Neighbour
from glasscase.explanations.metadata_effect import metadata_effect
from glasscase.explanations.neighbours import nearest
from glasscase.explanations.photo_maps import photo_maps
from glasscase.explanations.question import Question
from glasscase.explanations.shapley import shares_of
from glasscase.explanations.tested import PARTS, known_parts, tested
from glasscase.explanations.word_weights import no_words, weigh_words
from glasscase.models.deciding import decisions
from glasscase.models.features import Features
from glasscase.models.missing import modalities_of
from glasscase.nearest_names import nearest_names
from glasscase.settings import Settings

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

_NOT_ASKED = "Not asked for."
_WANTED = {
    ("text",): "Give it words: this model reads nothing else.",
    ("image",): "Give it a photo: this model reads nothing else.",
    ("text", "image"): "Give it a text or a photo.",
}


def explain_product(
    model: ProductClassifier,
    product: Product,
    *,
    label: str | None = None,
    against: str | None = None,
    settings: Settings | None = None,
    parts: Collection[str] = PARTS,
) -> Explanation:
    """Explain what `model` says about `product`; see `glasscase.explain`."""
    started, wanted = time.perf_counter(), known_parts(parts)
    settings = settings or model.settings
    encoded = model.encode([product])
    if not model.usable(encoded.features)[0]:
        why = "; ".join(str(problem) for problem in encoded.problems)
        message = f"product {product.id!r} has neither words nor a photo the model can use"
        raise BadProduct(message, why or _WANTED[modalities_of(model.head.blocks)])
    question = _question(model, product, encoded.features, (label, against), settings)
    probabilities = question.probabilities
    order = np.argsort(-probabilities, kind="stable")
    p_values = model.unknown(encoded.features)
    (decided,) = decisions(
        probabilities[None],
        model.tree,
        settings.decision,
        promise=model.promise,
        concerns=model.concerns([product], encoded, unknown=p_values),
    )
    heat_maps, heat_note = photo_maps(question) if "photo" in wanted else ((), _NOT_ASKED)
    weighed = weigh_words(question) if "words" in wanted else no_words(question, _NOT_ASKED)
    more = tested(question, weighed, heat_maps, wanted)
    name = str(model.classes_[question.label])
    return Explanation(
        id=product.id,
        label=name,
        against=None if question.against is None else str(model.classes_[question.against]),
        probability=float(probabilities[question.label]),
        predicted=str(model.classes_[order[0]]),
        verdict=decided.verdict,
        reason=decided.reason,
        category=decided.category,
        category_probability=decided.category_probability,
        top=tuple(
            (str(model.classes_[k]), float(probabilities[k]))
            for k in order[: max(settings.decision.top_k, 5)]
        ),
        words=weighed.report,
        heat_maps=heat_maps,
        heat_note=heat_note,
        shares=shares_of(question),
        base=question.worth(frozenset()),
        neighbours=_neighbours(question),
        problems=tuple(encoded.problems),
        model=_model_words(model),
        seconds=time.perf_counter() - started,
        photo_words=_photo_words(model, product),
        metadata=metadata_effect(question),
        attention=attention_maps(question) if "photo" in wanted else (),
        rival=more.rival,
        flip=more.flip,
        checks=more.checks,
        unknown=None if np.isnan(p_values[0]) else float(p_values[0]),
    )


def _photo_words(model: ProductClassifier, product: Product) -> tuple[str, ...]:
    reader = model.encoder.photo_words
    return () if reader is None else tuple(reader.read([product]).texts[0].splitlines())


def _question(
    model: ProductClassifier,
    product: Product,
    features: Features,
    asked: tuple[str | None, str | None],
    settings: Settings,
) -> Question:
    label, against = asked
    classes = [str(name) for name in model.classes_]
    first = int(np.argmax(model.logits(features)[0])) if label is None else _index(label, classes)
    second = None if against is None else _index(against, classes)
    if first == second:
        message = f"there is nothing to compare: {classes[first]!r} against itself"
        raise BadSetting(message, "Name another class to compare with.")
    return Question.of(model, product, features, (first, second), settings)


def _index(name: str, classes: list[str]) -> int:
    if name not in classes:
        near = ", ".join(repr(one) for one in nearest_names(name, classes))
        raise BadSetting(f"the model knows no class {name!r}", f"Close to it: {near}.")
    return classes.index(name)


def _neighbours(question: Question) -> tuple[Neighbour, ...]:
    training = question.model.training
    number = question.settings.explain.neighbours
    found = nearest(question.features.pooled(), training.features, number)
    return tuple(
        Neighbour(
            id=str(training.ids[one.row]),
            label=str(training.labels[one.row]),
            title=str(training.titles[one.row]),
            photo=str(training.photo_names[one.row] or ""),
            similarity=one.similarity,
        )
        for one in found
    )


def _model_words(model: ProductClassifier) -> str:
    return f"{model.head.name} head over {', '.join(model.head.blocks)}"
