"""Fine-tuning the photo encoder beside leaving it frozen, photos alone, on the same fold.

    python benchmarks/finetune.py --data ../shared/data [--set fashion_noisy] [--side 128]

Trains on four of five grouped folds and judges the fifth. Frozen: kernel ridge and logistic
regression on EfficientNet-Lite0's vectors, at 224 pixels as it is shipped. Fine-tuned: its last
blocks learn on at `--side` pixels. Prints accuracies, the paired difference and the throughput.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from glasscase import Settings
from glasscase.intervals import paired_accuracy_difference
from glasscase.jobs.comparing.task import prepare
from glasscase.models.bases import BASES
from glasscase.models.end_to_end.joint_training import Lesson, fit_joint
from glasscase.models.out_of_fold import fold_logits
from sets import SETS, read_set


class Told:
    """Prints what a training says, with the time."""

    def track(self, items, *, total, what):
        """Print every epoch."""
        for number, item in enumerate(items, 1):
            yield item
            if what.startswith("Training"):
                print(f"  {time.strftime('%H:%M:%S')} {what}: {number} of {total}", flush=True)

    def say(self, message):
        """Print it."""
        print(f"  {message}", flush=True)


def main() -> None:
    """Train, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", default="fashion_noisy", choices=SETS)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--unfreeze", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--precision", default="32-true")
    parser.add_argument("--accelerator", default="cpu")
    arguments = parser.parse_args()
    settings = Settings.read(
        overrides=[
            "train.modality=image", "augment.mirror=yes", "net.augment=light",
            f"net.side={arguments.side}", f"net.unfreeze={arguments.unfreeze}",
            f"net.epochs={arguments.epochs}", f"net.precision={arguments.precision}",
            f"net.accelerator={arguments.accelerator}",
        ]
    )  # fmt: skip
    catalog = read_set(arguments.set, arguments.data)
    ready = prepare(catalog, settings)
    task, fold = ready.task, next(ready.task.folds())
    held, rest = np.flatnonzero(fold.held), np.flatnonzero(~fold.held)
    print(f"{arguments.set}: {len(rest)} products to learn from, {len(held)} to judge by")
    groups = task.groups[held].tolist()
    right = {}
    for name in ("image", "image-linear"):
        logits = fold_logits(BASES[name], task.labelled, held=fold.held, seed=fold.seed)
        right[name] = logits.argmax(axis=1) == task.targets[held]
    lesson = Lesson(ready.catalog.products, task.targets, len(task.classes), task.seed)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as work:
        trained = fit_joint(
            "finetune", lesson.part(rest), settings=settings, work=Path(work), progress=Told()
        )
    seconds = time.perf_counter() - started
    logits, _ = trained.logits([lesson.products[row] for row in held.tolist()])
    right["fine-tuned"] = logits.argmax(axis=1) == task.targets[held]
    for name, one in right.items():
        print(f"{name:14} accuracy {one.mean():.3f}")
    for name in ("image", "image-linear"):
        gain = paired_accuracy_difference(right["fine-tuned"], right[name], groups=groups, seed=0)
        print(f"fine-tuned beats {name} by {gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})")
    epochs = len(trained.histories[0].epochs)
    print(f"{seconds:.0f} s for {epochs} epochs: {epochs * len(rest) / seconds:.0f} photos per s")
    for one in trained.histories[0].epochs:
        print(f"  epoch {one.number}: validation accuracy {one.validation_accuracy:.3f}")


if __name__ == "__main__":
    main()
