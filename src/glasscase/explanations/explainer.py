"""Puts an explanation together: one pass for the photos, many quick questions about the words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from glasscase.catalog.product import Product
from glasscase.errors import BadProduct, BadSetting
from glasscase.explanations.attention import attention_maps
from glasscase.explanations.explanation import (
    Explanation,
    ModalityShare,
    Neighbour,
    WordReport,
    WordWeight,
)
from glasscase.explanations.given_text import NO_WORDS, given_text_note
from glasscase.explanations.lime import LimeWeights, lime_weights
from glasscase.explanations.metadata_effect import metadata_effect
from glasscase.explanations.neighbours import nearest
from glasscase.explanations.photo_maps import photo_maps
from glasscase.explanations.question import Question
from glasscase.explanations.shapley import modality_shares
from glasscase.explanations.word_masks import SplitText
from glasscase.models.deciding import decisions
from glasscase.models.features import Features
from glasscase.models.missing import modalities_of
from glasscase.nearest_names import nearest_names
from glasscase.settings import Settings

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

MOST_WORDS = 100
"""Different words weighed one by one; the rest of a very long text is weighed together."""
MOST_CHARACTERS, LEAST_SAMPLES = 2_000_000, 200
"""A very long text is asked about less often, but not less than so many times."""
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
    distinct_repeats: bool = False,
) -> Explanation:
    """Explain what `model` says about `product`; see `glasscase.explain`."""
    started = time.perf_counter()
    settings = settings or model.settings
    encoded = model.encode([product])
    if not model.usable(encoded.features)[0]:
        why = "; ".join(str(problem) for problem in encoded.problems)
        message = f"product {product.id!r} has neither words nor a photo the model can use"
        raise BadProduct(message, why or _WANTED[modalities_of(model.head.blocks)])
    question = _question(model, product, encoded.features, (label, against), settings)
    probabilities = question.probabilities
    order = np.argsort(-probabilities, kind="stable")
    (decided,) = decisions(
        probabilities[None],
        model.tree,
        settings.decision,
        promise=model.promise,
        concerns=model.concerns([product], encoded),
    )
    heat_maps, heat_note = photo_maps(question)
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
        words=_words(question, distinct_repeats=distinct_repeats),
        heat_maps=heat_maps,
        heat_note=heat_note,
        shares=_shares(question),
        base=question.worth(frozenset()),
        neighbours=_neighbours(question),
        problems=tuple(encoded.problems),
        model=_model_words(model),
        seconds=time.perf_counter() - started,
        photo_words=_photo_words(model, product),
        metadata=metadata_effect(question),
        attention=attention_maps(question),
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
    return Question(model, product, features, first, second, settings)


def _index(name: str, classes: list[str]) -> int:
    if name not in classes:
        near = ", ".join(repr(one) for one in nearest_names(name, classes))
        raise BadSetting(f"the model knows no class {name!r}", f"Close to it: {near}.")
    return classes.index(name)


def _words(question: Question, *, distinct_repeats: bool) -> WordReport:
    limit = question.settings.text.max_characters
    whole = question.product.text if question.features.has("text")[0] else ""
    given = given_text_note(question)
    whole = "" if given == NO_WORDS else whole
    text = whole[:limit]
    split = SplitText.of(text, distinct_repeats=distinct_repeats, most=MOST_WORDS)
    chosen = question.settings.explain
    found = lime_weights(
        split,
        question.answers,
        answer=question.answer,
        exact_words=chosen.exact_words,
        max_samples=min(chosen.max_samples, max(LEAST_SAMPLES, MOST_CHARACTERS // (len(text) + 1))),
        seed=chosen.seed,
    )
    unread = "" if whole or not question.product.text.strip() else " This model reads none."
    unread = f" {given}" if given else unread
    return WordReport(
        text=text,
        words=tuple(_word_weights(split, found)),
        answer=question.answer,
        method=("exact" if found.exact else "sampled") if split.columns else "none",
        samples=found.samples,
        fit=found.fit,
        overlap=found.overlap,
        note=_words_note(split, found, left_out=len(whole) - len(text)) + unread,
    )


def _word_weights(split: SplitText, found: LimeWeights) -> list[WordWeight]:
    return [
        WordWeight(
            word.text,
            word.start,
            word.end,
            float(found.weights[word.column]),
            float(found.errors[word.column]),
        )
        for word in split.words
        if word.column != split.tail
    ]


def _words_note(split: SplitText, found: LimeWeights, *, left_out: int) -> str:
    notes = []
    if not split.columns:
        notes.append("There are no words.")
    if split.tail is not None:
        number = len({word.text for word in split.words if word.column == split.tail})
        weight = found.weights[split.tail]
        notes.append(
            f"The first {split.columns - 1} different words are weighed one by one, "
            f"the other {number} together: {weight:+.3f}."
        )
    if left_out:
        notes.append(f"The last {left_out} characters are beyond text.max_characters.")
    return " ".join(notes)


def _shares(question: Question) -> tuple[ModalityShare, ...]:
    read = modalities_of(question.model.head.blocks)
    players = [name for name in read if question.features.has(name)[0]]
    return modality_shares(players, question.worth)


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
