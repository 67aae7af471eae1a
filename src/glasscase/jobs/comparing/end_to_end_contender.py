"""Contenders that learn their encoders, anew for every fold."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from glasscase.evaluation.costs import Costs
from glasscase.jobs.comparing.task import Fold, Prepared
from glasscase.jobs.peak_memory import peak_memory
from glasscase.models.end_to_end.joint_training import Lesson, TrainedJoint, fit_joint
from glasscase.models.head import Logits
from glasscase.models.recipes import with_recipe
from glasscase.models.training.kept_trainings import KeptTrainings
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

_SAMPLE = 32


@dataclass
class EndToEndContender:
    """A recipe that learns its encoders.

    Each fold is a whole training, whose checkpoints lie in the cache's folder: a comparison that
    was stopped goes on there.
    """

    name: str
    ready: Prepared
    settings: Settings
    progress: Progress = silent
    places: list[Path] = field(default_factory=list)
    """Of the checkpoints of every fold so far."""
    _family: str = "fused"
    _train_seconds: list[float] = field(default_factory=list)
    _product_seconds: list[float] = field(default_factory=list)
    _disk_bytes: int = 0
    _peak_bytes: int | None = None
    _usable: NDArray[np.bool_] | None = None

    @property
    def family(self) -> str:
        """By what it turned out to read."""
        return self._family

    def usable(self) -> NDArray[np.bool_]:
        """[n]: products it had something to go by for."""
        n = len(self.ready.task.targets)
        return np.zeros(n, dtype=bool) if self._usable is None else self._usable

    def judge(self, fold: Fold) -> Logits:
        """Logits [held, classes]. Raises as `fit_joint`."""
        told = self.settings.model_dump(exclude_unset=True)
        told["train"] = {**told.get("train", {}), "recipe": self.name}
        _, settings = with_recipe(Settings.parse(told))
        task, products = self.ready.task, self.ready.catalog.products
        lesson = Lesson(products, task.targets, len(task.classes), fold.seed)
        lesson = lesson.part(np.flatnonzero(~fold.held))
        work = KeptTrainings(settings.cache).place(lesson.run(self.name, settings))
        self.places.append(work)
        started = time.perf_counter()
        with peak_memory() as peak:
            trained = fit_joint(
                self.name, lesson, settings=settings, work=work, progress=self.progress
            )
        self._train_seconds.append(time.perf_counter() - started)
        self._peak_bytes = peak.bytes
        self._remember(trained)
        held = np.flatnonzero(fold.held)
        logits, usable = trained.logits([products[row] for row in held.tolist()])
        if self._usable is None:
            self._usable = np.zeros(len(products), dtype=bool)
        self._usable[held] = usable
        return logits

    def costs(self) -> Costs:
        """Training includes the encoders; a product is decoded and run through torch."""
        return Costs(
            mean(self._train_seconds), min(self._product_seconds), self._disk_bytes,
            self._peak_bytes,
        )  # fmt: skip

    def _remember(self, trained: TrainedJoint) -> None:
        self._family = trained.family
        weights = trained.net.state_dict().values()
        self._disk_bytes = sum(one.numel() * one.element_size() for one in weights)
        sample = self.ready.catalog.products[:_SAMPLE]
        started = time.perf_counter()
        trained.logits(sample)
        self._product_seconds.append((time.perf_counter() - started) / len(sample))
