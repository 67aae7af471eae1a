"""Estimate: what a training would take on this machine, before it is begun."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.product import Product
from glasscase.encoders.onnx_session import usable_cores
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.scores import score
from glasscase.jobs.choose import judged_heads
from glasscase.jobs.encoding_costs import stored_bytes
from glasscase.jobs.encoding_sample import (
    Clock,
    EncodingSample,
    encoding_sample,
    spread,
)
from glasscase.jobs.estimated import Estimate, Step
from glasscase.jobs.fitting_sample import MOST, FittingSample, fitting_sample, stand_ins
from glasscase.jobs.peak_memory import resident_bytes
from glasscase.jobs.side_by_side import fit_threads
from glasscase.jobs.span import NOTHING, Span, around, from_pieces
from glasscase.jobs.task import SMALL, check_enough, divisions
from glasscase.models.bases import READS_PLACES, make_base
from glasscase.models.classifier import classes_and_targets
from glasscase.models.features import BLOCKS, Features
from glasscase.models.head import Targets, softmax
from glasscase.models.heads import LATE_BASES
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.recipes import Recipe, with_recipe
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

_HASHED = 128
_LEAST, _HELD_BYTES = 400, 400_000_000
"""Products that stand for all have vectors of no more than so many bytes, but there are so many."""
_SCORED = 2000
_TITLE_BYTES = 250
"""Of a training product's id, label, title and photo name in a bundle."""


