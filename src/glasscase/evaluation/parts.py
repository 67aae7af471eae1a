"""What one part of a model is worth, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glasscase.catalog.problem import Problem
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.metrics import log_losses
from glasscase.evaluation.pairs import Pair, compare_pairs
from glasscase.evaluation.scores import score
from glasscase.evaluation.standings import Entrant, Field, Standing
from glasscase.evaluation.wording import figure
from glasscase.intervals import Difference, Interval, mean, paired_bootstrap


@dataclass(frozen=True)
class Worth:
    """The whole model against the model without one part."""

    part: str
    kinds: tuple[str, ...]
    """`modality`, `block`, `base`: several where taking them away leaves the same."""
    left: tuple[str, ...]
    """What is left: bases of late fusion, or blocks of a single head."""
    accuracy: Interval
    """Without it."""
    pair: Pair
    """Whole against rest; corrected for all parts taken away."""
    saved_seconds: float | None
    """How much less time a product takes without it."""

    @property
    def gain(self) -> Interval:
        """Accuracy with it less that without it; above 0 it helps."""
        return self.pair.difference

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "part": self.part,
            "kinds": list(self.kinds),
            "left": list(self.left),
            "accuracy_without": self.accuracy.to_dict(),
            "gain": self.gain.to_dict(),
            "test": self.pair.to_dict(),
            "saved_seconds": self.saved_seconds,
        }


@dataclass(frozen=True)
class CalibrationWorth:
    """What calibrating the logits is worth. It never changes an answer."""

    log_loss: Difference
    """Log loss without less that with it, paired, in nats; above 0 it helps."""
    ece_without: Interval
    ece_with: Interval

    def __str__(self) -> str:
        """In a sentence or two."""
        gain = self.log_loss
        helps = (
            "helps" if gain.low > 0 else "harms" if gain.high < 0 else "makes no sure difference"
        )
        without, calibrated = figure(self.ece_without.value), figure(self.ece_with.value)
        return (
            f"Calibration changes no answer but how sure it is said to be. Here it {helps}: "
            f"log loss without it less that with it is {gain.value:+.3f} nats (95 % interval "
            f"{gain.low:+.3f} to {gain.high:+.3f}), calibration error {without} without and "
            f"{calibrated} with it."
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {name: value.to_dict() for name, value in vars(self).items()}


@dataclass(frozen=True)
class About:
    """What a reader of an ablation must know beside its figures."""

    notes: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    """Parts without which the model could not be judged, and why."""
    problems: tuple[Problem, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Removed:
    """A part taken away, and the entrant that is left."""

    part: str
    kinds: tuple[str, ...]
    left: tuple[str, ...]
    rest: Entrant


def standing_of(entrant: Entrant, on: Field) -> Standing:
    """One model by itself."""
    groups = on.groups.tolist()
    metrics = score(entrant.answers, groups=groups, samples=1000, seed=on.seed).metrics
    figures = metrics["accuracy"], metrics["macro_f1"]
    return Standing(entrant.name, entrant.family, *figures, None, entrant.costs)


def worths_of(whole: Entrant, removed: Sequence[Removed], on: Field) -> tuple[Worth, ...]:
    """What each part is worth, most first. The whole was chosen beforehand, so there are as many
    comparisons as parts."""
    if not removed:
        return ()
    entrants = [whole, *(one.rest for one in removed)]
    pairs = compare_pairs(
        [entrant.name for entrant in entrants],
        np.stack([entrant.answers.correct for entrant in entrants]),
        groups=on.groups.tolist(),
        products=on.products,
        with_first=True,
        seed=on.seed,
    )
    found = [
        Worth(
            one.part,
            one.kinds,
            one.left,
            standing_of(one.rest, on).accuracy,
            pair,
            _saved(whole, one.rest),
        )
        for one, pair in zip(removed, pairs, strict=True)
    ]
    return tuple(sorted(found, key=lambda worth: -worth.gain.value))


def calibration_worth(plain: Answers, calibrated: Answers, on: Field) -> CalibrationWorth:
    """The same answers with and without calibration; products without an answer are left out."""
    rows = plain.answered
    groups = on.groups[rows].tolist()
    tables = []
    for answers in (plain, calibrated):
        losses = log_losses(answers.targets[rows], answers.probs[rows])
        tables.append(np.stack([np.ones(len(losses)), losses], axis=1))
    difference = paired_bootstrap(mean, *tables, groups=groups, samples=1000, seed=on.seed)
    errors = [
        score(answers, groups=on.groups.tolist(), samples=1000, seed=on.seed).metrics["ece"]
        for answers in (plain, calibrated)
    ]
    return CalibrationWorth(difference, *errors)


def _saved(whole: Entrant, rest: Entrant) -> float | None:
    before, after = whole.costs.product_seconds, rest.costs.product_seconds
    return None if before is None or after is None else before - after
