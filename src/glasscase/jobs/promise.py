"""Promise: which answers of a finished model may be accepted unseen."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.errors import BadCatalog, BadSetting
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.coverage import CoverageCurve
from glasscase.evaluation.promise_report import PromiseReport
from glasscase.evaluation.risk_control import Wanted, promised, set_scores
from glasscase.evaluation.tree_control import promised_above
from glasscase.jobs.evaluate import known_labels
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier


def promise(
    model: ProductClassifier,
    catalog: Catalog,
    wanted: Wanted,
    *,
    seconds_per_review: float = 20.0,
    forced: bool = False,
    progress: Progress = silent,
) -> PromiseReport:
    """Find the cut-offs above which at most `wanted.max_error` of the accepted answers is wrong.

    Where classes stand below other categories, also from when on one above may be stated of an
    answer that is not accepted (see `evaluation.tree_control`).
    Exact for any model and any number of products (see `evaluation.risk_control`). Give the model
    its promise with `model.with_promise(report.promise)`; its verdicts then follow it.

    Args:
        model: a fitted model.
        catalog: labelled products it has never seen, drawn as those it will meet.
        wanted: error, confidence, and whether categories have cut-offs and sets of their own.
        seconds_per_review: what a person takes for one product, for the hours that are left.
        forced: go on where the model was trained on some of the products.
        progress: who is told how far it is.

    Raises:
        BadSetting: an error or a confidence that is not between 0 and 1.
        BadCatalog: no product is labelled, none with a label the model knows, or some are products
            the model was trained on and it is not `forced`.
    """
    _check(wanted, seconds_per_review)
    labelled = catalog.labelled()
    classes = [str(name) for name in model.classes_]
    labels, products = known_labels(labelled, classes), labelled.products
    seen = model.training.trained_on(products)
    if seen and not forced:
        raise BadCatalog(
            f"{seen} of {len(products)} products were trained on (same words and "
            "photos): the model remembers them, so what is promised on them would not hold",
            "Take other labelled products, or say --force to go on all the same.",
        )
    encoded = model.encode(products, progress=progress)
    groups = near_duplicate_groups(products, limits=model.settings.photos, progress=progress)
    rows = np.unique(groups, return_index=True)[1]
    features = encoded.features.take(rows)
    mine, probs = [labels[row] for row in rows.tolist()], model.probabilities(features)
    usable = model.usable(features)
    answers = Answers.pair(mine, probs, classes, usable=usable)
    # what is left to a person for its own sake is never accepted, however sure the answer
    free = np.array([not told for told in model.concerns(products, encoded)])[rows]
    acceptable = Answers.pair(mine, probs, classes, usable=usable & free)
    made = replace(promised(acceptable, wanted), set_scores=set_scores(answers, wanted))
    paths = [products[row].category or () for row in rows.tolist()]
    made = replace(made, above=promised_above(acceptable, made, model.tree, paths, wanted))
    sizes = [len(made.label_set(row, classes)) for row in answers.probs]
    return PromiseReport(
        made,
        CoverageCurve.of(answers.confidence, answers.correct),
        np.asarray(sizes, np.float64),
        seconds_per_review,
        tuple(_notes(labelled, answers, seen, len(products) - len(rows)))
        + _left_to_people(int((usable & ~free).sum())),
        (*labelled.problems, *encoded.problems),
        {"products": len(products), "independent products": len(rows)},
    )


def _left_to_people(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (
        "Left to a person for their own sake (unlike all training products, a photo or text of no "
        f"use, or an answer that is a category added later), however sure the answer: {count}.",
    )


def _check(wanted: Wanted, seconds_per_review: float) -> None:
    shares = {
        "--max-error": wanted.max_error,
        "--confidence": wanted.confidence,
        "--set-error": wanted.set_error,
    }
    for name, value in shares.items():
        if not 0 < value < 1:
            raise BadSetting(
                f"{name} is {value:g}, which is not between 0 and 1", "Say 0.02 for 2 %."
            )
    if not 0 < seconds_per_review < math.inf:
        raise BadSetting(
            f"--review-seconds is {seconds_per_review:g}", "Say how long a person takes."
        )


def _notes(catalog: Catalog, answers: Answers, seen: int, alike: int) -> list[str]:
    notes = []
    if seen:
        notes.append(
            f"Trained on: {seen} of these products. The promise was forced: it flatters the model "
            "and need not hold."
        )
    if alike:
        notes.append(f"Left out as near-duplicates of others: {alike}.")
    if catalog.unlabelled:
        notes.append(f"Products without a category, left out: {catalog.unlabelled}.")
    if answers.strangers:
        count = int(answers.unknown.sum())
        notes.append(
            f"Of a category the model does not know ({', '.join(answers.strangers[:3])}"
            f"{' ...' if len(answers.strangers) > 3 else ''}), so that every answer counts as "
            f"wrong: {count}."
        )
    few = np.bincount(answers.targets, minlength=len(answers.names))[: answers.n_known]
    rare = [answers.names[c] for c in np.flatnonzero((few > 0) & (few < 10))]
    if rare:
        notes.append(
            f"Categories with fewer than 10 products here share the common cut-off: "
            f"{', '.join(rare[:5])}{' ...' if len(rare) > 5 else ''}."
        )
    return notes
