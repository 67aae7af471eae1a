"""How fast encoders are learnt here: the recipe's own network on a few real batches.

The network is that of the recipe, trained by the training loop itself on a sample of the products,
one short epoch of every phase, in a temporary folder that is removed. It is exported too, and the
exported encoders are asked, for a training does that at its end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.extras import need
from glasscase.jobs.comparing.encoding_costs import stored_bytes
from glasscase.jobs.estimating.encoding_sample import Clock
from glasscase.jobs.peak_memory import peak_memory
from glasscase.models.end_to_end.joint_training import Lesson, TrainedJoint, fit_joint
from glasscase.models.training.batches import Batch, Batches
from glasscase.models.training.history import History
from glasscase.models.training.loop import Trainer
from glasscase.models.training.plan import TrainingPlan
from glasscase.settings import Settings

_BATCHES, _FEWEST = 7, 3
"""Batches of each phase; after three no more are begun once they took long enough. The first is
not counted: libraries make themselves ready in it."""
_ENOUGH_SECONDS = 6.0
_MOST_PRODUCTS = 512
_ASKED = 48
"""Products that the exported encoders are asked about."""


@dataclass
class PhaseSample:
    """What one phase of a recipe took on the sample, in seconds."""

    plan: TrainingPlan
    """As the recipe and the settings have it, not cut short."""
    batches: list[float] = field(default_factory=list)
    """Forward, backward and step of every batch but the first."""
    decoding: list[float] = field(default_factory=list)
    """Of a product's photo and words, decoded and changed, batch by batch."""
    changing: list[float] = field(default_factory=list)
    """The same once its photo is in memory."""
    judging: list[float] = field(default_factory=list)
    """Of a product that is not learnt from: forward only."""
    beside: float = 0.0
    """What is left of an epoch: the best weights copied, the checkpoint written."""
    checkpoint_bytes: int = 0


@dataclass(frozen=True)
class LearningSample:
    """A recipe's training on a few products."""

    phases: tuple[PhaseSample, ...]
    side: int
    """Of the photos; 0 where none is looked at."""
    export_seconds: float
    encode_seconds: float
    """Of a product, by the exported encoders."""
    encoder_bytes: int
    """The exported encoders in a bundle."""
    head_bytes: int
    dim: int
    """Numbers of all vectors of a product."""
    peak_bytes: int


def learning_sample(
    recipe: str, lesson: Lesson, *, settings: Settings, clock: Clock
) -> LearningSample:
    """Train the recipe's network on a part of `lesson`, and note what everything took.

    Raises:
        CannotTrain: memory ran out, or the loss was no number.
        BadEncoder: an encoder to begin with is not here.
    """
    need("lightning_fabric", extra="train")  # its loading does not count
    loading = settings.loading.model_copy(update={"workers": "none"})
    net = settings.net.model_copy(update={"log": []})
    settings = settings.model_copy(update={"loading": loading, "net": net})
    part = lesson.part(_sampled(lesson, settings))
    meters: list[PhaseSample] = []

    def trainer(net: Any, objective: Any, plan: TrainingPlan, **options: Any) -> Trainer:
        meters.append(PhaseSample(plan))
        return _MeteredTrainer(
            net, objective, replace(plan, epochs=1), meter=meters[-1], clock=clock, **options
        )

    with tempfile.TemporaryDirectory(prefix="glasscase-sample-") as name:
        work = Path(name)
        with peak_memory() as learning:
            done = fit_joint(recipe, part, settings=settings, work=work, trainer=trainer)
        for number, meter in enumerate(meters, 1):
            meter.checkpoint_bytes = (work / f"phase-{number}.safetensors").stat().st_size
        with peak_memory() as exporting:
            found = _exported(done, part, work / "encoders", clock)
    side = done.blueprint.choices.side if done.blueprint.photo is not None else 0
    peak = max(learning.bytes or 0, exporting.bytes or 0)
    return LearningSample(tuple(meters), side, *found, peak_bytes=peak)


def _sampled(lesson: Lesson, settings: Settings) -> Any:
    """Rows of the sample: enough for the batches and the tenth that is held back."""
    size = settings.net.batch_size or 32
    wanted = min(max(_FEWEST, _BATCHES) * size * 10 // 9 + 1, max(_MOST_PRODUCTS, _FEWEST * size))
    n = len(lesson.products)
    mixed = np.random.default_rng(0).permutation(n)
    return np.sort(mixed[:wanted])


def _exported(
    done: TrainedJoint, part: Lesson, folder: Path, clock: Clock
) -> tuple[float, float, int, int, int]:
    """Seconds of the export and of a product, bytes of encoders and head, numbers of vectors."""
    begin = clock()
    encoder, head = done.parts(folder)
    state = head.state()
    export = clock() - begin
    asked: Sequence[Any] = part.products[:_ASKED]
    encoder.encode(asked[:1])
    begin = clock()
    features = encoder.encode(asked).features
    each = (clock() - begin) / len(asked)
    weight = sum(array.nbytes for array in state.arrays.values())
    weight += sum(map(len, state.graphs.values()))
    return export, each, stored_bytes(encoder), weight, sum(features.dims.values())


class _MeteredTrainer(Trainer):
    """The training loop, its batches timed."""

    def __init__(self, *arguments: Any, meter: PhaseSample, clock: Clock, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._meter, self._clock = meter, clock

    def fit(self, training: Batches, validation: Batches) -> History:
        """Train a short epoch; then the same batches once more without learning from them."""
        meter, clock = self._meter, self._clock
        learnt = _TimedBatches(training, clock, most=_BATCHES)
        judged = _TimedBatches(validation, clock, most=_BATCHES)
        begin = clock()
        history = super().fit(learnt, judged)
        whole = clock() - begin
        meter.batches = learnt.used[1:] or learnt.used
        meter.decoding = learnt.made
        meter.judging = [s / n for s, n in zip(judged.used, judged.sizes, strict=True)]
        meter.beside = max(0.0, whole - learnt.seconds - judged.seconds)
        again = _TimedBatches(training, clock, most=len(learnt.used))
        for _ in again.epoch(0):
            pass
        meter.changing = [s / n for s, n in zip(again.made, again.sizes, strict=True)]
        meter.decoding = [s / n for s, n in zip(learnt.made, learnt.sizes, strict=True)]
        return history


class _TimedBatches:
    """The first batches of others, with the seconds each took to be made and to be used."""

    def __init__(self, batches: Batches, clock: Clock, *, most: int) -> None:
        self._batches, self._clock, self._most = batches, clock, most
        self.made: list[float] = []
        self.used: list[float] = []
        self.sizes: list[int] = []

    @property
    def seconds(self) -> float:
        """Of everything."""
        return sum(self.made) + sum(self.used)

    def __len__(self) -> int:
        return min(self._most, len(self._batches))

    def epoch(self, number: int, *, start: int = 0) -> Iterator[Batch]:
        """See `Batches`."""
        clock = self._clock
        begin = clock()
        for batch in islice(self._batches.epoch(number, start=start), self._most):
            self.made.append(clock() - begin)
            self.sizes.append(len(batch.targets))
            begin = clock()
            yield batch
            self.used.append(clock() - begin)
            if len(self.used) >= _FEWEST and sum(self.used) > _ENOUGH_SECONDS:
                return
            begin = clock()
