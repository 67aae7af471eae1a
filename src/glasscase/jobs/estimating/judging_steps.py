"""Judging and fitting heads, in an estimate: which there will be, and what each takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from glasscase.catalog.product import Product
from glasscase.encoders.onnx_session import usable_cores
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.scores import score
from glasscase.jobs.comparing.choose import judged_heads
from glasscase.jobs.comparing.learn_encoders import RIVALS
from glasscase.jobs.comparing.side_by_side import fit_threads
from glasscase.jobs.comparing.task import SMALL, divisions
from glasscase.jobs.estimating.encoding_sample import Clock
from glasscase.jobs.estimating.estimated import Step
from glasscase.jobs.estimating.fitting_sample import FittingSample, fitting_sample
from glasscase.jobs.estimating.span import NOTHING, Span, around
from glasscase.models.bases import READS_PLACES, make_base
from glasscase.models.features import Features
from glasscase.models.head import Targets, softmax
from glasscase.models.heads import LATE_BASES
from glasscase.models.recipes import Recipe
from glasscase.settings import Settings

_SCORED = 2000


@dataclass(frozen=True)
class Job:
    """What would be trained."""

    recipe: Recipe
    settings: Settings
    products: Sequence[Product]
    n_classes: int
    clock: Clock

    @property
    def n(self) -> int:
        """Products."""
        return len(self.products)

    @property
    def at_once(self) -> int:
        """Fits side by side; beside a recipe that learns its encoders they come one by one."""
        return usable_cores() if self.n <= SMALL and not self.recipe.learns_encoders else 1

    def heads(self, blocks: Sequence[str]) -> list[str]:
        """What is judged on the vectors of frozen encoders."""
        if self.recipe.learns_encoders:
            return [name for name in RIVALS if set(make_base(name).blocks) <= set(blocks)]
        asked = "" if self.recipe.name == "late" else self.recipe.head
        return judged_heads(blocks, self.settings.train.effort, asked)

    @property
    def shipped(self) -> tuple[str, ...]:
        """Heads fitted on everything in the end, where late fusion or what was asked for wins."""
        late = self.recipe.head in ("late", "text", "photo")
        return LATE_BASES[self.settings.train.effort] if late else (self.recipe.head,)

    def folds(self) -> tuple[int, int]:
        """Divisions, and folds of each, taking every product for itself."""
        apart = np.arange(self.n)
        made = divisions(np.zeros(self.n, np.intp), apart, self.settings)
        return len(made), len(np.unique(made[0]))


def fits(job: Job, features: Features, targets: Targets) -> dict[str, FittingSample]:
    """Of every head, in the threads that `choose` would use."""
    names = job.heads(tuple(features.blocks))
    pooled = features.pooled()
    with fit_threads(names, small=job.at_once > 1) as threads:
        return {
            name: threads.submit(
                fitting_sample, partial(make_base, name, job.settings.net),
                features if name in READS_PLACES else pooled, targets,
                n_classes=job.n_classes, clock=job.clock,
            ).result()
            for name in names
        }  # fmt: skip


def fitting_steps(job: Job, found: dict[str, FittingSample]) -> list[Step]:
    """Every head on every fold, the figures of all, and the winner on everything.

    A recipe that learns its encoders is judged on the first fold alone, and so are its rivals.
    """
    times, folds = job.folds()
    training = round(job.n * (folds - 1) / folds)
    once = sum((one.fit_seconds(training) for one in found.values()), NOTHING)
    if job.recipe.learns_encoders:
        rows = job.n - training
        scoring = _scoring(job, rows).times(len(found) + 1)
        return [
            Step("Judging its rivals", once, len(found), "fits"),
            Step("Counting intervals", scoring, len(found) + 1, "candidates"),
        ]
    judging = _side_by_side(once.times(times * folds), job.at_once)
    last = [name for name in job.shipped if name in found]
    final = sum((found[name].fit_seconds(job.n) for name in last), NOTHING)
    scored = len(found) + 3
    scoring = _scoring(job, job.n * times).times(scored)
    return [
        Step("Judging heads on the folds", judging, times * folds * len(found), "fits"),
        Step("Counting intervals", scoring, scored, "candidates"),
        Step("Fitting the winner", final, len(last), "fits"),
    ]


def _side_by_side(seconds: Span, at_once: int) -> Span:
    """Several at once: at best that many times as fast, at worst hardly faster."""
    usual = 1 + 0.7 * (at_once - 1)
    worst = 1 + 0.3 * (at_once - 1)
    return Span(seconds.expected / usual, seconds.low / at_once, seconds.high / worst)


def _scoring(job: Job, rows: int) -> Span:
    """One candidate's figures and intervals over `rows` answers."""
    rng = np.random.default_rng(0)
    n = min(rows, _SCORED)
    names = [str(number) for number in range(job.n_classes)]
    labels = [names[number] for number in rng.integers(job.n_classes, size=n)]
    probs = softmax(rng.normal(size=(n, job.n_classes)).astype(np.float32))
    begin = job.clock()
    score(Answers.pair(labels, probs, names), groups=list(range(n)), samples=200, seed=0)
    return around((job.clock() - begin) * rows / n, 0.8, 1.4)
