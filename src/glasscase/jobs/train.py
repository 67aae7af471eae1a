"""Train: from a catalogue to the model that its own figures speak for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.problem import Problem
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.catalog.usable import Usable
from glasscase.extras import need
from glasscase.intervals import Interval
from glasscase.jobs.comparing.choose import Candidate, Choice, choose
from glasscase.jobs.comparing.learn_encoders import learn_encoders
from glasscase.jobs.comparing.task import Task, prepare
from glasscase.jobs.learn_kinds import learn_kinds
from glasscase.models.calibration import Calibration
from glasscase.models.classifier import ProductClassifier
from glasscase.models.features import MODALITIES
from glasscase.models.head import Head, softmax
from glasscase.models.heads import make_head
from glasscase.models.held_out_answers import HeldOutAnswers
from glasscase.models.late import LateHead
from glasscase.models.model_parts import ModelParts
from glasscase.models.recipes import with_recipe
from glasscase.models.training.kept_trainings import KeptTrainings
from glasscase.models.training_index import TrainingIndex
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

_NAMES = {"text": "The words", "image": "The photos"}
_LIMITS = (
    "Of products of an unknown kind it notices some; the others it calls the likeliest known one.",
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
    place: Path | None = None
    """Of the checkpoints, where encoders were learnt."""

    def forget_checkpoints(self) -> None:
        """Remove what a repeated run would go on from.

        Only once the model is saved: until then it needs the files beside the checkpoints.
        """
        if self.place is not None:
            KeptTrainings(self.model.settings.cache).forget([self.place])

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
    baselines included, so what is shipped is never worse than any of them on these folds. Where
    `train.recipe` asks for an architecture, that is shipped, and what did better is named.
    Vectors are kept as they are made: a run that was stopped goes on from there.

    Raises:
        BadSetting: there is no such recipe.
        CannotTrain: fewer than two categories, or neither words nor photos.
    """
    recipe, settings = with_recipe(settings or Settings())
    ready = prepare(catalog, settings, heads=(recipe.head,), progress=progress)
    catalog, task, classes, targets = ready.catalog, ready.task, ready.classes, ready.task.targets
    encoder, features, judged, place = ready.encoder, task.features, task, None
    if recipe.learns_encoders:
        learnt = learn_encoders(recipe.name, ready, settings, progress=progress)
        choice, judged, head = learnt.choice, learnt.judged, learnt.head
        encoder, features, place = learnt.encoder, learnt.features, learnt.place
    else:
        with need("threadpoolctl", extra="train").threadpool_limits(1 if task.is_small else None):
            asked = "" if recipe.name == "late" else recipe.head
            choice = choose(
                task,
                effort=settings.train.effort,
                asked=asked,
                net=settings.net,
                progress=progress,
            )
            head = fitted_winner(task, choice, settings)
    calibration = choice.winner.calibration(
        judged.over_repeats(judged.features.present), judged.over_repeats(judged.targets)
    )
    problems = (*ready.problems, *_rare(classes, targets, catalog.taxonomy))
    index = TrainingIndex.of(catalog.products, features, head.blocks)
    kinds = learn_kinds(index, task.groups, settings, fitted=recipe.learns_encoders)
    sentences = (*_sentences(choice), kinds.sentence, *_warnings(choice, judged))
    parts = ModelParts(
        settings=settings,
        encoder=encoder,
        head=head,
        classes=classes,
        calibration=calibration,
        training=index,
        taxonomy=catalog.taxonomy,
        columns=catalog.columns,
        known_kinds=kinds.known,
        usable=Usable.learn(catalog.products, ready.looks),
        held_out=_held_out(judged, choice.winner, calibration),
    )
    card = {**_card(parts, choice, sentences), "unknown_kinds": kinds.facts}
    parts = replace(parts, card=card)
    model = ProductClassifier.of(parts)
    return Training(model, choice, sentences, problems, place)


