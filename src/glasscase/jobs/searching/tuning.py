"""What a search found: its trials, the best of them, and the recipe file made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from glasscase.catalog.problem import Problem
from glasscase.jobs.comparing.trial_judge import Metric

State = Literal["complete", "pruned", "failed"]
METRIC_NAMES: Mapping[Metric, str] = {"accuracy": "accuracy", "macro_f1": "macro-F1"}


@dataclass(frozen=True)
class TunedTrial:
    """One point of the search space, and how it did."""

    number: int
    state: State
    value: float | None
    """The metric: of all folds, or of those judged before it was pruned; None: of none."""
    folds: int
    """Judged."""
    settings: Mapping[str, Any]
    """What was tried, as `--set` calls it."""
    seconds: float
    reason: str = ""
    """Why it failed."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**vars(self), "settings": dict(self.settings)}


@dataclass(frozen=True)
class Tuning:
    """A finished or stopped search."""

    metric: Metric
    trials: tuple[TunedTrial, ...]
    """In the order they were begun."""
    chosen: Mapping[str, Mapping[str, Any]]
    """Section -> settings of the best trial, with what the user had set."""
    importance: Mapping[str, float]
    """Share of each setting that all trials have, most first."""
    importance_within: Mapping[str, float]
    """The same among the trials of the best one's recipe."""
    data: Mapping[str, Any]
    """What was searched on."""
    problems: tuple[Problem, ...] = field(default=())

    @property
    def best(self) -> TunedTrial:
        """The trial with the highest value; of equals the first."""
        done = [one for one in self.trials if one.state == "complete"]
        return max(done, key=lambda one: (one.value or 0.0, -one.number))

    @property
    def ranking(self) -> list[TunedTrial]:
        """Different finished points, best first."""
        done = [one for one in self.trials if one.state == "complete"]
        done.sort(key=lambda one: (-(one.value or 0.0), one.number))
        seen: dict[str, TunedTrial] = {}
        for one in done:
            seen.setdefault(json.dumps(dict(one.settings), sort_keys=True), one)
        return list(seen.values())

    @property
    def first(self) -> TunedTrial | None:
        """The first trial, which has the usual settings; None where it was not finished."""
        return next(
            (one for one in self.trials if one.number == 0 and one.state == "complete"), None
        )

    @property
    def sentences(self) -> list[str]:
        """What was found and how far to trust it, in plain words."""
        best, name = self.best, METRIC_NAMES[self.metric]
        counts = {state: self._count(state) for state in ("complete", "pruned", "failed")}
        lines = [
            f"{len(self.trials)} trials: {counts['complete']} judged on all folds, "
            f"{counts['pruned']} given up early, {counts['failed']} failed.",
            f"Best: trial {best.number}, held-out {name} {_points(best.value)} %.",
        ]
        if self.first is not None and self.first is not best:
            gain = 100 * ((best.value or 0) - (self.first.value or 0))
            lines.append(
                f"The first trial, {self.first.settings['train.recipe']} as usual, reached "
                f"{_points(self.first.value)} %: {gain:+.1f} points."
            )
        lines.append(
            "The best of many trials is partly luck, so its figure is optimistic. Train judges it "
            "anew on other folds, of the same products; products set aside are the surer test."
        )
        return lines

    def _count(self, state: str) -> int:
        return sum(one.state == state for one in self.trials)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "metric": self.metric,
            "best": self.best.to_dict(),
            "recipe": {name: dict(part) for name, part in self.chosen.items()},
            "sentences": self.sentences,
            "importance": dict(self.importance),
            "importance_within_recipe": dict(self.importance_within),
            "trials": [one.to_dict() for one in self.trials],
            "data": dict(self.data),
            "problems": [str(problem) for problem in self.problems],
        }

    def recipe_text(self) -> str:
        """The recipe file: TOML settings that `glasscase train --recipe` takes."""
        best, name = self.best, METRIC_NAMES[self.metric]
        lines = [
            f"# Made by glasscase tune: trial {best.number} of {len(self.trials)}.",
            f"# Held-out {name} {_points(best.value)} %; the best of many trials, so optimistic.",
        ]
        for section, values in self.chosen.items():
            if values:
                lines += ["", f"[{section}]"]
                lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
        return "\n".join(lines) + "\n"


def _points(value: float | None) -> str:
    return f"{100 * (value or 0.0):.1f}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
