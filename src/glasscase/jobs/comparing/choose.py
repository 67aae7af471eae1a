"""Choose a head: every candidate judged on the same folds, none preferred but by its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.evaluation.answers import Answers
from glasscase.evaluation.scores import score
from glasscase.intervals import Interval, paired_accuracy_difference
from glasscase.jobs.comparing.side_by_side import fit_threads
from glasscase.jobs.comparing.task import Fold, Task
from glasscase.models.bases import BASES, READS_PLACES, make_base
from glasscase.models.calibration import Calibration, HeldOut, fit_calibration
from glasscase.models.classifier import nothing_to_read
from glasscase.models.features import Features
from glasscase.models.head import Logits, Targets, softmax
from glasscase.models.heads import LATE_BASES, make_head
from glasscase.models.late import LateHead
from glasscase.models.missing import modalities_of
from glasscase.models.out_of_fold import Gathered, fold_answers
from glasscase.progress import Progress, silent
from glasscase.settings import NetSettings

BASELINES = ("tfidf-lr", "tfidf-rbf", "tfidf-forest")
_EXTRA = {
    "quick": ("kernel",),
    "good": ("kernel", "linear", "concat", *BASELINES),
    "best": ("kernel", "linear", "image-linear", "concat", *BASELINES),
}
"""What is judged beside the bases of late fusion."""


@dataclass(frozen=True)
class Candidate:
    """One head and its held-out answers."""

    name: str
    family: str
    """`text only`, `photo only`, `fused` or `baseline`."""
    logits: Logits
    """Out-of-fold, [repeats * n, classes]."""
    usable: NDArray[np.bool_]
    """[repeats * n]: where it had something to go by; elsewhere its answer counts as wrong."""
    accuracy: Interval
    macro_f1: Interval
    alone: Mapping[str, Logits] = field(default_factory=dict)
    """Modality -> the same as if products had nothing else, for a head of two modalities."""

    def calibration(self, present: NDArray[np.bool_], targets: Targets) -> Calibration:
        """Learnt from these answers; `present` [repeats * n, 2], `targets` [repeats * n]."""
        return fit_calibration(HeldOut(self.logits, self.alone), present, targets, self.usable)

    def correct(self, targets: Targets) -> NDArray[np.bool_]:
        """[repeats * n]: which held-out answers were right."""
        return np.asarray((self.logits.argmax(axis=1) == targets) & self.usable)

    def to_dict(self) -> dict[str, Any]:
        """JSON values, without the logits."""
        figures = {"accuracy": self.accuracy.to_dict(), "macro_f1": self.macro_f1.to_dict()}
        return {"name": self.name, "family": self.family, **figures}


@dataclass(frozen=True)
class Choice:
    """All candidates, best first, and what each modality adds to the winner."""

    candidates: tuple[Candidate, ...]
    opinions: Mapping[str, Logits]
    """Out-of-fold logits [repeats * n, classes] of the single heads, by name."""
    gains: Mapping[str, Interval]
    """Modality -> accuracy of the best fused head less that of the best without the modality."""
    asked: str = ""
    """The head a recipe asked for; empty where the best was asked for."""

    @property
    def winner(self) -> Candidate:
        """What is shipped: what was asked for, else that with the highest held-out accuracy."""
        return next((one for one in self.candidates if one.name == self.asked), self.candidates[0])

    def best(self, *families: str) -> Candidate | None:
        """The best candidate of some families, None where there is none."""
        return next((one for one in self.candidates if one.family in families), None)


def choose(
    task: Task,
    *,
    effort: str,
    asked: str = "",
    net: NetSettings | None = None,
    progress: Progress = silent,
) -> Choice:
    """Judge every candidate of `effort` on the task's folds, and order them by accuracy.

    Late fusion is judged with pools fitted on the other folds. Ties go to the higher macro-F1,
    then to the fused heads, then to the order of the table. Where a head is `asked` for, it is
    judged beside the bases of late fusion and taken whatever the figures say. `net` changes how
    networks are trained.

    Raises:
        CannotTrain: the products have nothing that the head asked for reads.
    """
    blocks = [name for name in task.features.blocks if _is_there(task.features, name)]
    names = judged_heads(blocks, effort, asked)
    if asked in BASES and asked not in names:
        raise nothing_to_read(make_base(asked))
    judged = _opinions(task, names, net, progress)
    opinions = {name: answers.given for name, answers in judged.items()}
    found = [_candidate(task, name, family_of(name), judged[name]) for name in names]
    for name, family in (("late", "fused"), ("text", "text only"), ("photo", "photo only")):
        head = make_head(name, effort=effort, blocks=blocks)
        if isinstance(head, LateHead) and len(head.bases) > 1 and _speaks(head, family):
            found.append(_candidate(task, name, family, _cross_pooled(task, head, opinions)))
    found.sort(key=lambda c: (-c.accuracy.value, -c.macro_f1.value, c.family != "fused"))
    return Choice(tuple(found), opinions, _gains(task, found, asked), asked)


def judged_heads(blocks: Sequence[str], effort: str, asked: str = "") -> list[str]:
    """The single heads that `choose` judges, of those that read nothing but `blocks`."""
    further = ((asked,) if asked in BASES else ()) if asked else _EXTRA[effort]
    return [n for n in dict.fromkeys((*LATE_BASES[effort], *further)) if _fits(n, blocks)]


def _is_there(features: Features, block: str) -> bool:
    return bool(features.there(block).any())


def _fits(name: str, blocks: Sequence[str]) -> bool:
    return set(make_base(name).blocks) <= set(blocks)


def family_of(name: str) -> str:
    """`text only`, `photo only`, `fused` or `baseline`, of a head of `BASES`."""
    if name in BASELINES:
        return "baseline"
    modalities = modalities_of(make_base(name).blocks)
    if len(modalities) > 1:
        return "fused"
    return "text only" if modalities == ("text",) else "photo only"


def _speaks(head: LateHead, family: str) -> bool:
    return family != "fused" or len(modalities_of(head.blocks)) > 1


def _opinions(
    task: Task, names: Sequence[str], net: NetSettings | None, progress: Progress
) -> dict[str, HeldOut]:
    """Held-out answers [repeats * n, classes] of every head, several fits at a time.

    Fold by fold, so that different heads are fitted side by side: some can only be one at a time.
    """
    units = [(name, fold) for fold in task.folds() for name in names]
    # beside a head that reads tokens and places one by one, the others are given their mean
    mixed = any(name in READS_PLACES for name in names)
    pooled = replace(task.labelled, features=task.features.pooled()) if mixed else task.labelled

    def judge(unit: tuple[str, Fold]) -> HeldOut:
        name, fold = unit
        labelled = task.labelled if name in READS_PLACES else pooled
        return fold_answers(partial(make_base, name, net), labelled, held=fold.held, seed=fold.seed)

    found = {name: _nothing_yet(task) for name in names}
    # where several processes train together, all of them must take the networks in one order
    alone = net is None or net.devices in (None, 1)
    with fit_threads(names, small=task.is_small and alone) as threads:
        judged = threads.map(judge, units)
        shown = progress.track(judged, total=len(units), what="Comparing heads")
        for (name, fold), answers in zip(units, shown, strict=True):
            found[name].take_in(fold.rows, answers)
    return {name: gathered.held_out() for name, gathered in found.items()}


def _nothing_yet(task: Task) -> Gathered:
    """Room for held-out answers to all divisions, one after the other."""
    return Gathered(len(task.repeats) * len(task.targets), len(task.classes))


def _cross_pooled(task: Task, head: LateHead, opinions: Mapping[str, Logits]) -> HeldOut:
    """Late fusion of every product by pools that were fitted without it and its fold."""
    n, gathered = len(task.targets), _nothing_yet(task)
    for fold in task.folds():
        rows = slice(fold.repeat * n, (fold.repeat + 1) * n)
        mine = {name: opinions[name][rows] for name in head.bases}
        gathered.take_in(fold.rows, pooled_without(task, fold, head, mine))
    return gathered.held_out()


def pooled_without(
    task: Task, fold: Fold, head: LateHead, opinions: Mapping[str, Logits]
) -> HeldOut:
    """Late fusion [held, classes] of a fold by pools fitted on the `opinions` on all others.

    `opinions` [n, classes] are the held-out ones of the fold's own division.
    """
    held, present = fold.held, task.features.present
    others = {name: part[~held] for name, part in opinions.items()}
    head.fit_pools(others, present[~held], task.targets[~held], len(task.classes))
    return head.held_out({k: v[held] for k, v in opinions.items()}, present[held])


def _candidate(task: Task, name: str, family: str, answers: HeldOut) -> Candidate:
    head = make_head(name, effort="best", blocks=tuple(task.features.blocks))
    usable = task.over_repeats(head.usable(task.features))
    return judged_candidate(task, name, family, answers, usable)


def judged_candidate(
    task: Task, name: str, family: str, answers: HeldOut, usable: NDArray[np.bool_]
) -> Candidate:
    """A candidate with its figures, from held-out `answers` [repeats * n, classes]."""
    logits = answers.given
    labels = [task.classes[target] for target in task.over_repeats(task.targets)]
    groups = task.over_repeats(task.groups).tolist()
    paired = Answers.pair(labels, softmax(logits), task.classes, usable=usable)
    metrics = score(paired, groups=groups, samples=200, seed=task.seed).metrics
    accuracy, macro_f1 = metrics["accuracy"], metrics["macro_f1"]
    return Candidate(name, family, logits, usable, accuracy, macro_f1, answers.alone)


def _gains(task: Task, found: Sequence[Candidate], asked: str) -> dict[str, Interval]:
    fused = next((c for c in found if c.family == "fused" and asked in ("", c.name)), None)
    gains: dict[str, Interval] = {}
    targets = task.over_repeats(task.targets)
    for modality, families in (("text", ("photo only",)), ("image", ("text only", "baseline"))):
        without = next((one for one in found if one.family in families), None)
        if fused is not None and without is not None:
            gains[modality] = paired_accuracy_difference(
                fused.correct(targets),
                without.correct(targets),
                groups=task.over_repeats(task.groups).tolist(),
                seed=task.seed,
            )
    return gains
