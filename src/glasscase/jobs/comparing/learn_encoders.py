"""A recipe that learns its encoders: judged on a part it never saw, then learnt from everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.jobs.comparing.choose import Candidate, Choice, family_of, judged_candidate
from glasscase.jobs.comparing.task import Prepared, Task
from glasscase.models.bases import BASES, make_base
from glasscase.models.calibration import HeldOut
from glasscase.models.end_to_end.joint_training import Lesson, TrainedJoint, fit_joint
from glasscase.models.features import Features
from glasscase.models.head import Head
from glasscase.models.out_of_fold import fold_answers
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.training.kept_trainings import KeptTrainings
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

RIVALS = ("words", "sentence", "image", "kernel")
"""Heads on frozen vectors that are judged on the same part."""


@dataclass(frozen=True)
class LearntEncoders:
    """A trained network in the parts of a model, and how it was judged."""

    choice: Choice
    judged: Task
    """The part it was judged on."""
    encoder: ProductEncoder
    head: Head
    features: Features
    """Of all products, by its own encoders."""
    problems: tuple[Problem, ...]
    place: Path
    """Of its checkpoints, and of the encoders' files until they are in a bundle."""


def learn_encoders(
    recipe: str, ready: Prepared, settings: Settings, *, progress: Progress = silent
) -> LearntEncoders:
    """Learn without one fold, judge on that fold, then learn from all products.

    One fold, not all of them: each takes a whole training. Checkpoints lie in the cache's folder,
    so that the same command goes on where it was stopped.
    """
    task, products = ready.task, ready.catalog.products
    lesson = Lesson(products, task.targets, len(task.classes), task.seed)
    first = next(task.folds())
    held, rest = np.flatnonzero(first.held), np.flatnonzero(~first.held)
    work = KeptTrainings(settings.cache).place(lesson.run(recipe, settings))
    progress.say(f"Learning without {len(held)} products, to judge by them.")
    trial = fit_joint(
        recipe, lesson.part(rest), settings=settings, work=work / "judged", progress=progress
    )
    part = Task(
        task.features.take(held),
        task.targets[held],
        task.classes,
        task.groups[held],
        [np.zeros(len(held), np.intp)],
        task.seed,
    )
    answers, usable = _held_out(trial, [products[row] for row in held.tolist()], progress)
    found = [judged_candidate(part, recipe, trial.family, answers, usable), *_rivals(task, part)]
    found.sort(key=lambda c: (-c.accuracy.value, -c.macro_f1.value))
    progress.say("Learning from all products.")
    whole = fit_joint(recipe, lesson, settings=settings, work=work / "whole", progress=progress)
    encoder, head = whole.parts(work / "encoders")
    encoded = encoder.encode(products, progress=progress)
    choice = Choice(tuple(found), {}, {}, recipe)
    return LearntEncoders(choice, part, encoder, head, encoded.features, encoded.problems, work)


def _held_out(
    trial: TrainedJoint, products: Sequence[Product], progress: Progress
) -> tuple[HeldOut, NDArray[np.bool_]]:
    """Its answers, also to the texts and to the photos alone where it reads both; and [n], which
    products it had something to go by for."""
    logits, usable = trial.logits(products, progress=progress)
    if trial.family != "fused":
        return HeldOut(logits), usable
    bare = {
        "text": [replace(product, photos=()) for product in products],
        "image": [replace(product, texts={}) for product in products],
    }
    alone = {name: trial.logits(part, progress=progress)[0] for name, part in bare.items()}
    return HeldOut(logits, alone), usable


def _rivals(task: Task, part: Task) -> list[Candidate]:
    first = next(task.folds())
    blocks = task.features.blocks.keys()
    found = []
    for name in RIVALS:
        head = make_base(name)
        if set(head.blocks) <= blocks:
            answers = fold_answers(BASES[name], task.labelled, held=first.held, seed=first.seed)
            usable = head.usable(part.features)
            found.append(judged_candidate(part, name, family_of(name), answers, usable))
    return found
