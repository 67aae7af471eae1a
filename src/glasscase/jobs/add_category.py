"""Add a category to a trained model: by a few examples, or by its name alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.encoders.given import is_given
from glasscase.errors import BadCatalog, BadSetting
from glasscase.intervals import Interval, wilson_interval
from glasscase.models.added_head import AddedHead, trained_products, with_added, without_added
from glasscase.models.features import Features
from glasscase.models.nearness import dense_blocks
from glasscase.models.prototype_fit import (
    LEAST,
    Fitted,
    Trained,
    cohesion,
    fit_examples,
    fit_text,
    wins,
)
from glasscase.models.training_index import TrainingIndex, content_key
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

FEW = 5
MANY = 50
_LOOSE = 0.05


@dataclass(frozen=True)
class Conflict:
    """A trained category that an added one cannot be told from well."""

    category: str
    takes: int
    """Of its products, how many the new category would take."""
    products: int
    loses: int
    """Examples of the new category that this one would get."""


@dataclass(frozen=True)
class AddedCategory:
    """A model with one category more, and how far that category can be relied on."""

    model: ProductClassifier
    name: str
    examples: int
    """0: it is known by its name alone."""
    recall: Interval
    """Of the examples, recognised when left out; of a name alone, what the names of known
    categories find of theirs."""
    false_takes: Interval
    """Of the products of trained categories, how many it would take."""
    conflicts: tuple[Conflict, ...]
    """Those it takes most from or loses most to, first."""
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was measured, in plain words."""
        near = [
            f"{one.category} (takes {one.takes} of its {one.products}, loses {one.loses} "
            f"example{'' if one.loses == 1 else 's'} to it)"
            for one in self.conflicts[:3]
        ]
        said = f"“{self.name}” {measured_words(self.examples, self.recall, self.false_takes)}"
        conflict = f"It conflicts with {', '.join(near)}." if near else "It conflicts with none."
        return (said, conflict, *self.notes)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "name": self.name,
            "examples": self.examples,
            "recall": self.recall.to_dict(),
            "false_takes": self.false_takes.to_dict(),
            "conflicts": [asdict(one) for one in self.conflicts],
            "sentences": list(self.sentences),
            "problems": [str(problem) for problem in self.problems],
        }


