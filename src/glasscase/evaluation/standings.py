"""Several models beside one another: how good, how dear, and which differences are real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.evaluation.alike import Names, alike
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.costs import Costs
from glasscase.evaluation.metrics import ClassCounts, Floats
from glasscase.evaluation.pairs import Pair, compare_pairs
from glasscase.evaluation.scores import score
from glasscase.intervals import Difference, Interval, paired_bootstrap

_DRAWS = 1000


@dataclass(frozen=True)
class Entrant:
    """A model and its answers, before it is compared."""

    name: str
    family: str
    """`text only`, `photo only`, `fused`, `baseline` or `bundle`."""
    answers: Answers
    """On every product, once for each division."""
    costs: Costs


@dataclass(frozen=True)
class Field:
    """What all entrants answered about."""

    groups: NDArray[np.intp]
    """[divisions * products]: what is drawn together."""
    products: int
    divisions: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Standing:
    """One model in the table."""

    name: str
    family: str
    accuracy: Interval
    macro_f1: Interval
    macro_f1_behind: Interval | None
    """Macro-F1 of the best model less its own, paired; None for the best itself."""
    costs: Costs

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        behind = self.macro_f1_behind
        return {
            "name": self.name,
            "family": self.family,
            "accuracy": self.accuracy.to_dict(),
            "macro_f1": self.macro_f1.to_dict(),
            "macro_f1_behind": behind and behind.to_dict(),
            **self.costs.to_dict(),
        }


@dataclass(frozen=True)
class Standings:
    """The table, best first, and every two models tested against each other."""

    models: tuple[Standing, ...]
    pairs: tuple[Pair, ...]
    """Every two, the one higher in the table as `a`."""
    alike: tuple[Names, ...]
    """The largest groups in which no difference is real."""
    notes: tuple[str, ...] = ()
    """What a reader must know to read the figures rightly."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Models that could not be judged, and why."""
    problems: tuple[Problem, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> Standing:
        """The model with the highest accuracy."""
        return self.models[0]

    def pair(self, one: str, other: str) -> Pair:
        """The test of two models, the one higher in the table as `a`."""
        return next(pair for pair in self.pairs if {pair.a, pair.b} == {one, other})

    def like_best(self) -> tuple[Standing, ...]:
        """The models other than the best whose distance to it is not real."""
        best, *others = self.models
        return tuple(o for o in others if self.pair(best.name, o.name).verdict != "real")

    def to_dict(self) -> dict[str, Any]:
        """JSON values; what is not defined is None."""
        return {
            "models": [one.to_dict() for one in self.models],
            "pairs": [pair.to_dict() for pair in self.pairs],
            "alike": [list(names) for names in self.alike],
            "notes": list(self.notes),
            "failed": dict(self.failed),
            "problems": [str(problem) for problem in self.problems],
            "data": dict(self.data),
        }


def stand(entrants: Sequence[Entrant], on: Field) -> Standings:
    """Order two or more models by accuracy, then macro-F1, and test every two."""
    scored = [(entrant, _figures(entrant, on)) for entrant in entrants]
    scored.sort(key=lambda one: [-figure.value for figure in one[1]])
    best = scored[0][0]
    models = tuple(
        Standing(
            entrant.name,
            entrant.family,
            *figures,
            None if entrant is best else macro_f1_difference(best.answers, entrant.answers, on),
            entrant.costs,
        )
        for entrant, figures in scored
    )
    names = [one.name for one in models]
    pairs = compare_pairs(
        names,
        np.stack([entrant.answers.correct for entrant, _ in scored]),
        groups=on.groups.tolist(),
        products=on.products,
        seed=on.seed,
    )
    different = [(pair.a, pair.b) for pair in pairs if pair.verdict == "real"]
    return Standings(models, pairs, alike(names, different), _notes(on, len(models)))


def macro_f1_difference(one: Answers, other: Answers, on: Field) -> Difference:
    """Macro-F1 of one model less that of another on the same products, paired.

    >>> answers = Answers.pair(["a", "b"], [[0.8, 0.2], [0.3, 0.7]], ["a", "b"])
    >>> macro_f1_difference(answers, answers, Field(np.arange(2), 2)).value
    0.0
    """
    tables = [_class_columns(answers) for answers in (one, other)]
    groups = on.groups.tolist()
    return paired_bootstrap(_macro_f1, *tables, groups=groups, samples=_DRAWS, seed=on.seed)


def _figures(entrant: Entrant, on: Field) -> tuple[Interval, Interval]:
    metrics = score(
        entrant.answers, groups=on.groups.tolist(), samples=_DRAWS, seed=on.seed
    ).metrics
    return metrics["accuracy"], metrics["macro_f1"]


def _class_columns(answers: Answers) -> Floats:
    """[n, 3 * classes]: whose sums are hits, true products and answers of every class."""
    classes = np.arange(len(answers.names))
    true = answers.targets[:, None] == classes
    given = answers.predicted[:, None] == classes
    return np.hstack([true & given, true, given]).astype(np.float64)


def _macro_f1(sums: Floats) -> Floats:
    counts = ClassCounts(*np.split(sums, 3, axis=-1))
    return counts.macro(counts.f1)


def _notes(on: Field, models: int) -> tuple[str, ...]:
    notes = [
        f"A difference is called real where both tests, corrected for {models * (models - 1) // 2} "
        "comparisons (Holm), would see one as large by chance less than once in 20 times. Not "
        "told apart does not mean equal: the interval says how far apart two models may be."
        if models > 2
        else "A difference is called real where both tests would see one as large by chance less "
        "than once in 20 times. Not told apart does not mean equal: the interval says how far "
        "apart the two may be."
    ]
    if models > 2:
        notes.append(
            "The first model is the best of several on these very products, so its figure is a "
            "little too high. New products will tell."
        )
    if on.divisions > 1:
        notes.append(
            f"The products were divided into folds {on.divisions} times. Figures, intervals and "
            "the bootstrap are over all divisions; McNemar's test sees the first."
        )
    if len(np.unique(on.groups)) < on.products:
        notes.append(
            "Near-duplicates share a fold and are drawn together in the bootstrap; McNemar's test "
            "takes each for an independent product and is a little too sure."
        )
    return tuple(notes)