def fitted_winner(task: Task, choice: Choice, settings: Settings) -> Head:
    """The winning head, fitted on all products; late fusion keeps pools of held-out opinions."""
    head = make_head(
        choice.winner.name,
        effort=settings.train.effort,
        blocks=tuple(task.features.blocks),
        net=settings.net,
    )
    n_classes = len(task.classes)
    if isinstance(head, LateHead):
        first = slice(0, len(task.targets))  # one division, as the pools were judged
        opinions = {name: choice.opinions[name][first] for name in head.bases}
        head.fit_pools(opinions, task.features.present, task.targets, n_classes)
        return head.fit_bases(task.features, task.targets, n_classes, seed=task.seed)
    rows = head.usable(task.features)
    head.fit(task.features.take(rows), task.targets[rows], n_classes, seed=task.seed)
    return head


def _held_out(judged: Task, winner: Candidate, calibration: Calibration) -> HeldOutAnswers:
    """What the winner answered while it had not seen the products: the mean of all divisions.

    Not covered: the few numbers of the calibration, which were learnt from these very answers.
    """
    present = judged.over_repeats(judged.features.present)
    probs = softmax(calibration.calibrated(winner.logits, present))
    shape = (len(judged.repeats), len(judged.targets), len(judged.classes))
    return HeldOutAnswers.of(
        judged.classes,
        judged.targets,
        probs.reshape(shape).mean(axis=0),
        usable=winner.usable[: len(judged.targets)],
        groups=judged.groups,
    )


def _rare(
    classes: NDArray[np.str_], targets: NDArray[np.intp], taxonomy: Taxonomy
) -> list[Problem]:
    counts = np.bincount(targets, minlength=len(classes))
    single = int((counts == 1).sum())
    found = []
    if single > len(classes) / 2 and any(len(path) > 1 for path in taxonomy.leaves):
        reason = f"are too fine: {single} of {len(classes)} have a single product"
        found.append(Problem(None, "categories", reason, "Cut their paths, such as by --level 1."))
    return found + [
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
    if not choice.gains and winner.family != "fused":
        lines.append(f"There is one modality only ({winner.family}), so nothing was fused.")
    if choice.asked:
        better = choice.candidates[0]
        if better is not winner:
            lines.append(
                f"It was asked for; {better.name} ({better.family}) was right more often: "
                f"{_percent(better.accuracy)}."
            )
    elif choice.gains and winner.family != "fused":
        lines.append(
            f"Fusing did not help on these products, so the {winner.family} model is shipped."
        )
    return lines


def _warnings(choice: Choice, task: Task) -> list[str]:
    """Said where the winner cannot be told from always answering with the largest category."""
    counts = np.bincount(task.targets, minlength=len(task.classes))
    largest = float(counts.max() / counts.sum())
    if choice.winner.accuracy.low > largest:
        return []
    return [
        f"Do not rely on it yet: answering {task.classes[int(counts.argmax())]!r} to everything "
        f"would be right for {largest:.0%}, and it is not surely better. Add labelled products."
    ]


def _percent(interval: Interval) -> str:
    return f"{100 * interval.value:.1f} % ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def _card(parts: ModelParts, choice: Choice, sentences: tuple[str, ...]) -> dict[str, Any]:
    present = parts.training.features.present
    return {
        "summary": list(sentences),
        "data": {
            "products": len(present),
            "categories": len(parts.classes),
            "with_words": int(present[:, MODALITIES.index("text")].sum()),
            "with_a_usable_photo": int(present[:, MODALITIES.index("image")].sum()),
            "columns": parts.columns.describe(),
            "effort": parts.settings.train.effort,
            "seed": parts.settings.train.seed,
        },
        "candidates": candidate_rows(choice),
        "encoders": [
            {"name": card.name, "licence": card.licence, "source": card.source}
            for card in parts.encoder.restricted(parts.head.blocks).cards().values()
        ],
        "limits": list(_LIMITS),
    }
