"""A model made anew from decisions of reviewers, and what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from glasscase.catalog.problem import Problem
from glasscase.jobs.decisions.before_after import Change
from glasscase.models.classifier import ProductClassifier


@dataclass(frozen=True)
class Retrained:
    """A new model, and what it changes."""

    model: ProductClassifier
    decisions: int
    changed: int
    """Decisions that say something else than the model did."""
    relabelled: int
    """Old training products whose category reviewers contradicted."""
    on_reviewed: Change
    """The old model and the new one on decisions, by models that did not learn from them."""
    on_old: Change
    """Without the decisions and with them, on the old training products, out of fold."""
    notes: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def advice(self) -> str:
        """Whether to change over, in a sentence."""
        old, new = self.on_old.pair, self.on_reviewed.pair
        if old is not None and old.verdict == "real" and old.difference.value < 0:
            return "Keep the old model: the new one is worse on the old training products."
        if self.on_reviewed.too_few or new is None:
            return (
                "Too little was decided to tell which model is better. The new one knows the "
                "decisions; look at a few of its answers before it takes over."
            )
        if new.verdict == "chance":
            return "The two models cannot be told apart by these decisions."
        if new.difference.value > 0:
            return "Change to the new model: it is right more often on decisions it did not see."
        return "Keep the old model: it is right more often on decisions neither had seen."

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was done and what changed, in plain words."""
        first = (
            f"Learnt from {decisions_said(self.decisions)}, {self.changed} of which correct the "
            "model."
        )
        if self.relabelled:
            first += f" {self.relabelled} old training products were given their new category."
        return (first, self.on_reviewed.sentence, self.on_old.sentence, *self.notes)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "advice": self.advice,
            "sentences": list(self.sentences),
            "decisions": self.decisions,
            "changed": self.changed,
            "relabelled": self.relabelled,
            "on_reviewed": self.on_reviewed.to_dict(),
            "on_old": self.on_old.to_dict(),
            "notes": list(self.notes),
            "problems": [str(problem) for problem in self.problems],
        }


def decisions_said(count: int) -> str:
    """How many decisions, in words.

    >>> decisions_said(1), decisions_said(1200)
    ('1 decision', '1,200 decisions')
    """
    return "1 decision" if count == 1 else f"{count:,} decisions"
