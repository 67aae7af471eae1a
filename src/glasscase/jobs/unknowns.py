"""Which products a model does not know, and what new categories they could be."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.product import Product
from glasscase.errors import BadSetting
from glasscase.models.features import Features
from glasscase.models.nearness import Nearness, dense_blocks, of_pattern
from glasscase.models.product_groups import groups_of, similarity, usual_cohesion
from glasscase.progress import Progress, silent
from glasscase.review.distinctive_words import distinctive_words
from glasscase.review.unknown_groups import UnknownGroup, UnknownGroups

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

LIMIT = 0.05
LEAST = 5
MOST = 3000
_VOTERS = 10
_AT_ONCE = 1024


def unknowns(
    model: ProductClassifier,
    catalog: Catalog,
    *,
    limit: float = LIMIT,
    least: int = LEAST,
    progress: Progress = silent,
) -> UnknownGroups:
    """Group the products of `catalog` that are unlike all `model` was trained on.

    Groups are made by average-link clustering until they hold together no worse than nine of ten
    known categories do, so nobody says how many. `unknowns(...).save("page.html")` writes a page
    and a table of examples for each group, which `add_category` takes.

    Args:
        model: trained on sentences or photos.
        catalog: any, labelled or not.
        limit: products with a p-value up to this are called unknown; here more are let in than in
            `decision.unknown_at`, for a group speaks for its members.
        least: products a group must have; 3 at the least.
        progress: shows the encoding.

    Raises:
        BadSetting: the model cannot tell products of unknown kinds, or `limit` or `least` is out of
            bounds.

    Not covered: new kinds that lie among known ones in vector space; more than 3,000 unknown
    products (the strangest are taken).
    """
    if not 0 < limit < 1:
        raise BadSetting(f"--limit is {limit:g}, which is not between 0 and 1", "Say 0.05.")
    if least < LEAST - 2:
        raise BadSetting(f"--least is {least}", "A group takes 3 products at the least.")
    if model.parts.known_kinds is None:
        why = model.card.get("unknown_kinds", {}).get("none", "it knows no usual distances.")
        raise BadSetting(
            f"this model cannot tell products of unknown kinds: {why}",
            "Train one on sentences or photos, with encoders that are not learnt themselves.",
        )
    products = list(catalog.products)
    encoded = model.encode(products, progress=progress)
    p_values = model.unknown(encoded.features)
    strange = np.flatnonzero(p_values <= limit)
    notes = []
    if len(strange) > MOST:
        notes.append(f"Of {len(strange)} the {MOST} strangest were grouped.")
        strange = np.sort(strange[np.argsort(p_values[strange], kind="stable")[:MOST]])
    training = model.training
    names = dense_blocks(training.features)
    features = encoded.features.pooled().only(names).take(strange)
    usual = usual_cohesion(training.features, training.labels)
    numbers = groups_of(features, least_cohesion=usual)
    sizes = np.bincount(numbers) if len(numbers) else np.zeros(0, np.intp)
    found: list[UnknownGroup] = []
    boilerplate = model.parts.usable.boilerplate
    texts = [boilerplate.remove(product.text) for product in products]
    for number in np.flatnonzero(sizes >= least).tolist():
        inside = np.flatnonzero(numbers == number)
        rows = strange[inside]
        others = np.setdiff1d(np.arange(len(products)), rows)
        words = distinctive_words([texts[i] for i in rows], [texts[i] for i in others])
        found.append(
            _group(model, [products[i] for i in rows], features.take(inside), words, len(found))
        )
    grouped = sum(group.size for group in found)
    return UnknownGroups(
        tuple(found),
        len(strange) - grouped,
        len(products),
        limit,
        usual,
        model.columns,
        tuple(notes),
        (*catalog.problems, *encoded.problems),
    )


def _group(
    model: ProductClassifier,
    products: list[Product],
    features: Features,
    words: tuple[str, ...],
    number: int,
) -> UnknownGroup:
    alike = similarity(features)
    count = len(products)
    typical = np.argsort(-alike.mean(axis=1), kind="stable")
    nearest, share = _nearest_category(model, features)
    return UnknownGroup(
        " ".join(words).capitalize() or f"Group {number + 1}",
        words,
        tuple(products[i] for i in typical.tolist()),
        float(alike[np.triu_indices(count, 1)].mean()),
        nearest,
        share,
    )


def _nearest_category(model: ProductClassifier, features: Features) -> tuple[str, float]:
    """The label most of the ten nearest training products of each have, and how many do."""
    training = model.training
    near = Nearness.of(training.features)
    labels: NDArray[np.str_] = np.asarray(training.labels)
    votes: Counter[str] = Counter()
    for start in range(0, len(features), _AT_ONCE):
        piece = features.take(slice(start, start + _AT_ONCE))
        similar, patterns = near.by_modality(piece), near.patterns(piece)
        for pattern in set(patterns.tolist()) - {""}:
            table = of_pattern(
                similar if pattern == "both" else {pattern: similar[pattern]}, pattern
            )
            rows = np.flatnonzero(patterns == pattern)
            k = min(_VOTERS, table.shape[1])
            nearest = np.argpartition(table[rows], table.shape[1] - k, axis=1)[:, -k:]
            votes.update(labels[nearest].ravel().tolist())
    if not votes:
        return "", 0.0
    name, most = votes.most_common(1)[0]
    return name, most / votes.total()
