"""Train: from a catalogue to the model that its own figures speak for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.problem import Problem
from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.errors import CannotTrain
from glasscase.evaluation.intervals import Interval
from glasscase.jobs.choose import Choice, Task, choose
from glasscase.models.calibration import fit_temperature
from glasscase.models.classifier import ProductClassifier, check_trainable, classes_and_targets
from glasscase.models.features import Features
from glasscase.models.head import Head
from glasscase.models.heads import make_head
from glasscase.models.late import LateHead
from glasscase.models.product_encoder import ProductEncoder
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

_QUICK_FOLDS = 3
_NAMES = {"text": "The words", "image": "The photos"}
_LIMITS = (
    "It names the likeliest known category, also for a product of an unknown kind.",
    "Its figures hold for products like those it was trained on.",
    "Heat maps show what the model looked at, not what shoppers look at.",
)


@dataclass(frozen=True)
class Training:
    """A trained model and how it was chosen."""

    model: ProductClassifier
    choice: Choice
    sentences: tuple[str, ...]
    """What was chosen and what each modality adds, in plain words."""
    problems: tuple[Problem, ...]
    """What could not be used of the catalogue, reading and encoding together."""

    @property
    def comparison(self) -> list[dict[str, Any]]:
        """Every candidate with accuracy and macro-F1, best first; `shipped` marks the winner."""
        return candidate_rows(self.choice)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "winner": self.choice.winner.name,
            "sentences": list(self.sentences),
            "candidates": self.comparison,
            "gains": {name: gain.to_dict() for name, gain in self.choice.gains.items()},
            "classes": [str(name) for name in self.model.classes_],
            "problems": [str(problem) for problem in self.problems],
        }


def train(
    catalog: Catalog, *, settings: Settings | None = None, progress: Progress = silent
) -> Training:
    """Encode, compare every candidate on the same grouped folds, fit and calibrate the winner.

    The winner has the highest held-out accuracy of all candidates, single modalities and
    baselines included, so what is shipped is never worse than any of them on these folds.
    Vectors are kept as they are made: a run that was stopped goes on from there.

    Raises:
        CannotTrain: fewer than two categories, or neither words nor photos.
    """
    settings = settings or Settings()
    catalog = catalog.labelled()
    check_enough(catalog)
    encoder = ProductEncoder.fit(catalog.products, settings, progress=progress)
    encoded = encoder.encode(catalog.products, progress=progress)
    classes, targets = classes_and_targets(catalog.products)
    check_trainable(encoded.features, classes)
    groups = near_duplicate_groups(catalog.products, limits=settings.photos, progress=progress)
    folds = _folds(targets, groups, settings)
    names = [str(name) for name in classes]
    task = Task(encoded.features, targets, names, groups, folds, settings.train.seed)
    choice = choose(task, effort=settings.train.effort, progress=progress)
    head = fitted_winner(task, choice, settings.train.effort)
    usable = choice.winner.usable
    temperature = fit_temperature(choice.winner.logits[usable], targets[usable])
    model = ProductClassifier(settings=settings).assemble(
        encoder, head, classes, temperature=temperature, training=(catalog.products, task.features)
    )
    model.columns = catalog.columns
    problems = (*catalog.problems, *encoded.problems, *_rare(classes, targets))
    sentences = tuple(_sentences(choice))
    model.card = _card(model, catalog, choice, sentences)
    return Training(model, choice, sentences, problems)


def check_enough(catalog: Catalog) -> None:
    """Raises `CannotTrain` before anything is encoded, where that is already certain."""
    labels = {product.label for product in catalog.products}
    if not labels:
        raise CannotTrain("no product has a category", "Name the column with --label.")
    if len(labels) == 1:
        raise CannotTrain(
            f"all products are in one category, {labels.pop()!r}",
            "Add products of another category, or go one --level deeper.",
        )
    if not any(product.text.strip() or product.photos for product in catalog.products):
        raise CannotTrain(
            "no product has words or a usable photo",
            "Name the text columns with --text or the photo folder with --photos.",
        )


def _folds(
    targets: NDArray[np.intp], groups: NDArray[np.intp], settings: Settings
) -> NDArray[np.intp]:
    wanted = _QUICK_FOLDS if settings.train.effort == "quick" else settings.train.folds
    possible = min(wanted, len(np.unique(groups)))
    if possible < 2:
        raise CannotTrain(
            "all products are near-duplicates of one another",
            "Add products that differ in words or photo.",
        )
    return grouped_stratified_folds(targets, groups, folds=possible, seed=settings.train.seed)


def fitted_winner(task: Task, choice: Choice, effort: str) -> Head:
    """The winning head, fitted on all products; late fusion keeps pools of held-out opinions."""
    head = make_head(choice.winner.name, effort=effort, blocks=tuple(task.features.blocks))
    n_classes = len(task.classes)
    if isinstance(head, LateHead):
        opinions = {name: choice.opinions[name] for name in head.bases}
        head.fit_pools(opinions, task.features, task.targets, n_classes)
        return head.fit_bases(task.features, task.targets, n_classes, seed=task.seed)
    rows = head.usable(task.features)
    head.fit(task.features.take(rows), task.targets[rows], n_classes, seed=task.seed)
    return head


def _rare(classes: NDArray[np.str_], targets: NDArray[np.intp]) -> list[Problem]:
    counts = np.bincount(targets, minlength=len(classes))
    return [
        Problem(
            None,
            "category",
            f"{str(classes[c])!r} has a single product, so it is learnt but cannot be checked",
            "Add a few more, or merge it with a neighbour.",
        )
        for c in np.flatnonzero(counts == 1)
    ]


def candidate_rows(choice: Choice) -> list[dict[str, Any]]:
    """JSON rows of all candidates, the shipped one marked."""
    return [{**one.to_dict(), "shipped": one is choice.winner} for one in choice.candidates]


def _sentences(choice: Choice) -> list[str]:
    winner = choice.winner
    lines = [
        f"Shipped: {winner.name} ({winner.family}), held-out accuracy "
        f"{_percent(winner.accuracy)}, macro-F1 {_percent(winner.macro_f1)}."
    ]
    for modality, gain in choice.gains.items():
        real = "a real gain" if gain.low > 0 else "a loss" if gain.high < 0 else "not certain"
        lines.append(
            f"{_NAMES[modality]} add {100 * gain.value:+.1f} points of accuracy "
            f"(95 % interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f}): {real}."
        )
    if not choice.gains:
        lines.append(f"There is one modality only ({winner.family}), so nothing was fused.")
    elif winner.family != "fused":
        lines.append(
            f"Fusing did not help on these products, so the {winner.family} model is shipped."
        )
    return lines


def _percent(interval: Interval) -> str:
    return f"{100 * interval.value:.1f} % ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def _card(
    model: ProductClassifier, catalog: Catalog, choice: Choice, sentences: tuple[str, ...]
) -> dict[str, Any]:
    features: Features = model.training.features
    has_text = sum(bool(product.text.strip()) for product in catalog.products)
    return {
        "summary": list(sentences),
        "data": {
            "products": len(catalog.products),
            "categories": len(model.classes_),
            "with_words": has_text,
            "with_a_usable_photo": int(features.has("image").sum()),
            "columns": catalog.columns.describe(),
            "effort": model.settings.train.effort,
            "seed": model.settings.train.seed,
        },
        "candidates": candidate_rows(choice),
        "encoders": [
            {"name": card.name, "licence": card.licence, "source": card.source}
            for card in model.encoder.cards().values()
        ],
        "limits": list(_LIMITS),
    }
