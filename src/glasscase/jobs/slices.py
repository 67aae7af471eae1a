"""Slices: whether a model treats some of the products worse than the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.errors import BadSetting
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.seen import Seen
from glasscase.evaluation.slices import Sliced, judge_slices
from glasscase.evaluation.slices_report import SlicesReport
from glasscase.jobs.brands_left_out import brands_left_out
from glasscase.jobs.decisions.decided import accepted, decided
from glasscase.jobs.evaluate import known_labels
from glasscase.jobs.slice_values import Values, dimensions_of
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier


def slices(
    model: ProductClassifier,
    catalog: Catalog,
    *,
    by: Mapping[str, Values] | None = None,
    leave_out: bool = True,
    seed: int = 0,
    progress: Progress = silent,
) -> SlicesReport:
    """Divide labelled products in every way known of them and compare each part with the rest.

    By brand, price, language, words in the text, training products of the category, size,
    sharpness and brightness of the photo, and any further column. A warning needs Fisher's exact
    test on independent products, corrected for all slices at once.

    Args:
        model: a fitted model.
        catalog: labelled products it has never seen.
        by: further columns by name, such as `{"seller": frame["seller"]}`: a value for each
            product of `catalog`, None or empty for none.
        leave_out: also train without each of the biggest brands in turn, and say what a brand
            costs that the model never met.
        seed: of the intervals and folds.
        progress: who is told how far it is.

    Raises:
        BadCatalog: no product is labelled, none with a label the model knows.
        BadSetting: a further column has another number of values.

    Not covered: causes. A slice may be worse because its categories are hard (`expected` says how
    much of it that is), its labels wrong or its photos poor. Slices of two things at once.
    """
    columns = {name: _checked(name, values, len(catalog)) for name, values in (by or {}).items()}
    labelled = catalog.labelled()
    classes = [str(name) for name in model.classes_]
    labels, products = known_labels(labelled, classes), labelled.products
    rows = [row for row, one in enumerate(catalog.products) if one.category is not None]
    encoded = model.encode(products, progress=progress)
    groups = near_duplicate_groups(products, limits=model.settings.photos, progress=progress)
    answers = Answers.pair(
        labels,
        model.probabilities(encoded.features),
        classes,
        usable=model.usable(encoded.features),
    )
    dimensions = dimensions_of(
        products,
        model.training.labels,
        by={name: [values[row] for row in rows] for name, values in columns.items()},
        limits=model.settings.photos,
        progress=progress,
    )
    seen = Seen.of(answers, accepted(decided(model, answers, products, encoded)))
    left = (
        brands_left_out(model, products, encoded.features, groups, seed=seed, progress=progress)
        if leave_out
        else ""
    )
    notes = _notes(model, catalog, labelled)
    if isinstance(left, str):
        notes += [left] if left else []
    return SlicesReport(
        judge_slices(Sliced(answers, seen, groups, seed), dimensions),
        seen.accuracy(groups, seed=seed),
        (int(answers.correct.sum()), len(products)),
        None if isinstance(left, str) else left,
        tuple(notes),
        tuple(str(problem) for problem in (*labelled.problems, *encoded.problems)),
    )


def _checked(name: str, values: Values, count: int) -> list[str | None]:
    told = [None if value is None else str(value) for value in values]
    if len(told) != count:
        raise BadSetting(
            f"{name!r} has {len(told)} values for {count} products", "Give one for each product."
        )
    return told


def _notes(model: ProductClassifier, catalog: Catalog, labelled: Catalog) -> list[str]:
    notes = []
    seen = model.training.trained_on(labelled.products)
    if seen:
        notes.append(
            f"{seen} of {len(labelled)} products were trained on (same words and photos): the "
            "model remembers them, so what is worse about others may not show."
        )
    if catalog.unlabelled:
        notes.append(f"Products without a category, left out: {catalog.unlabelled}.")
    return notes
