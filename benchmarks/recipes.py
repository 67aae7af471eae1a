"""One table with every recipe that can run here, on real products.

    python benchmarks/recipes.py --data ../shared/data [--set flipkart] [--only two-branch,gated]

Recipes on frozen vectors: the folds of `glasscase train`, all of them, each with the encoders it
needs (`cross-attention`: tokens and places). Recipes that learn their
encoders: the first fold alone, and beside them `late` on that same fold. Where weights of a hub
would be needed there are none here: photo backbones begin with EfficientNet-Lite0, text with
MiniLM, and `se-cnn` and the words of `text-cnn` with random weights.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from glasscase import Catalog, Settings, compare
from glasscase.catalog.columns import Columns
from glasscase.jobs.task import prepare
from glasscase.models.end_to_end.joint_training import Lesson, fit_joint
from glasscase.models.heads import make_head
from glasscase.models.recipes import RECIPES

SETS = {
    "flipkart": Columns(text=("product_name", "description"), label="product_category_tree"),
    "fashion_noisy": Columns(text=("noisyTextDescription",), label="category"),
}
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
    folder = arguments.data / arguments.set
    catalog = Catalog.read(
        folder / "products.csv", photos=folder / "images", columns=SETS[arguments.set], level=1
    )
    wanted = [one for one in arguments.only.split(",") if one]
    chosen = [one for one in RECIPES if not wanted or one.name in wanted]
    frozen = [one.name for one in chosen if not one.learns_encoders]
    if len(frozen) > 1:
        print(f"{arguments.set}: {len(catalog)} products, all folds of train", flush=True)
        found = compare(catalog, models=frozen)
        for row in found.to_dict()["models"]:
            accuracy, f1 = row["accuracy"], row["macro_f1"]
            print(f"| {row['name']} | {accuracy['value']:.3f} | {f1['value']:.3f} |", flush=True)
        print(found.advice)
    for recipe in chosen:
        if recipe.learns_encoders:
            learn(recipe.name, catalog)


def learn(name: str, catalog: Catalog) -> None:
    """Train a recipe that learns its encoders without one fold, and judge it on that."""
    modality = "image" if name == "se-cnn" else "both"
    settings = Settings(train={"recipe": name, "modality": modality}, net=QUICK[name])
    ready = prepare(catalog, settings)
    task, fold = ready.task, next(ready.task.folds())
    held, rest = np.flatnonzero(fold.held), np.flatnonzero(~fold.held)
    lesson = Lesson(ready.catalog.products, task.targets, len(task.classes), task.seed)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as work:
        trained = fit_joint(name, lesson.part(rest), settings=settings, work=Path(work))
    seconds = time.perf_counter() - started
    logits, _ = trained.logits([lesson.products[row] for row in held.tolist()])
    right = (logits.argmax(axis=1) == task.targets[held]).mean()
    late = make_head("late", effort="good", blocks=tuple(task.features.blocks))
    late.fit(task.features.take(rest), task.targets[rest], len(task.classes), seed=task.seed)
    rival = late.logits(task.features.take(held)).argmax(axis=1) == task.targets[held]
    print(
        f"| {name} (one fold, {seconds:.0f} s) | {right:.3f} | late on it: {rival.mean():.3f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
