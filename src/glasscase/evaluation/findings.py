"""What an evaluation found, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.evaluation.confusion import NO_ANSWER_NAME, Confusion
from glasscase.evaluation.coverage import CoverageCurve
from glasscase.evaluation.hierarchy import Hierarchy
from glasscase.evaluation.promise_kept import PromiseKept
from glasscase.evaluation.reliability import Reliability
from glasscase.intervals import Interval, number


@dataclass(frozen=True)
class ClassRow:
    """The figures of one class."""

    label: str
    known: bool
    """False: the model was never taught this label, so every product of it is an error."""
    support: int
    """Products with this label."""
    answered: int
    """Answers naming it."""
    precision: Interval
    recall: Interval
    f1: Interval
    roc_auc: float
    """Against the rest; NaN where there is nothing to rank."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "label": self.label,
            "known": self.known,
            "support": self.support,
            "answered": self.answered,
            "precision": self.precision.to_dict(),
            "recall": self.recall.to_dict(),
            "f1": self.f1.to_dict(),
            "roc_auc": number(self.roc_auc),
        }


@dataclass(frozen=True)
class Part:
    """Some of the products, and how often the model is right about them."""

    name: str
    count: int
    share: float
    accuracy: Interval
    macro_f1: float
    """Over the classes among these products; NaN without products."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "name": self.name,
            "count": self.count,
            "share": number(self.share),
            "accuracy": self.accuracy.to_dict(),
            "macro_f1": number(self.macro_f1),
        }


@dataclass(frozen=True)
class Findings:
    """Figures, tables and curves of one evaluation."""

    metrics: Mapping[str, Interval]
    classes: tuple[ClassRow, ...]
    matrix: NDArray[np.int64]
    """[c, c + 1]: true class by answer, in the order of `classes`; last column: no answer."""
    confusions: tuple[Confusion, ...]
    reliability: Reliability
    coverage: CoverageCurve
    by_present: tuple[Part, ...]
    """Photo and words, photo only, words only, nothing."""
    by_verdict: tuple[Part, ...]
    """Accept, review, abstain."""
    advice: str
    """The one sentence to act on."""
    notes: tuple[str, ...] = ()
    """What a reader must know to read the figures rightly."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Per product, by step: `encode`, `decide`."""
    problems: tuple[Problem, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    promise: PromiseKept | None = None
    """Whether the model's promise held; None where it has none."""
    tree: Hierarchy | None = None
    """Along the tree of categories; None where it has one level."""

    @property
    def count(self) -> int:
        """Products judged."""
        return int(self.matrix.sum())

    @property
    def errors(self) -> int:
        """Products the model got wrong or could not answer."""
        return self.count - int(np.trace(self.matrix))

    def to_dict(self) -> dict[str, Any]:
        """JSON values; what is not defined is None."""
        labels = [row.label for row in self.classes]
        return {
            "advice": self.advice,
            "notes": list(self.notes),
            "metrics": {name: value.to_dict() for name, value in self.metrics.items()},
            "per_class": [row.to_dict() for row in self.classes],
            "confusion_matrix": {
                "labels": labels,
                "answers": [*labels, NO_ANSWER_NAME],
                "counts": self.matrix.tolist(),
            },
            "most_confused": [_without_thumbnails(pair) for pair in self.confusions],
            "reliability": _arrays(self.reliability),
            "coverage": _arrays(self.coverage),
            "by_present": [part.to_dict() for part in self.by_present],
            "by_verdict": [part.to_dict() for part in self.by_verdict],
            "seconds_per_product": {name: number(value) for name, value in self.seconds.items()},
            "problems": [asdict(problem) for problem in self.problems],
            "data": dict(self.data),
            "model": dict(self.model),
            "promise": None if self.promise is None else self.promise.to_dict(),
            "tree": None if self.tree is None else self.tree.to_dict(),
        }


def _arrays(curve: Reliability | CoverageCurve) -> dict[str, list[float | None]]:
    return {name: [number(x) for x in values] for name, values in vars(curve).items()}


def _without_thumbnails(pair: Confusion) -> dict[str, Any]:
    values = asdict(pair)
    for example in values["examples"]:
        del example["thumbnail"]
    return values
