"""Retrain: what reviewers decided becomes a new model, judged on decisions it did not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.product import Product
from glasscase.errors import BadSetting, CannotTrain
from glasscase.extras import need
from glasscase.jobs.comparing.task import SMALL
from glasscase.jobs.decisions.before_after import Change, Mask, changed, cross_fitted
from glasscase.jobs.decisions.retrain_judges import StoredJudge, TrainedJudge
from glasscase.jobs.decisions.retrained import Retrained, decisions_said
from glasscase.jobs.decisions.reviewed_products import Reviewed
from glasscase.jobs.table_source import TableSource
from glasscase.jobs.train import train
from glasscase.models.classifier import ProductClassifier
from glasscase.models.known_kinds import KnownKinds
from glasscase.models.recipes import with_recipe
from glasscase.models.refitting import Refitting
from glasscase.models.training_index import TrainingIndex, content_key, title_of
from glasscase.progress import Progress, silent

LEAST = 2


def retrain(
    model: ProductClassifier,
    reviewed: Reviewed,
    *,
    table: TableSource | None = None,
    progress: Progress = silent,
) -> Retrained:
    """A new model that knows what people decided, and a fair comparison with the old one.

    With the `table` the old model was trained on, everything is trained anew on its products and
    the decisions together, with the old model's settings; rows that reviewers contradicted (same
    id, or the same words and photos) get the category people decided. Without it, what the bundle
    remembers has to do: parts that read vectors are fitted anew on these and the decisions, parts
    that count words stay.

    The comparison holds decisions out by fold, near-duplicates together; products the old model was
    trained on are left out of it. Decisions are about products the model was unsure of, so shares
    of right answers among them are not those in the whole shop.

    Raises:
        BadSetting: the model cannot be fitted by what it remembers, or learnt its encoders.
        CannotTrain: fewer than two decisions that can be used.
    """
    if len(reviewed.products) < LEAST:
        raise CannotTrain(
            f"{decisions_said(len(reviewed.products))} that can be learnt from are too few",
            "Decide more products; their photos and texts must still be kept.",
        )
    if with_recipe(model.settings)[0].learns_encoders:
        raise BadSetting(
            "this model learnt its encoders, which is not done anew by a few decisions",
            "Write them with --training-file, add them to your table, and train.",
        )
    with need("threadpoolctl", extra="train").threadpool_limits(
        1 if len(model.training.labels) <= SMALL else None
    ):
        anew = _by_table if table is not None else _by_memory
        return anew(model, reviewed, table, progress)


def _by_table(
    model: ProductClassifier, reviewed: Reviewed, table: TableSource | None, progress: Progress
) -> Retrained:
    assert table is not None
    old = table.read(model, progress=progress).labelled()
    joined, fresh, relabelled = _joined(old.products, reviewed)
    catalog = Catalog(joined, old.problems, old.columns)
    trained = train(catalog, settings=model.settings, progress=progress)
    features = trained.model.encode(joined, progress=progress).features
    labels = [product.label or "" for product in joined]
    groups = near_duplicate_groups(joined, limits=model.settings.photos, progress=progress)
    judge = TrainedJudge(trained.model, features, labels)
    without, with_ = cross_fitted(
        judge, labels, groups, fresh, seed=model.settings.train.seed, progress=progress
    )
    before = np.array(model.predict(joined)[fresh] == np.array(labels)[fresh], bool)
    keys = [
        content_key(joined[row]) in model.training.content_keys for row in np.flatnonzero(fresh)
    ]
    unseen = ~np.array(keys, bool)
    return Retrained(
        model=trained.model,
        decisions=len(reviewed.products),
        changed=reviewed.changed,
        relabelled=relabelled,
        on_reviewed=_on_reviewed(before[unseen], with_[fresh][unseen], groups[fresh][unseen]),
        on_old=changed(_OLD, without[~fresh], with_[~fresh], groups=groups[~fresh]),
        notes=(*_left(reviewed), *_seen(unseen), *_no_promise(model)),
        problems=trained.problems,
    )


def _by_memory(
    model: ProductClassifier, reviewed: Reviewed, table: TableSource | None, progress: Progress
) -> Retrained:
    del table
    index, parts = model.training, model.parts
    refitting = Refitting.of(model.head, index.features)
    classes = [str(name) for name in model.classes_]
    known = np.array([one.label in set(classes) for one in reviewed.products], bool)
    products = [one for one, there in zip(reviewed.products, known, strict=True) if there]
    if len(products) < LEAST:
        raise CannotTrain(
            "nearly all decisions are categories the model does not know",
            "Give the table it was trained on (--table), so that it is trained anew.",
        )
    encoded = model.encode(products, progress=progress)
    met = _met(index, products)
    old_labels = list(index.labels)
    for row, number in met.items():
        old_labels[row] = products[number].label or ""
    relabelled = sum(one != other for one, other in zip(old_labels, index.labels, strict=True))
    index = replace(index, labels=tuple(old_labels))
    fresh_index = TrainingIndex.of(products, encoded.features, model.head.blocks)
    labels = [*index.labels, *(one.label or "" for one in products)]
    joined = index.joined(fresh_index)
    groups = near_duplicate_groups(products, limits=model.settings.photos, progress=progress)
    first = len(index.labels)
    groups = np.concatenate([np.arange(first), first + groups])
    for row, number in met.items():
        groups[row] = groups[first + number]
    fresh = np.arange(len(labels)) >= first
    judge = StoredJudge(refitting, joined.features, encoded.features, labels, classes)
    seed = model.settings.train.seed
    without, with_ = cross_fitted(judge, labels, groups, fresh, seed=seed, progress=progress)
    probs = model.probabilities(encoded.features)
    targets = np.searchsorted(classes, labels)
    before = np.asarray(probs.argmax(axis=1) == targets[fresh])
    unseen = np.array([content_key(one) not in index.content_keys for one in products], bool)
    head = refitting.fitted(joined.features, targets, len(classes), seed=seed)
    card = {**parts.card, "retrained": {"decisions": len(products), "fitted": refitting.parts}}
    made = ProductClassifier.of(
        replace(
            parts,
            head=head,
            training=joined,
            promise=None,
            held_out=None,
            known_kinds=KnownKinds.learn(joined.features, seed=seed),
            card=card,
        )
    )
    notes = [*_left(reviewed), *_seen(unseen), *_no_promise(model)]
    if not known.all():
        notes.append(
            f"{decisions_said(int((~known).sum()))} of categories the model does not know were "
            "left out: they need the table it was trained on (--table)."
        )
    if refitting.kept:
        notes.append(
            "Without the old table, what counts single words stayed as it was "
            f"({', '.join(refitting.kept)}); fitted anew: {', '.join(refitting.parts)}."
        )
    return Retrained(
        model=made,
        decisions=len(products),
        changed=reviewed.changed,
        relabelled=relabelled,
        on_reviewed=_on_reviewed(before[unseen], with_[fresh][unseen], groups[fresh][unseen]),
        on_old=changed(_OLD, without[~fresh], with_[~fresh], groups=groups[~fresh]),
        notes=tuple(notes),
        problems=encoded.problems,
    )


_OLD = "On the old training products, without the decisions and with them, out of fold"


def _on_reviewed(before: Mask, after: Mask, groups: NDArray[np.intp]) -> Change:
    return changed("On decisions it did not learn from", before, after, groups=groups)


def _joined(old: Sequence[Product], reviewed: Reviewed) -> tuple[list[Product], Mask, int]:
    """Old products and reviewed ones, those reviewed that are no old ones marked, and how many of
    the old ones have another category now. An old product is met by its content, or by its id and
    title: an id alone may be another table's."""
    decided = {(one.id, title_of(one)): one.category for one in reviewed.products if one.id}
    by_content = {content_key(one): one.category for one in reviewed.products}
    found, met, count = [], set[str | tuple[str, str]](), 0
    for product in old:
        key, name = content_key(product), (product.id, title_of(product))
        category = by_content.get(key) or decided.get(name)
        if category is None:
            found.append(product)
            continue
        met |= {key, name}
        count += category != product.category
        found.append(replace(product, category=category))
    new = [
        replace(one, row=None)
        for one in reviewed.products
        if content_key(one) not in met and (one.id, title_of(one)) not in met
    ]
    fresh = np.arange(len(found) + len(new)) >= len(found)
    return [*found, *new], fresh, count


def _met(index: TrainingIndex, products: Sequence[Product]) -> dict[int, int]:
    """Row of what is remembered -> number of the reviewed product that it is: of the same id and
    title, for an id alone may be another table's."""
    numbers = {(one.id, title_of(one)): at for at, one in enumerate(products) if one.id}
    names = zip(index.ids, index.titles, strict=True)
    return {row: numbers[name] for row, name in enumerate(names) if name in numbers}


def _left(reviewed: Reviewed) -> list[str]:
    if not reviewed.gone:
        return []
    return [
        f"{decisions_said(len(reviewed.gone))} could not be learnt from: photos and texts are no "
        "longer kept."
    ]


def _seen(unseen: Mask) -> list[str]:
    count = int((~unseen).sum())
    return [f"{decisions_said(count)} about old training products are not judged."] if count else []


def _no_promise(model: ProductClassifier) -> list[str]:
    if model.promise is None:
        return []
    return ["The promise is dropped: its cut-offs are the old model's. Run `glasscase promise`."]