def add_category(
    model: ProductClassifier,
    name: str,
    examples: Catalog | Sequence[Product] = (),
    *,
    description: str = "",
    progress: Progress = silent,
) -> AddedCategory:
    """The model with a category beside the trained ones, told by the mean vector of `examples`.

    Nothing is trained: the other answers stay as they were wherever the new category is unlikely.
    Its answers are never accepted unseen, and a promise the model had is dropped, for its cut-offs
    knew nothing of the new category. Several can be added one after the other.

    Args:
        model: a trained model that reads sentences or photos.
        name: of the category, `A > B` for a path.
        examples: 5 to 20 products of it, 3 at the least; labels do not count.
        description: what such products are, in a sentence; only where there are no examples.
        progress: shows the encoding.

    Raises:
        BadSetting: the name is blank or taken, or the model has no vectors to go by.
        BadCatalog: fewer than 3 usable examples, or one that was trained on in another category.

    Not covered: a category among whose products no two are alike; more than some dozens of
    examples, with which training anew is better.
    """
    label = _checked_name(model, name)
    index = model.training
    added = model.head.prototypes if isinstance(model.head, AddedHead) else ()
    if not dense_blocks(index.features):
        raise BadSetting(
            "this model reads single words only, so a few examples cannot tell it a category",
            "Train one with sentences or photos (effort good), or train anew with the examples.",
        )
    rows = trained_products(index, [one.name for one in added])
    labels = [index.labels[row] for row in rows.tolist()]
    trained = Trained.of(index.features.take(rows), labels)
    if len(examples):
        kept, whole, problems, notes = _examples(model, label, list(examples), progress)
        features = whole.pooled().only(dense_blocks(model.training.features))
        problems = (*(examples.problems if isinstance(examples, Catalog) else ()), *problems)
        fitted = fit_examples(label, features, trained)
        probs = model.probabilities(whole)
        fitted = replace(fitted, votes=probs.max(axis=1))
        rivals = [str(model.classes_[k]) for k in probs.argmax(axis=1).tolist()]
        index = index.joined(_remembered(model, kept, features, label))
        notes = (*notes, *_looks_loose(fitted, trained))
    else:
        kept, problems, rivals = [], (), []
        fitted = _by_name(model, label, description, trained)
        notes = ("It is told by words alone: products without words are never put there.",)
    recognised = wins(fitted.left_out, fitted.votes)
    recall = wilson_interval(float(recognised.mean()), len(recognised))
    takes = wilson_interval(float(fitted.taken.mean()), len(fitted.taken))
    lost = Counter(rivals[i] for i in np.flatnonzero(~recognised).tolist() if rivals)
    if model.promise is not None:
        notes = (
            *notes,
            "The model's promise is dropped: its cut-offs knew nothing of the new category. Make "
            "a new one with `glasscase promise`.",
        )
    facts = {
        "examples": len(kept),
        "recall": recall.to_dict(),
        "false_takes": takes.to_dict(),
        "measured": measured_words(len(kept), recall, takes),
    }
    prototype = replace(fitted.prototype, facts=facts)
    parts = without_added(model.parts)
    paths = [*parts.taxonomy.placed, tuple(label.split(" > "))]
    placed = {**parts.taxonomy.placed, paths[-1]: len(kept)}
    parts = replace(
        parts,
        training=index,
        taxonomy=Taxonomy({path: placed[path] for path in sorted(placed)}),
        promise=None,
        card=_card(parts.card, label, facts),
    )
    finished = type(model).of(with_added(parts, (*added, prototype)))
    conflicts = _conflicts(trained, fitted.taken, lost)
    return AddedCategory(
        finished, label, len(kept), recall, takes, conflicts, tuple(notes), tuple(problems)
    )


def measured_words(examples: int, recall: Interval, takes: Interval) -> str:
    """How reliable an added category is, as the end of a sentence."""
    taken = f"it would take {_said(takes)} of the products of trained categories"
    if not examples:
        return (
            f"is known by its name alone, so nothing is measured on products of its own; {taken}, "
            f"and the names of known categories find {_said(recall)} of their products."
        )
    found = f"left out, {_said(recall)} of them are recognised"
    return f"is told by {examples} examples; {found}; {taken}."


def _checked_name(model: ProductClassifier, name: str) -> str:
    path = tuple(part.strip() for part in name.split(">"))
    if not all(path):
        raise BadSetting(f"the name {name!r} is blank or has a blank part", 'Say "Garden > Hoses".')
    label = " > ".join(path)
    if label in set(map(str, model.classes_)):
        raise BadSetting(
            f"the model has a category {label!r} already", "Give the new one another name."
        )
    if path in model.taxonomy:
        raise BadSetting(
            f"{label!r} is a branch above categories of the model", "Name a category below it."
        )
    return label


def _examples(
    model: ProductClassifier, label: str, products: list[Product], progress: Progress
) -> tuple[list[Product], Features, tuple[Problem, ...], tuple[str, ...]]:
    """Usable examples that are no copies of each other, their features, what was wrong."""
    _check_seen(model, label, products)
    encoded = model.encode(products, progress=progress)
    usable = encoded.features.present.any(axis=1) & model.usable(encoded.features)
    problems = list(encoded.problems)
    for product, there in zip(products, usable.tolist(), strict=True):
        if not there:
            reason = "has neither words nor a photo the model can use"
            problems.append(
                Problem(product.row, "product", reason, "Leave it out.", product_id=product.id)
            )
    groups = near_duplicate_groups(products, limits=model.settings.photos, progress=progress)
    firsts = np.unique(np.where(usable, groups, -1), return_index=True)[1]
    rows = np.array(sorted(int(row) for row in firsts if usable[row]), np.intp)
    copies = int(usable.sum()) - len(rows)
    if len(rows) < LEAST:
        raise BadCatalog(
            f"{len(rows)} usable example{'' if len(rows) == 1 else 's'} "
            f"{'is' if len(rows) == 1 else 'are'} too few to tell {label!r} by",
            "Give 5 to 20 different products, 3 at the least, or only a name and description.",
        )
    notes = []
    if copies:
        notes.append(f"Left out as near-duplicates of other examples: {copies}.")
    if len(rows) < FEW:
        notes.append(f"{len(rows)} examples are few: give 5 to 20 to know it better.")
    if len(rows) > MANY:
        notes.append(f"With {len(rows)} examples, training anew would know the category better.")
    return (
        [products[row] for row in rows],
        encoded.features.take(rows),
        tuple(problems),
        tuple(notes),
    )


