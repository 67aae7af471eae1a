"""Measure a model on products whose category is known."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.product import Product
from glasscase.errors import BadCatalog
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.example_photos import with_photos
from glasscase.evaluation.hierarchy import Hierarchy, Placed, hierarchy
from glasscase.evaluation.judge import judge
from glasscase.evaluation.metrics import NO_ANSWER
from glasscase.evaluation.promise_kept import PromiseKept
from glasscase.evaluation.report import Report
from glasscase.evaluation.strangers import Strangers
from glasscase.jobs.decisions.decided import accepted, decided
from glasscase.models.deciding import Decision
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier


def evaluate(
    model: ProductClassifier, catalog: Catalog, *, seed: int = 0, progress: Progress = silent
) -> Report:
    """Report how good `model` is on the labelled products of `catalog`.

    Every figure has a 95 % interval from 1,000 bootstrap draws, near-duplicates drawn together.
    Labels the model does not know and products with nothing usable count as errors, and the report
    says how many there are. `evaluate(model, catalog).save("report/")` writes JSON, Markdown and
    one HTML page. Where the tree has several levels, also how far off answers are along it, and
    what can be stated of products whose answer is not accepted.

    Args:
        model: a fitted model.
        catalog: read at the level the model was trained at.
        seed: of the bootstrap; the same seed gives the same intervals.
        progress: who is told how far it is.

    Raises:
        BadCatalog: no product is labelled, or none of the labels is one the model knows.

    Not covered: products unlike these. Where products were trained on, the report warns; the
    figures then say how well the model remembers, not how well it will do.
    """
    labelled = catalog.labelled()
    classes = [str(name) for name in model.classes_]
    products, labels = labelled.products, known_labels(labelled, classes)
    begin = time.perf_counter()
    encoded = model.encode(products, progress=progress)
    middle = time.perf_counter()
    probs = model.probabilities(encoded.features)
    end = time.perf_counter()
    usable = model.usable(encoded.features)
    answers = Answers.pair(labels, probs, classes, usable=usable)
    groups = near_duplicate_groups(products, limits=model.settings.photos, progress=progress)
    p_values = model.unknown(encoded.features)
    verdicts = decided(model, answers, products, encoded, unknown=p_values)
    report = judge(
        answers,
        products,
        present=encoded.features.present & usable[:, None],
        verdicts=[one.verdict for one in verdicts],
        groups=groups.tolist(),
        seed=seed,
    )
    along = _along_the_tree(model, products, answers, verdicts, groups=groups.tolist(), seed=seed)
    told = Strangers.count(p_values, answers.unknown, model.settings.decision.unknown_at)
    count = len(products)
    return replace(
        report,
        metrics={
            **report.metrics,
            **(along.metrics if along else {}),
            **(told.metrics if told else {}),
        },
        tree=along,
        promise=_promise_kept(model, answers, verdicts, groups),
        confusions=with_photos(report.confusions, products),
        notes=(
            *_data_notes(model, catalog, products),
            *report.notes,
            *([told.sentence] if told else []),
        ),
        seconds={"encode": (middle - begin) / count, "decide": (end - middle) / count},
        problems=(*labelled.problems, *encoded.problems),
        data=_data(labelled, answers, groups=len(set(groups.tolist()))),
        model=_model(model),
    )


def _promise_kept(
    model: ProductClassifier,
    answers: Answers,
    verdicts: Sequence[Decision],
    groups: NDArray[np.intp],
) -> PromiseKept | None:
    if model.promise is None or not model.settings.decision.promised:
        return None
    taken = np.array(accepted(verdicts), dtype=bool)
    return PromiseKept.count(model.promise, taken, answers.correct, groups)


def _along_the_tree(
    model: ProductClassifier,
    products: Sequence[Product],
    answers: Answers,
    verdicts: Sequence[Decision],
    *,
    groups: Sequence[int],
    seed: int,
) -> Hierarchy | None:
    paths = model.tree.paths
    placed = Placed(
        [product.category or () for product in products],
        [() if c == NO_ANSWER else paths[c] for c in answers.predicted.tolist()],
        [one.category for one in verdicts],
        accepted(verdicts),
    )
    return hierarchy(placed, groups=groups, seed=seed) if placed.depth > 1 else None


def known_labels(labelled: Catalog, classes: Sequence[str]) -> list[str]:
    """The labels of labelled products. Raises `BadCatalog` where the model knows none of them."""
    labels = [label for label in labelled.labels() if label is not None]
    if not labels:
        raise BadCatalog(
            "no product has a category, so there is nothing to measure against",
            "Name the column with --label.",
        )
    if not set(labels) & set(classes):
        raise BadCatalog(
            f"none of the {len(set(labels))} labels is known to the model: it has "
            f"{labels[0]!r} where the model knows {classes[0]!r} and {len(classes) - 1} more",
            "Name the right column with --label and the model's --level.",
        )
    return labels


def _data_notes(
    model: ProductClassifier, catalog: Catalog, products: Sequence[Product]
) -> list[str]:
    notes = []
    seen = model.training.trained_on(products)
    if seen:
        notes.append(
            f"{seen} of {len(products)} products were trained on (same words and photos): the "
            "figures flatter the model. Take other products to know how it will do."
        )
    if catalog.unlabelled:
        notes.append(f"Products without a category, left out: {catalog.unlabelled}.")
    return notes


def _data(labelled: Catalog, answers: Answers, *, groups: int) -> dict[str, Any]:
    return {
        "products": len(labelled),
        "independent products": groups,
        "classes": len(set(answers.targets.tolist())),
        "columns": labelled.columns.describe(),
    }


def _model(model: ProductClassifier) -> dict[str, Any]:
    """An excerpt of its card; the whole card is in its bundle."""
    excerpt = {name: said for name, said in model.card.items() if name in {"summary", "data"}}
    return {
        **excerpt,
        "head": model.head_name,
        "classes": len(model.classes_),
        "training products": len(model.training.ids),
        "temperatures": model.calibration.describe(),
    }
