"""Learning encoders, in an estimate: from a few measured batches to the whole training."""

from __future__ import annotations

from collections.abc import Sequence

from glasscase.encoders.onnx_session import usable_cores
from glasscase.jobs.estimating.estimated import Step
from glasscase.jobs.estimating.learning_sample import LearningSample, PhaseSample
from glasscase.jobs.estimating.span import NOTHING, Span, around, from_pieces
from glasscase.models.training.loop import CHECKPOINT_SECONDS
from glasscase.settings import LoadingSettings

_HELD_SHARE = 0.1
"""Of the products, to choose the epoch by."""
_MACHINE = (0.75, 1.35)
"""A training is long; what else the machine does then changes."""


def learning_step(
    name: str, *, epochs: int, patience: int, batches: int, epoch: Span, once: Span = NOTHING
) -> Step:
    """The step of one training, from what an epoch takes and what comes `once`.

    It ends at the earliest when `patience` epochs brought nothing, at the latest after `epochs`.

    >>> step = learning_step(
    ...     "Learning", epochs=10, patience=2, batches=10, epoch=Span(5.0, 5.0, 5.0)
    ... )
    >>> step.seconds, step.items
    (Span(expected=32.5, low=15.0, high=50.0), 10)
    """
    least = min(epochs, patience + 1)
    seconds = Span(epoch.expected * (least + epochs) / 2, epoch.low * least, epoch.high * epochs)
    return Step(name, seconds + once, batches, "batches an epoch")


def learning_steps(
    sample: LearningSample, n: int, *, folds: int, loading: LoadingSettings
) -> list[Step]:
    """A training without the first fold, its judging, one from everything, and its encoders."""
    rest = round(n * (folds - 1) / folds)
    each = _judged(sample.phases, n - rest, first=True)
    return [
        *_trainings(sample, rest, "Learning without a fold", loading),
        Step("Judging it", each, n - rest, "products"),
        *_trainings(sample, n, "Learning from all products", loading),
        Step("Exporting the encoders", around(sample.export_seconds, 0.7, 1.6), 1, "network"),
        Step("Encoding with them", around(n * sample.encode_seconds, 0.7, 1.5), n, "products"),
    ]


def checkpoint_bytes(sample: LearningSample) -> float:
    """Of both trainings, and the exported encoders, while they are under way."""
    return sum(2.0 * phase.checkpoint_bytes for phase in sample.phases) + sample.encoder_bytes


def photo_memory_bytes(sample: LearningSample, n: int, loading: LoadingSettings) -> float:
    """Of the decoded photos that a training of `n` products keeps."""
    return min(3.0 * n * sample.side**2, 1e9 * loading.memory_gigabytes)


def _trainings(sample: LearningSample, n: int, name: str, loading: LoadingSettings) -> list[Step]:
    """A step for each phase of one training on `n` products."""
    held = round(_HELD_SHARE * n)
    learnt = n - held
    square = 3.0 * sample.side**2
    kept = min(1.0, 1e9 * loading.memory_gigabytes / max(1.0, square * learnt))
    steps = []
    for number, phase in enumerate(sample.phases, 1):
        batches = -(-learnt // phase.plan.batch_size)
        # what is decoded once, and what is decoded in every epoch for lack of memory
        again = _mixed(sample.phases[0].decoding, phase.changing, kept)
        made = _beside(from_pieces(again, [1] * len(again), learnt), learnt, loading)
        epoch = from_pieces(phase.batches, [1] * len(phase.batches), batches) + made
        epoch = epoch + _judged(sample.phases[number - 1 :], held, first=False)
        writes = 1 + int(epoch.expected // CHECKPOINT_SECONDS)
        epoch = _shared(epoch + around(phase.beside * writes, 0.7, 1.5))
        once = NOTHING
        if number == 1:
            first = _mean(phase.decoding) - _mean(phase.changing)
            once = around(max(0.0, first) * kept * n, 0.5, 1.3)
        steps.append(
            learning_step(
                name if len(sample.phases) == 1 else f"{name}, phase {number}",
                epochs=phase.plan.epochs,
                patience=phase.plan.patience,
                batches=batches,
                epoch=epoch,
                once=once,
            )
        )
    return steps


def _judged(phases: Sequence[PhaseSample], n: int, *, first: bool) -> Span:
    """`n` products through the network without learning; `first`: their photos are decoded too."""
    each = _mean(phases[0].judging) + (_mean(phases[0].decoding) if first else 0.0)
    return around(each * n, 0.6, 1.5)


def _beside(made: Span, learnt: int, loading: LoadingSettings) -> Span:
    """Photos are prepared beside the network's work: at best for nothing, at worst in its time."""
    alone = loading.workers == "none" or usable_cores() < 2 or learnt < 64
    return made if alone else Span(made.expected / 2, 0.0, made.high)


def _shared(seconds: Span) -> Span:
    low, high = _MACHINE
    return Span(seconds.expected, seconds.low * low, seconds.high * high)


def _mixed(decoding: Sequence[float], changing: Sequence[float], kept: float) -> list[float]:
    """Seconds of a product where the share `kept` of the photos is in memory."""
    afresh = _mean(decoding)
    return [kept * one + (1 - kept) * afresh for one in changing]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))
