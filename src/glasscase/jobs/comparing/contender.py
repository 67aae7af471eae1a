"""The port of a comparison: whatever can be trained on some products and judged on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import GlasscaseError
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.costs import Costs
from glasscase.evaluation.standings import Entrant, Field
from glasscase.jobs.comparing.task import Fold, Task
from glasscase.models.head import Logits, softmax
from glasscase.progress import Progress, silent


class Contender(Protocol):
    """One model of a comparison. It knows its products; a fold says which it must not see."""

    @property
    def name(self) -> str:
        """As it stands in the table."""
        ...

    @property
    def family(self) -> str:
        """`text only`, `photo only`, `fused` or `baseline`."""
        ...

    def usable(self) -> NDArray[np.bool_]:
        """[n]: products it has something to go by for; elsewhere its answer counts as wrong."""
        ...

    def judge(self, fold: Fold) -> Logits:
        """Logits [held, classes] of the held products, learnt from all others.

        Raises:
            GlasscaseError: it cannot be trained on them; the comparison goes on without it.
        """
        ...

    def costs(self) -> Costs:
        """What it costs; asked after every fold was judged."""
        ...


@dataclass(frozen=True)
class Judged:
    """The contenders that could be judged, and why others could not."""

    entrants: tuple[Entrant, ...]
    logits: dict[str, Logits]
    """By name, [divisions * n, classes]."""
    failed: dict[str, str]


def judge_all(
    contenders: Sequence[Contender], task: Task, *, progress: Progress = silent
) -> Judged:
    """Judge every contender on every fold of `task`, one at a time, so that costs are its own."""
    folds = list(task.folds())
    steps = [(contender, fold) for contender in contenders for fold in folds]
    n = len(task.targets)
    logits: dict[str, Logits] = {}
    failed: dict[str, str] = {}
    for contender, fold in progress.track(steps, total=len(steps), what="Comparing models"):
        name = contender.name
        if name in failed:
            continue
        table = logits.setdefault(
            name, np.zeros((len(task.repeats), n, len(task.classes)), np.float32)
        )
        try:
            table[fold.repeat, fold.held] = contender.judge(fold)
        except GlasscaseError as error:
            failed[name] = str(error)
            del logits[name]
    flat = {name: table.reshape(-1, table.shape[2]) for name, table in logits.items()}
    entrants = tuple(
        _entrant(contender, task, flat[contender.name])
        for contender in contenders
        if contender.name in flat
    )
    return Judged(entrants, flat, failed)


def field_of(task: Task) -> Field:
    """What the contenders are judged on."""
    groups = task.over_repeats(task.groups)
    return Field(groups, len(task.targets), len(task.repeats), task.seed)


def _entrant(contender: Contender, task: Task, logits: Logits) -> Entrant:
    labels = [task.classes[target] for target in task.over_repeats(task.targets)]
    usable = task.over_repeats(contender.usable())
    answers = Answers.pair(labels, softmax(logits), task.classes, usable=usable)
    return Entrant(contender.name, contender.family, answers, contender.costs())