def _check_seen(model: ProductClassifier, label: str, products: Sequence[Product]) -> None:
    seen = [one for one in products if content_key(one) in model.training.content_keys]
    if seen:
        first = seen[0]
        where = f"row {first.row}: " if first.row is not None else ""
        more = f", and so were {len(seen) - 1} more" if len(seen) > 1 else ""
        raise BadCatalog(
            f"{where}product {first.id!r} was trained on in another category than {label!r} "
            f"(same words and photos){more}",
            "Correct its label and train anew, or leave it out.",
        )


def _remembered(
    model: ProductClassifier, products: Sequence[Product], features: Features, label: str
) -> TrainingIndex:
    path = tuple(label.split(" > "))
    labelled = [replace(product, category=path) for product in products]
    return TrainingIndex.of(labelled, features, model.head.blocks)


def _by_name(model: ProductClassifier, label: str, description: str, trained: Trained) -> Fitted:
    sentence = model.encoder.sentence
    if sentence is None or is_given(sentence) or "sentence" not in trained.near.blocks:
        raise BadSetting(
            "this model reads no sentences, so a name alone tells it nothing",
            "Give examples of the category.",
        )
    known = sorted(set(trained.labels.tolist()))
    asked = [_in_words(label) + (f". {description.strip()}" if description.strip() else "")]
    vectors = Features(
        {"sentence": sentence.encode_texts([*asked, *map(_in_words, known)])},
        np.array([[True, False]] * (len(known) + 1)),
        {k: v for k, v in model.encoder.places().items() if k == "sentence"},
    ).pooled()
    rows: NDArray[np.float32] = np.asarray(vectors.blocks["sentence"], np.float32)
    return fit_text(label, rows[0], dict(zip(known, rows[1:], strict=True)), trained)


def _in_words(label: str) -> str:
    return label.replace(" > ", " ")


def _looks_loose(fitted: Fitted, trained: Trained) -> list[str]:
    """Said where the examples resemble one another less than products of most categories do."""
    usual = []
    for name in sorted(set(trained.labels.tolist())):
        rows = np.flatnonzero(trained.labels == name)[:MANY]
        if len(rows) >= FEW:
            usual.append(float(np.nanmean(cohesion(trained.features.take(rows)))))
    here = float(np.nanmean(fitted.cohesion))
    if len(usual) < FEW or here >= float(np.quantile(usual, _LOOSE)):
        return []
    return [
        "The examples resemble one another less than the products of nearly all known categories: "
        "they may be several categories. Add them one by one, or give more examples."
    ]


def _conflicts(
    trained: Trained, taken: NDArray[np.bool_], lost: Counter[str]
) -> tuple[Conflict, ...]:
    sizes = Counter(trained.labels.tolist())
    takes = Counter(trained.labels[taken].tolist())
    names = sorted(set(takes) | set(lost), key=lambda name: (-takes[name] - lost[name], name))
    return tuple(Conflict(name, takes[name], sizes[name], lost[name]) for name in names)


def _card(card: dict[str, Any], label: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {**card, "added": [*card.get("added", []), {"name": label, **facts}]}


def _said(share: Interval) -> str:
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})"
