"""Contenders that are heads on frozen features."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from statistics import median
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from glasscase.evaluation.costs import Costs
from glasscase.jobs.comparing.choose import pooled_without
from glasscase.jobs.comparing.encoding_costs import EncodingCosts
from glasscase.jobs.comparing.task import Fold, Task
from glasscase.jobs.peak_memory import peak_memory
from glasscase.models.features import Features
from glasscase.models.head import Head, Logits, Targets
from glasscase.models.late import LateHead
from glasscase.models.out_of_fold import MakeHead, fold_logits
from glasscase.settings import NetSettings

_WATCHED = 3
"""Folds of the first division on which memory is measured: their median leaves out libraries that
the first one opens."""


@dataclass(frozen=True)
class Opinion:
    """What a head said of one fold, and what it cost to find out."""

    logits: Logits
    fit_seconds: float
    product_seconds: float
    disk_bytes: int
    peak_bytes: int | None


@dataclass
class Bench:
    """Where heads are judged: each once a fold, however many contenders ask for it."""

    task: Task
    encoding: Mapping[str, EncodingCosts]
    """By block."""
    net: NetSettings | None = None
    """How networks are trained."""
    _opinions: dict[tuple[str, int, int], Opinion] = field(default_factory=dict)

    def opinion(self, name: str, make: MakeHead, fold: Fold) -> Opinion:
        """Of the head `make` makes, known as `name`, on one fold."""
        key = (name, fold.repeat, fold.number)
        if key not in self._opinions:
            self._opinions[key] = self._judged(make, fold)
        return self._opinions[key]

    def opinions(self, name: str, make: MakeHead, repeat: int | None = None) -> list[Opinion]:
        """On every fold (of one division)."""
        folds = (fold for fold in self.task.folds() if repeat in (None, fold.repeat))
        return [self.opinion(name, make, fold) for fold in folds]

    def division(self, name: str, make: MakeHead, repeat: int) -> Logits:
        """Held-out logits [n, classes] over the folds of one division."""
        task = self.task
        logits = np.zeros((len(task.targets), len(task.classes)), np.float32)
        for fold in task.folds():
            if fold.repeat == repeat:
                logits[fold.held] = self.opinion(name, make, fold).logits
        return logits

    def costs(self, blocks: Sequence[str], head: Costs) -> Costs:
        """Of a head together with the encoders it reads."""
        encoding = [self.encoding[block] for block in blocks if block in self.encoding]
        seconds = sum(one.product_seconds for one in encoding)
        learnt = np.mean([(~fold.held).sum() for fold in self.task.folds()])
        return Costs(
            (head.train_seconds or 0.0) + float(learnt) * seconds,
            (head.product_seconds or 0.0) + seconds,
            (head.disk_bytes or 0) + sum(one.disk_bytes for one in encoding),
            head.peak_bytes,
        )

    def _judged(self, make: MakeHead, fold: Fold) -> Opinion:
        first = fold.repeat == 0
        metered = MeteredHead(
            make(), weighed=first and fold.number == 0, watched=first and fold.number < _WATCHED
        )
        logits = fold_logits(
            lambda: cast(Head, metered), self.task.labelled, held=fold.held, seed=fold.seed
        )
        return Opinion(
            logits,
            metered.fit_seconds,
            metered.product_seconds,
            metered.disk_bytes,
            metered.peak_bytes,
        )


class MeteredHead:
    """A head that notes what fitting and answering cost; all else is the head's own."""

    def __init__(self, head: Head, *, weighed: bool = True, watched: bool = True) -> None:
        self.head = head
        self.weighed = weighed  # forests take seconds to become what is stored
        self.watched = watched  # what others left in memory is cleared away first: half a second
        self.fit_seconds = self.product_seconds = 0.0
        self.disk_bytes = 0
        self.peak_bytes: int | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.head, name)

    def fit(
        self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0
    ) -> MeteredHead:
        """Fit the head, and note time, memory and what it would take on disk."""
        with peak_memory() if self.watched else nullcontext() as found:
            begin = time.perf_counter()
            self.head.fit(features, targets, n_classes, seed=seed)
            self.fit_seconds = time.perf_counter() - begin
        self.peak_bytes = found.bytes if found else None
        if self.weighed:
            state = self.head.state()
            arrays = sum(array.nbytes for array in state.arrays.values())
            self.disk_bytes = arrays + sum(map(len, state.graphs.values()))
        return self

    def logits(self, features: Features) -> Logits:
        """The head's logits, timed."""
        begin = time.perf_counter()
        logits = self.head.logits(features)
        self.product_seconds = (time.perf_counter() - begin) / max(1, len(features))
        return logits


@dataclass(frozen=True)
class HeadContender:
    """One head on frozen features."""

    name: str
    family: str
    make: MakeHead
    bench: Bench

    def usable(self) -> NDArray[np.bool_]:
        """[n]: products the head can work with."""
        return self.make().usable(self.bench.task.features)

    def judge(self, fold: Fold) -> Logits:
        """Logits [held, classes] by a head that learnt from the others."""
        return self.bench.opinion(self.name, self.make, fold).logits

    def costs(self) -> Costs:
        """Medians over the folds: libraries opened by the first do not count."""
        opinions = self.bench.opinions(self.name, self.make)
        return self.bench.costs(self.make().blocks, usual_costs(opinions))


@dataclass(frozen=True)
class LateContender:
    """Late fusion. Its bases are judged once, whoever else asks for them; only pools are its own.

    A fold is judged by pools that were fitted on the bases' held-out opinions on all other folds,
    as `train` judges it.
    """

    name: str
    family: str
    head: LateHead
    bench: Bench
    makers: Mapping[str, MakeHead]
    """How each of its bases is made."""

    def usable(self) -> NDArray[np.bool_]:
        """[n]: products with anything some base reads."""
        return self.head.usable(self.bench.task.features)

    def judge(self, fold: Fold) -> Logits:
        """Logits [held, classes], pooled."""
        opinions = {
            name: self.bench.division(name, make, fold.repeat) for name, make in self.makers.items()
        }
        return pooled_without(self.bench.task, fold, self.head, opinions).given

    def costs(self) -> Costs:
        """Every base is judged on each fold of one division, then fitted once more on all."""
        train = product = 0.0
        size, peaks = 0, []
        for name, make in self.makers.items():
            usual = usual_costs(self.bench.opinions(name, make))
            one = self.bench.opinions(name, make, repeat=0)
            train += sum(o.fit_seconds for o in one) + (usual.train_seconds or 0.0)
            product += usual.product_seconds or 0.0
            size += usual.disk_bytes or 0
            peaks.append(usual.peak_bytes)
        known = [peak for peak in peaks if peak is not None]
        own = Costs(train, product, size, max(known) if known else None)
        return self.bench.costs(self.head.blocks, own)


def usual_costs(opinions: Sequence[Opinion]) -> Costs:
    """Of one head, its encoders left out: medians over the folds."""
    peaks = [o.peak_bytes for o in opinions if o.peak_bytes is not None]
    return Costs(
        median(o.fit_seconds for o in opinions),
        median(o.product_seconds for o in opinions),
        max(o.disk_bytes for o in opinions),
        int(median(peaks)) if peaks else None,
    )
