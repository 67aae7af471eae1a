"""One table with every recipe that can run here, on real products.

    python benchmarks/recipes.py --data ../shared/data [--set flipkart] [--only two-branch,gated]

Recipes on frozen vectors: the folds of `glasscase train`, all of them, each with the encoders it
needs (`cross-attention`: tokens and places; of more than 2,000 products on the first fold alone).
Recipes that learn their encoders: the first fold alone, and beside them `late` on that same fold.
Where weights of a hub would be needed there are none here: photo backbones begin with
EfficientNet-Lite0, text with MiniLM, and `se-cnn` and the words of `text-cnn` with random weights.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from glasscase import Settings, compare
from glasscase.evaluation.metrics import ClassCounts
from glasscase.jobs.comparing.task import SMALL, Prepared, prepare
from glasscase.models.bases import make_base
from glasscase.models.end_to_end.joint_training import Lesson, fit_joint
from glasscase.models.head import Head, Logits
from glasscase.models.heads import make_head
from glasscase.models.out_of_fold import fold_logits
from glasscase.models.recipes import RECIPES, with_recipe
from sets import SETS, read_set

QUICK = {
    "finetune": {"side": 128, "unfreeze": 2, "epochs": 3},
    "text-cnn": {"side": 96, "epochs": 6},
    "se-cnn": {"side": 64, "epochs": 10},
}
"""So that each takes minutes on two cores."""


def main() -> None:
    """Train everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", default="flipkart", choices=SETS)
    parser.add_argument("--only", default="", help="Recipes, with commas between them.")
    arguments = parser.parse_args()
    catalog = read_set(arguments.set, arguments.data)
    wanted = [one for one in arguments.only.split(",") if one]
    chosen = [one for one in RECIPES if not wanted or one.name in wanted]
    slow = [one for one in chosen if one.settings.get("encoders") and len(catalog) > SMALL]
    frozen = [one.name for one in chosen if not one.learns_encoders and one not in slow]
    if len(frozen) > 1:
        print(f"{arguments.set}: {len(catalog)} products, all folds of train", flush=True)
        found = compare(catalog, models=frozen)
        for row in found.to_dict()["models"]:
            accuracy, f1 = row["accuracy"], row["macro_f1"]
            print(f"| {row['name']} | {accuracy['value']:.3f} | {f1['value']:.3f} |", flush=True)
        print(found.advice)
    one_fold = [one for one in chosen if one.learns_encoders or one in slow]
    if not one_fold:
        return
    ready = prepare(catalog, Settings())
    print(f"{arguments.set}: the first fold alone", flush=True)
    report("late", time.perf_counter(), late_logits(ready), ready)
    for recipe in one_fold:
        started = time.perf_counter()
        judge = learnt_logits if recipe.learns_encoders else head_logits
        report(recipe.name, started, judge(recipe.name, ready), ready)


def report(name: str, started: float, logits: Logits, ready: Prepared) -> None:
    """Print accuracy and macro-F1 on the first fold, and what judging took."""
    held = next(ready.task.folds()).held
    wanted, said = ready.task.targets[held], logits.argmax(axis=1)
    counts = ClassCounts.count(wanted, said, len(ready.task.classes))
    print(
        f"| {name} | {(wanted == said).mean():.3f} | {counts.macro(counts.f1):.3f} "
        f"| {time.perf_counter() - started:.0f} s |",
        flush=True,
    )


def late_logits(ready: Prepared) -> Logits:
    """Of `late`, learnt without the first fold."""
    make = partial(make_head, "late", effort="good", blocks=tuple(ready.task.features.blocks))
    return first_fold(make, ready)


def head_logits(name: str, ready: Prepared) -> Logits:
    """Of a recipe on frozen vectors, with its own encoders."""
    settings = Settings(train={"recipe": name})
    return first_fold(partial(make_base, name), ready.encoded_by(with_recipe(settings)[1]))


def first_fold(make: Callable[[], Head], ready: Prepared) -> Logits:
    """Held-out logits of the first fold."""
    task, fold = ready.task, next(ready.task.folds())
    return fold_logits(make, task.labelled, held=fold.held, seed=fold.seed)


def learnt_logits(name: str, ready: Prepared) -> Logits:
    """Of a recipe that learns its encoders."""
    modality = "image" if name == "se-cnn" else "both"
    settings = Settings(train={"recipe": name, "modality": modality}, net=QUICK[name])
    task, fold = ready.task, next(ready.task.folds())
    held, rest = np.flatnonzero(fold.held), np.flatnonzero(~fold.held)
    lesson = Lesson(ready.catalog.products, task.targets, len(task.classes), task.seed)
    with tempfile.TemporaryDirectory() as work:
        trained = fit_joint(name, lesson.part(rest), settings=settings, work=Path(work))
        return trained.logits([lesson.products[row] for row in held.tolist()])[0]


if __name__ == "__main__":
    main()