def estimate(
    catalog: Catalog,
    *,
    settings: Settings | None = None,
    clock: Clock = time.perf_counter,
    progress: Progress = silent,
) -> Estimate:
    """Measure this machine on a sample, and say what `train` would take. Nothing is trained.

    No vector and no bundle is stored. An encoder that was never used here is made ready first
    (exported), as any use of it would.

    Args:
        catalog: labelled products; the others are left out.
        settings: as for `train`.
        clock: seconds.
        progress: who is told what is measured.

    Raises:
        BadSetting: there is no such recipe.
        CannotTrain: fewer than two categories, or neither words nor photos.
    """
    recipe, settings = with_recipe(settings or Settings())
    catalog = catalog.labelled()
    check_enough(catalog)
    products = catalog.products
    progress.say("Measuring how fast this machine encodes.")
    without = settings.encoders.model_copy(update={"photo_words": False})
    mixed = np.random.default_rng(0).permutation(len(products)).tolist()
    part = [products[row] for row in spread(mixed, MOST)]
    begin = clock()
    encoder = ProductEncoder.fit(
        part, settings.model_copy(update={"encoders": without}), blocks=BLOCKS
    )
    counts = {
        name: lexical.counts([one.text for one in part])
        for name, lexical in encoder.lexical.items()
    }
    counting = clock() - begin
    samples = [
        encoding_sample(block, one, products, clock=clock)
        for block, one in (("sentence", encoder.sentence), ("image", encoder.image))
        if one is not None
    ]
    wide = max([4 * one.dim for one in samples], default=1)
    chosen = spread(mixed, MOST)[: max(_LEAST, _HELD_BYTES // wide)]
    part = [products[row] for row in chosen]
    counts = {name: block[: len(part)] for name, block in counts.items()}
    _, targets = classes_and_targets(part)
    present = np.stack(
        [[bool(p.text.strip()) for p in part], [bool(p.photos) for p in part]], axis=1
    )
    features = stand_ins(_among(samples, chosen), counts, targets, present=present)
    features = Features(features.blocks, features.present, encoder.places())
    n = len(products)
    job = _Job(recipe, settings, products, len(set(_labels(products))), clock)
    steps = [
        *(_encoding_step(one) for one in samples),
        Step("Counting words", _linear(counting, min(MOST, n), n), n, "texts"),
        _grouping_step(products, settings, clock),
    ]
    progress.say("Measuring how long heads take to be fitted.")
    fits = _fits(job, features, targets)
    steps += _fitting_steps(job, fits)
    begin = clock()
    size = stored_bytes(encoder)
    steps.append(Step("Writing the bundle", around(clock() - begin, 0.7, 2.0), 1, "bundle"))
    return Estimate(
        steps=tuple(steps),
        memory_bytes=_memory(job, features, fits),
        cache_bytes=sum((one.cache_bytes for one in samples), NOTHING),
        bundle_bytes=_bundle(job, size, features, fits),
        notes=tuple(_notes(job, samples)),
        data={
            "products": len(products),
            "classes": job.n_classes,
            "recipe": recipe.name,
            "effort": settings.train.effort,
            "cores": usable_cores(),
            "columns": catalog.columns.describe(),
        },
    )


@dataclass(frozen=True)
class _Job:
    """What would be trained."""

    recipe: Recipe
    settings: Settings
    products: Sequence[Product]
    n_classes: int
    clock: Clock

    @property
    def n(self) -> int:
        return len(self.products)

    @property
    def asked(self) -> str:
        return "" if self.recipe.name == "late" else self.recipe.head

    @property
    def at_once(self) -> int:
        """Fits side by side."""
        return usable_cores() if self.n <= SMALL else 1

    def heads(self, blocks: Sequence[str]) -> list[str]:
        """What is judged; a recipe that learns its encoders judges less, which is not foreseen."""
        return judged_heads(blocks, self.settings.train.effort, self.asked)

    def folds(self) -> tuple[int, int]:
        """Divisions, and folds of each, taking every product for itself."""
        apart = np.arange(self.n)
        made = divisions(np.zeros(self.n, np.intp), apart, self.settings)
        return len(made), len(np.unique(made[0]))


def learning_step(
    n: int, *, epochs: int, patience: int, batch_size: int, seconds_per_batch: float
) -> Step:
    """The step of a recipe that learns its encoders, from what one batch takes.

    It ends at the earliest when `patience` epochs brought nothing, at the latest after `epochs`.

    >>> step = learning_step(640, epochs=10, patience=2, batch_size=64, seconds_per_batch=0.5)
    >>> step.seconds, step.items
    (Span(expected=32.5, low=15.0, high=50.0), 10)
    """
    batches = -(-n // batch_size)
    least = min(epochs, patience + 1)
    each = batches * seconds_per_batch
    seconds = Span(each * (least + epochs) / 2, each * least, each * epochs)
    return Step("Learning the encoders", seconds, batches, "batches an epoch")


def _labels(products: Sequence[Product]) -> list[str]:
    return [product.label or "" for product in products]


def _among(samples: Sequence[EncodingSample], chosen: Sequence[int]) -> list[EncodingSample]:
    """The samples with their rows counted among the `chosen` products; others are dropped."""
    place = {row: i for i, row in enumerate(chosen)}
    found = []
    for one in samples:
        kept = [i for i, row in enumerate(one.rows.tolist()) if row in place]
        rows = np.array([place[int(one.rows[i])] for i in kept], np.intp)
        found.append(EncodingSample(**{**vars(one), "rows": rows, "vectors": one.vectors[kept]}))
    return found


def _encoding_step(one: EncodingSample) -> Step:
    name, what = {
        "sentence": ("Reading texts", "different texts"),
        "image": ("Looking at photos", "products"),
    }[one.block]
    return Step(name, one.seconds, one.missing, what)


def _linear(seconds: float, measured: int, n: int) -> Span:
    return around(seconds * n / max(1, measured), 0.8, 1.3)


def _grouping_step(products: Sequence[Product], settings: Settings, clock: Clock) -> Step:
    sample = spread(products, _HASHED)
    seconds, counts = [], []
    near_duplicate_groups(sample[:2], limits=settings.photos)
    for start in range(0, len(sample), _HASHED // 4):
        piece = sample[start : start + _HASHED // 4]
        begin = clock()
        near_duplicate_groups(piece, limits=settings.photos)
        seconds.append(clock() - begin)
        counts.append(len(piece))
    span = from_pieces(seconds, counts, len(products))
    return Step("Finding near-duplicates", span, len(products), "products")


def _fits(job: _Job, features: Features, targets: Targets) -> dict[str, FittingSample]:
    """Of every head, in the threads that `choose` would use."""
    names = job.heads(tuple(features.blocks))
    pooled = features.pooled()
    with fit_threads(names, small=job.n <= SMALL) as threads:
        return {
            name: threads.submit(
                fitting_sample, partial(make_base, name, job.settings.net),
                features if name in READS_PLACES else pooled, targets,
                n_classes=job.n_classes, clock=job.clock,
            ).result()
            for name in names
        }  # fmt: skip


def _fitting_steps(job: _Job, fits: dict[str, FittingSample]) -> list[Step]:
    times, folds = job.folds()
    training = round(job.n * (folds - 1) / folds)
    judging = sum((one.fit_seconds(training) for one in fits.values()), NOTHING)
    judging = _side_by_side(judging.times(times * folds), job.at_once)
    last = [name for name in _shipped(job) if name in fits]
    final = sum((fits[name].fit_seconds(job.n) for name in last), NOTHING)
    scored = len(fits) + 3
    return [
        Step("Judging heads on the folds", judging, times * folds * len(fits), "fits"),
        Step("Counting intervals", _scoring(job, times).times(scored), scored, "candidates"),
        Step("Fitting the winner", final, len(last), "fits"),
    ]


def _shipped(job: _Job) -> tuple[str, ...]:
    """What is fitted on everything in the end, where late fusion or what was asked for wins."""
    late = job.recipe.head in ("late", "text", "photo")
    return LATE_BASES[job.settings.train.effort] if late else (job.recipe.head,)


def _side_by_side(seconds: Span, at_once: int) -> Span:
    """Several at once: at best that many times as fast, at worst hardly faster."""
    usual = 1 + 0.7 * (at_once - 1)
    worst = 1 + 0.3 * (at_once - 1)
    return Span(seconds.expected / usual, seconds.low / at_once, seconds.high / worst)


def _scoring(job: _Job, times: int) -> Span:
    """One candidate's figures and intervals over all divisions."""
    rng = np.random.default_rng(0)
    n = min(job.n * times, _SCORED)
    names = [str(number) for number in range(job.n_classes)]
    labels = [names[number] for number in rng.integers(job.n_classes, size=n)]
    probs = softmax(rng.normal(size=(n, job.n_classes)).astype(np.float32))
    begin = job.clock()
    score(Answers.pair(labels, probs, names), groups=list(range(n)), samples=200, seed=0)
    return around((job.clock() - begin) * job.n * times / n, 0.8, 1.4)


def _memory(job: _Job, features: Features, fits: dict[str, FittingSample]) -> Span:
    now = float(resident_bytes() or 0)
    held = around(2 * _features_bytes(features) * job.n / max(1, len(features)), 0.6, 1.5)
    highest = max((one.memory_bytes(job.n) for one in fits.values()), key=lambda one: one.expected)
    return around(now, 0.9, 1.1) + held + highest.times(job.at_once)


def _features_bytes(features: Features) -> float:
    total = 0.0
    for block in features.blocks.values():
        if isinstance(block, np.ndarray):
            total += block.nbytes
        else:
            total += block.data.nbytes + block.indices.nbytes + block.indptr.nbytes
    return total


def _bundle(job: _Job, encoders: int, features: Features, fits: dict[str, FittingSample]) -> Span:
    heads = [fits[name].disk_bytes(job.n) for name in _shipped(job) if name in fits]
    dense = sum(2 * block.shape[1] for block in _dense(features))
    index = around(job.n * (dense + _TITLE_BYTES), 0.8, 1.2)
    return sum(heads, around(encoders, 0.95, 1.1) + index)


def _dense(features: Features) -> list[NDArray[Any]]:
    return [block for block in features.blocks.values() if isinstance(block, np.ndarray)]


def _notes(job: _Job, samples: Sequence[EncodingSample]) -> list[str]:
    notes = [one.note for one in samples if one.note]
    if job.settings.encoders.photo_words:
        notes.append("Reading the words on photos is not included: about half a second a photo.")
    if job.recipe.learns_encoders:
        notes.append("Learning the encoders themselves is not included.")
    return notes
