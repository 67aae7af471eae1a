"""The whole way once, on the toy catalogue: draw, profile, train, evaluate, predict, explain."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.splits import train_test_split
from glasscase.catalog.toy import ToyCatalogue, draw_toy_catalogue
from glasscase.errors import BadSetting
from glasscase.files import write_text
from glasscase.jobs.evaluate import evaluate
from glasscase.jobs.explain import explain
from glasscase.jobs.explanation_file import save_explanation
from glasscase.jobs.predict import PredictionCount, predict
from glasscase.jobs.profile import profile
from glasscase.jobs.table_source import TableSource
from glasscase.jobs.train import train
from glasscase.pages.page import render
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

_LEAST = 100
CASES = {
    "text_ambiguous": "The words suit two kinds of product; the photo decides.",
    "photo_ambiguous": "The photo suits two kinds of product; the words decide.",
    "no_photo": "There is no photo at all; the words must do.",
}


@dataclass(frozen=True, slots=True)
class ExplainedCase:
    """One of the explanations."""

    case: str
    """Which hard case was planted in this product."""
    id: str
    truth: str
    """What it really is."""
    label: str
    """What the model says."""
    sentence: str
    page: str
    """The file, relative to the demo's folder."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo made."""

    page: Path
    """The page to begin with; it links everything else."""
    sentences: tuple[str, ...]
    """What training found out."""
    advice: str
    """What evaluation says to do first."""
    accuracy: dict[str, float]
    """On products kept out of training: value, low, high."""
    predicted: PredictionCount
    explained: tuple[ExplainedCase, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "page": str(self.page),
            "sentences": list(self.sentences),
            "advice": self.advice,
            "accuracy": self.accuracy,
            "predicted": self.predicted.to_dict(),
            "explained": [
                {name: getattr(one, name) for name in ExplainedCase.__slots__}
                for one in self.explained
            ],
        }


def demo(
    out: str | Path,
    *,
    size: int = 600,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> Demo:
    """Draw a toy shop into `out` and do everything with it once.

    Writes `shop/`, `profile/`, `bundle/`, `report/`, `predictions.csv`, three `why-*.html` and
    `index.html`, which links them all. A fifth of the products is kept out of training (near-
    duplicates together) and judged on.

    Args:
        out: made if it does not exist; what an earlier demo made is replaced.
        size: products to draw; at least 100, to have enough of each of the 12 kinds.
        settings: of the training.
        progress: shows every step.

    Raises:
        BadSetting: `size` is too small.
        CannotWrite: `out` holds other things in those places, or the disk is full.
    """
    if size < _LEAST:
        raise BadSetting(f"a demo of {size} products shows little", f"Use {_LEAST} or more.")
    out = Path(out)
    settings = settings or Settings()
    shop = draw_toy_catalogue(out / "shop", size=size, seed=settings.train.seed, progress=progress)
    catalog = Catalog.read(shop.products, photos=shop.images, settings=settings, progress=progress)
    profile(catalog, settings=settings, progress=progress).save(out / "profile")
    kept, tested = train_test_split(
        catalog.labels(),
        near_duplicate_groups(catalog.products, limits=settings.photos, progress=progress),
        seed=settings.train.seed,
    )
    training = train(catalog.take(kept), settings=settings, progress=progress)
    training.model.save(out / "bundle")
    report = evaluate(
        training.model, catalog.take(tested), seed=settings.train.seed, progress=progress
    )
    report.save(out / "report")
    new = TableSource(shop.new, photos=shop.images)
    predicted = predict(training.model, new, out / "predictions.csv", progress=progress)
    made = Demo(
        page=out / "index.html",
        sentences=tuple(training.sentences),
        advice=report.advice,
        accuracy=report.to_dict()["metrics"]["accuracy"],
        predicted=predicted,
        explained=tuple(_explained(training.model, new, shop, out)),
    )
    write_text(made.page, render("glasscase.jobs", "demo.html", demo=made, shop=shop, cases=CASES))
    return made


def _explained(
    model: ProductClassifier, new: TableSource, shop: ToyCatalogue, out: Path
) -> list[ExplainedCase]:
    with shop.truth.open(encoding="utf-8", newline="") as stream:
        truth = {row["id"]: row for row in csv.DictReader(stream)}
    found: dict[str, ExplainedCase] = {}
    for product in new.read(model):
        facts = truth[product.id]
        case = facts["case"]
        if case not in CASES or case in found:
            continue
        page = f"why-{case.replace('_', '-')}.html"
        told = explain(model, product)
        save_explanation(told, product, out / page, photos=shop.images)
        found[case] = ExplainedCase(
            case, product.id, facts["true_category"], told.label, told.sentence, page
        )
    return [found[case] for case in CASES if case in found]
