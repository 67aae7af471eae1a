"""Robustness: what a model loses when photos and words are not what they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.given import is_given
from glasscase.errors import BadCatalog, BadSetting
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.robustness import (
    MISSING,
    VIEWS,
    WITHHELD,
    About,
    Case,
    Clean,
    judge_cases,
)
from glasscase.evaluation.robustness_report import RobustnessReport
from glasscase.evaluation.seen import Seen
from glasscase.jobs.attacks import attack
from glasscase.jobs.damage import Damage, cases_for, drawn, encoded_anew, withheld
from glasscase.jobs.damage_examples import examples_of
from glasscase.jobs.decisions.decided import accepted, decided
from glasscase.jobs.evaluate import known_labels
from glasscase.models.features import MODALITY_OF
from glasscase.models.product_encoder import EncodedProducts
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

SAMPLE = 200
_AT_ONCE = 64
Views = dict[str, Seen]


def robustness(
    model: ProductClassifier,
    catalog: Catalog,
    *,
    sample: int = SAMPLE,
    attacks: bool = False,
    seed: int = 0,
    progress: Progress = silent,
) -> RobustnessReport:
    """Change photos and words of some products, one thing at a time, and say what that costs.

    Eleven changes of photos and seven of words at three strengths each, and either of them missing
    altogether; the fused model beside the same model with the words or the photo withheld. Changed
    photos go the way of all photos. A change depends on seed and product alone, and every vector
    is cached: a run that was stopped goes on from there, a second one computes nothing again.

    Args:
        model: a fitted model.
        catalog: labelled products, best such as it has never seen.
        sample: how many products at most, drawn by `seed` and their ids.
        attacks: also look for the smallest changes that flip an answer: single characters, and
            pixels by gradient; minutes.
        seed: of the sample, the changes and the intervals.
        progress: who is told how far it is.

    Raises:
        BadCatalog: no product is labelled, none with a label the model knows, or none has
            anything the model reads that could be changed.
        BadSetting: a sample of less than one product.

    Not covered: changes before the catalogue is read (such as markup), other languages, several
    changes at once. Of a model whose photo network was trained on such changes it says how well
    that went; it does not say which changes your shop will meet.
    """
    if sample < 1:
        raise BadSetting(f"a sample of {sample} products is impossible", "Use 1 or more.")
    labelled = catalog.labelled()
    classes = tuple(str(name) for name in model.classes_)
    known_labels(labelled, classes)
    rows = drawn(labelled.products, sample, seed)
    products = [labelled.products[row] for row in rows]
    side = _decoded_px(model)
    damage = Damage(classes, model.settings.photos, side, seed)
    groups = near_duplicate_groups(products, limits=model.settings.photos, progress=progress)
    pieces = [products[i : i + _AT_ONCE] for i in range(0, len(products), _AT_ONCE)]
    encoded = [model.encode(piece, progress=progress) for piece in pieces]
    cases = _cases(model, encoded)
    progress.say(_told(cases, len(products), len(labelled), seed))
    found: dict[Case, dict[str, list[Seen]]] = {}
    steps = [(i, case) for i in range(len(pieces)) for case in cases]
    for i, case in progress.track(steps, total=len(steps), what="Changing photos and words"):
        if case.strength:
            changed = [damage.product(product, case) for product in pieces[i]]
            again = encoded_anew(model.encoder, changed, encoded[i], case.modality)
            views = _views(model, changed, again, but=case.modality)
        else:
            views = {"fused": _seen(model, *withheld(pieces[i], encoded[i], case.modality))}
        for name, seen in views.items():
            found.setdefault(case, {}).setdefault(name, []).append(seen)
    whole = [_views(model, piece, own) for piece, own in zip(pieces, encoded, strict=True)]
    clean = Clean(
        {name: Seen.joined([views[name] for views in whole]) for name in VIEWS},
        groups,
        np.concatenate([own.features.present for own in encoded]),
        seed,
    )
    joined = {case: _joined(views) for case, views in found.items()}
    attacked = attack(model, products, clean, progress=progress) if attacks else None
    problems: list[Problem] = [*labelled.problems, *(p for one in encoded for p in one.problems)]
    return RobustnessReport(
        judge_cases(clean, joined, seed=seed),
        clean.figures(),
        About(
            len(products),
            len(labelled),
            seed,
            tuple(_notes(model, labelled, products, sample, cases)),
            examples_of(products, cases, damage),
            tuple(str(problem) for problem in problems),
        ),
        attacked,
    )


def _decoded_px(model: ProductClassifier) -> int:
    """The size photos are decoded at; all of them where words on photos are read too."""
    encoder = model.image_encoder
    if encoder is None or is_given(encoder) or model.encoder.photo_words is not None:
        return 0
    return int(encoder.card.preprocessing.get("side_px", 0))


def _cases(model: ProductClassifier, encoded: Sequence[EncodedProducts]) -> list[Case]:
    """What can be changed of these products and asked of this model."""
    found: list[Case] = []
    for own in encoded:
        for case in cases_for(own.features, model.head.blocks):
            if case not in found and not _given(model, case.modality):
                found.append(case)
    modalities = [name for name in MISSING if any(own.features.has(name).any() for own in encoded)]
    if not modalities:
        raise BadCatalog(
            "no product of the sample has words or a photo the model can use",
            "Name the photos' folder with --photos and the text columns with --text.",
        )
    if len(modalities) > 1:
        found += [Case(told, name, 0, told) for name, told in MISSING.items() if name in modalities]
    return found


def _given(model: ProductClassifier, modality: str) -> bool:
    """Whether the vectors of a modality came with the products, so that nothing can be changed."""
    encoder = model.image_encoder if modality == "image" else model.encoder.sentence
    return encoder is not None and is_given(encoder)


def _views(
    model: ProductClassifier, products: Sequence[Product], encoded: EncodedProducts, but: str = ""
) -> Views:
    """The answers to all a product has, and with one of the two withheld.

    `but`: the modality that was changed; the view that withholds it answers as before.
    """
    found = {"fused": _seen(model, products, encoded)}
    for name, modality in WITHHELD.items():
        if modality != but:
            found[name] = _seen(model, *withheld(products, encoded, modality))
    return found


def _seen(model: ProductClassifier, products: Sequence[Product], encoded: EncodedProducts) -> Seen:
    classes = [str(name) for name in model.classes_]
    answers = Answers.pair(
        [product.label or "" for product in products],
        model.probabilities(encoded.features),
        classes,
        usable=model.usable(encoded.features),
    )
    return Seen.of(answers, accepted(decided(model, answers, products, encoded)))


def _joined(views: Mapping[str, Sequence[Seen]]) -> Views:
    return {name: Seen.joined(parts) for name, parts in views.items()}


def _told(cases: Sequence[Case], products: int, of: int, seed: int) -> str:
    encodings = products * sum(case.strength > 0 for case in cases)
    return (
        f"{products:,} of {of:,} labelled products (seed {seed}), {len(cases)} changes of each: "
        f"about {encodings:,} photos and texts to encode, less what the cache holds."
    )


def _notes(
    model: ProductClassifier,
    labelled: Catalog,
    products: Sequence[Product],
    sample: int,
    cases: Sequence[Case],
) -> list[str]:
    notes = []
    if sample > len(labelled):
        notes.append(f"There are {len(labelled)} labelled products, so all were taken.")
    seen = model.training.trained_on(products)
    if seen:
        notes.append(
            f"{seen} of {len(products)} products were trained on (same words and photos): the "
            "model remembers them, so the losses flatter it."
        )
    changed = {case.modality for case in cases if case.strength}
    for modality, word in (("image", "photos"), ("text", "words")):
        if modality in changed:
            continue
        if _given(model, modality):
            why = f"Vectors of {word} came with the products, so nothing could be changed there."
        elif not any(MODALITY_OF.get(name) == modality for name in model.head.blocks):
            why = f"The model does not read {word}: nothing done to them changes an answer."
        else:
            why = f"No product of the sample has usable {word}, so none were changed."
        notes.append(why)
    return notes
