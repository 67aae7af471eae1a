"""Audit: where a catalogue's own labels are likely wrong, by a model that never saw them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import NearDuplicates, find_near_duplicates
from glasscase.catalog.product import Product
from glasscase.catalog.variants import exact_duplicates, variants
from glasscase.errors import BadSetting, CannotTrain
from glasscase.evaluation.confident_learning import LabelIssues, error_rate_interval
from glasscase.extras import need
from glasscase.intervals import Interval
from glasscase.jobs.comparing.choose import Candidate, Choice, choose
from glasscase.jobs.comparing.task import Prepared, Task, check_enough, prepare
from glasscase.jobs.leaks import find_leaks
from glasscase.models.confidence_curve import fit_curve
from glasscase.models.head import softmax
from glasscase.models.recipes import with_recipe
from glasscase.progress import Progress, silent
from glasscase.review.audit import Audit
from glasscase.review.evidence import Alike, Evidence, Opinion, judged
from glasscase.review.findings import Group, Share
from glasscase.review.worklist import worklist
from glasscase.settings import Settings

LEAST_PRODUCTS = 10
WEAK = 0.9
"""A model that agrees with fewer labels is said to be weak."""


def audit(
    catalog: Catalog,
    *,
    settings: Settings | None = None,
    against: Catalog | None = None,
    progress: Progress = silent,
) -> Audit:
    """Say which labels of `catalog` to look at first, and why.

    The model that `train` would ship is trained on the catalogue itself, fold by fold, so every
    product is judged by one that never saw it or its near-duplicates. Its calibrated answers give
    confident learning's issues, the order of the worklist and the estimated error rate. Beside
    them stand the words alone and the photo alone, and near-duplicates and variants that are filed
    elsewhere. `audit(catalog).save("audit.html")` writes one page.

    Args:
        catalog: labelled products; those without a label are left out.
        settings: as for `train`.
        against: another table, such as the test set: products that are in both are listed, with
            the accuracy they inflate. Read it with the same columns and level.
        progress: who is told how far it is.

    Raises:
        BadSetting: a recipe that learns its encoders; they would have seen every product.
        CannotTrain: fewer than two categories, fewer than 10 labelled products, or neither words
            nor photos.

    Not covered: labels wrong in the same way for most of a class; classes of fewer than 5
    products, which only near-duplicates and variants speak of.
    """
    recipe, settings = with_recipe(settings or Settings())
    if recipe.learns_encoders:
        raise BadSetting(
            f"recipe {recipe.name!r} learns its encoders, and an audit asks models of every fold",
            "Choose a recipe on frozen vectors, such as late.",
        )
    labelled = catalog.labelled()
    check_enough(labelled)
    if len(labelled) < LEAST_PRODUCTS:
        raise CannotTrain(
            f"{len(labelled)} labelled products are too few to judge labels by",
            f"An audit needs at least {LEAST_PRODUCTS}, and says more with 20 of every category.",
        )
    found = find_near_duplicates(labelled.products, limits=settings.photos, progress=progress)
    ready = prepare(labelled, settings, heads=(recipe.head,), alike=found, progress=progress)
    with need("threadpoolctl", extra="train").threadpool_limits(1 if ready.task.is_small else None):
        choice = choose(
            ready.task,
            effort=settings.train.effort,
            asked="" if recipe.name == "late" else recipe.head,
            net=settings.net,
            progress=progress,
        )
        leaks = find_leaks(ready, choice, against, settings, progress=progress) if against else None
    exact = exact_duplicates(labelled.products)
    evidence = gather(ready, choice, found, exact)
    rate, seen = Interval.undefined(), evidence.judged
    if seen.any():
        rate = error_rate_interval(
            ready.task.targets[seen],
            evidence.model.probs[seen],
            ready.task.groups[seen],
            seed=ready.task.seed,
        )
    return Audit(
        worklist=worklist(ready.catalog.products, evidence),
        judged=int(seen.sum()),
        accuracy=_share(choice.winner.accuracy if seen.any() else Interval.undefined()),
        error_rate=_share(rate),
        model=choice.winner.name,
        groups=_groups(ready.catalog.products, evidence, exact),
        leaks=leaks,
        notes=tuple(_notes(catalog, evidence, choice.winner.accuracy.value)),
        problems=ready.problems,
    )


def gather(
    ready: Prepared, choice: Choice, found: NearDuplicates, exact: Sequence[tuple[int, ...]]
) -> Evidence:
    """Everything known of the labels, from the held-out answers of a finished choice."""
    task, products = ready.task, ready.catalog.products
    model = _opinion(task, choice.winner)
    alone = {"text": choice.best("text only"), "image": choice.best("photo only")}
    modalities = {name: _opinion(task, one) for name, one in alone.items() if one is not None}
    seen = judged(task.targets, model.usable, len(task.classes))
    issues = np.zeros(len(products), bool)
    if seen.any():
        issues[seen] = LabelIssues.find(task.targets[seen], model.probs[seen]).issues
    return Evidence(
        classes=task.classes,
        targets=task.targets,
        model=model,
        issues=issues,
        modalities=modalities,
        copies=_copies(found, exact),
        variants=Alike(variants(products), {}),
    )


def _opinion(task: Task, candidate: Candidate) -> Opinion:
    """Held-out probabilities: calibrated as `train` does, then the mean of all divisions."""
    usable = candidate.usable
    seen = task.over_repeats(task.targets)[usable]
    logits = candidate.logits
    if usable.any():
        logits = fit_curve(logits[usable], seen).calibrated(logits)
    shape = (len(task.repeats), len(task.targets), len(task.classes))
    probs = softmax(logits).reshape(shape).mean(axis=0)
    return Opinion(probs, usable[: len(task.targets)])


def _copies(found: NearDuplicates, exact: Sequence[tuple[int, ...]]) -> Alike:
    """Near-duplicates and exact ones: short words alone make no near-duplicate, but a copy."""
    groups = found.groups.copy()
    how: dict[tuple[int, int], str] = {}
    for pair in found.pairs:
        how.setdefault((pair.first, pair.second), pair.by)
    for rows in exact:
        how.update({(rows[0], other): "exact" for other in rows[1:]})
        apart = np.unique(groups[list(rows)])
        if len(apart) > 1:
            groups[np.isin(groups, apart)] = apart[0]
    return Alike(_members(groups), how)


def _members(groups: NDArray[np.intp]) -> list[tuple[int, ...]]:
    order = np.argsort(groups, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    return [tuple(part.tolist()) for part in parts if len(part) > 1]


def _groups(
    products: Sequence[Product], evidence: Evidence, exact: Sequence[tuple[int, ...]]
) -> tuple[Group, ...]:
    same = {frozenset(rows) for rows in exact}
    near = [rows for rows in evidence.copies.groups if frozenset(rows) not in same]
    entries = [("exact", exact), ("near", near), ("variant", evidence.variants.groups)]
    groups = [
        Group(
            kind,
            tuple(products[row] for row in rows),
            tuple(sorted({str(evidence.classes[evidence.targets[row]]) for row in rows})),
        )
        for kind, members in entries
        for rows in members
    ]
    return tuple(sorted(groups, key=lambda one: (not one.conflict, -len(one.products))))


def _notes(catalog: Catalog, evidence: Evidence, agreement: float) -> list[str]:
    notes = []
    if agreement < WEAK and evidence.judged.any():
        notes.append(
            f"The model agrees with {agreement:.0%} of the labels only. Much of what it doubts, "
            "and of the estimated error rate, will be its own mistakes."
        )
    if catalog.unlabelled:
        notes.append(f"{catalog.unlabelled:,} products without a category were left out.")
    unjudged = int((~evidence.judged).sum())
    if unjudged:
        notes.append(
            f"{unjudged:,} labels could not be judged by the model: their class is too small, or "
            "the product has neither words nor a usable photo."
            + (" Cut category paths, such as by --level 1." if unjudged * 2 > len(evidence) else "")
        )
    if len(evidence.modalities) < 2:
        notes.append("Words and photos could not be asked apart, for one of the two is missing.")
    return notes


def _share(interval: Interval) -> Share:
    return Share(interval.value, interval.low, interval.high)
