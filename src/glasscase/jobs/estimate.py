"""Estimate: what a training would take on this machine, before it is begun."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.product import Product
from glasscase.encoders.onnx_session import usable_cores
from glasscase.jobs.comparing.encoding_costs import stored_bytes
from glasscase.jobs.comparing.task import check_enough
from glasscase.jobs.estimating.encoding_sample import (
    Clock,
    EncodingSample,
    encoding_sample,
    spread,
)
from glasscase.jobs.estimating.estimated import Estimate, Step
from glasscase.jobs.estimating.fitting_sample import MOST, FittingSample, stand_ins
from glasscase.jobs.estimating.judging_steps import Job, fits, fitting_steps
from glasscase.jobs.estimating.learning_sample import LearningSample, learning_sample
from glasscase.jobs.estimating.learning_steps import (
    checkpoint_bytes,
    learning_steps,
    photo_memory_bytes,
)
from glasscase.jobs.estimating.span import NOTHING, Span, around, from_pieces
from glasscase.jobs.peak_memory import resident_bytes
from glasscase.models.classifier import classes_and_targets
from glasscase.models.end_to_end.joint_training import Lesson
from glasscase.models.features import BLOCKS, Features
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.recipes import with_recipe
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

_HASHED = 128
_LEAST, _HELD_BYTES = 400, 400_000_000
"""Products that stand for all have vectors of no more than so many bytes, but there are so many."""
_COUNTED = ("words", "characters")
"""Blocks without a network, which may have to be exported first."""
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
    told = settings.model_copy(update={"encoders": without})
    encoder = ProductEncoder.fit(part, told, blocks=[b for b in BLOCKS if b not in _COUNTED])
    begin = clock()
    encoder.lexical = ProductEncoder.fit(part, told, blocks=_COUNTED).lexical
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
    job = Job(recipe, settings, products, len(set(_labels(products))), clock)
    steps = [
        *(_encoding_step(one) for one in samples),
        Step("Counting words", _linear(counting, min(MOST, n), n), n, "texts"),
        _grouping_step(products, settings, clock),
    ]
    progress.say("Measuring how long heads take to be fitted.")
    found = fits(job, features, targets)
    learnt = _learnt(job, progress)
    if learnt is not None:
        folds = job.folds()[1]
        steps += learning_steps(learnt, n, folds=folds, loading=settings.loading)
    steps += fitting_steps(job, found)
    begin = clock()
    size = stored_bytes(encoder)
    steps.append(Step("Writing the bundle", around(clock() - begin, 0.7, 2.0), 1, "bundle"))
    return Estimate(
        steps=tuple(steps),
        memory_bytes=_memory(job, features, found, learnt),
        cache_bytes=sum((one.cache_bytes for one in samples), NOTHING),
        checkpoint_bytes=NOTHING if learnt is None else around(checkpoint_bytes(learnt), 0.9, 1.1),
        bundle_bytes=_bundle(job, size, features, found)
        if learnt is None
        else _learnt_bundle(job, learnt),
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


def _learnt(job: Job, progress: Progress) -> LearningSample | None:
    """The training of a recipe that learns its encoders, on a sample; None for the others."""
    if not job.recipe.learns_encoders:
        return None
    progress.say("Measuring how fast this machine learns.")
    classes, targets = classes_and_targets(job.products)
    lesson = Lesson(job.products, targets, len(classes), job.settings.train.seed)
    return learning_sample(job.recipe.name, lesson, settings=job.settings, clock=job.clock)


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


def _memory(
    job: Job, features: Features, found: dict[str, FittingSample], learnt: LearningSample | None
) -> Span:
    now = float(resident_bytes() or 0)
    held = around(2 * _features_bytes(features) * job.n / max(1, len(features)), 0.6, 1.5)
    fitting = [one.memory_bytes(job.n).times(job.at_once) for one in found.values()]
    if learnt is not None:
        photos = photo_memory_bytes(learnt, job.n, job.settings.loading)
        fitting.append(around(learnt.peak_bytes + photos, 0.7, 1.4))
    highest = max(fitting, key=lambda one: one.expected, default=NOTHING)
    return around(now, 0.9, 1.1) + held + highest


def _features_bytes(features: Features) -> float:
    total = 0.0
    for block in features.blocks.values():
        if isinstance(block, np.ndarray):
            total += block.nbytes
        else:
            total += block.data.nbytes + block.indices.nbytes + block.indptr.nbytes
    return total


def _bundle(job: Job, encoders: int, features: Features, found: dict[str, FittingSample]) -> Span:
    heads = [found[name].disk_bytes(job.n) for name in job.shipped if name in found]
    dense = sum(block.shape[1] for block in _dense(features))
    return sum(heads, around(encoders, 0.95, 1.1) + _index(job, dense))


def _learnt_bundle(job: Job, learnt: LearningSample) -> Span:
    network = around(learnt.encoder_bytes + learnt.head_bytes, 0.95, 1.1)
    return network + _index(job, learnt.dim)


def _index(job: Job, dim: int) -> Span:
    """The training products in a bundle: two bytes a number, and what they are called."""
    return around(job.n * (2 * dim + _TITLE_BYTES), 0.8, 1.2)


def _dense(features: Features) -> list[NDArray[Any]]:
    return [block for block in features.blocks.values() if isinstance(block, np.ndarray)]


def _notes(job: Job, samples: Sequence[EncodingSample]) -> list[str]:
    notes = [one.note for one in samples if one.note]
    if job.settings.encoders.photo_words:
        notes.append("Reading the words on photos is not included: about half a second a photo.")
    if job.recipe.learns_encoders:
        notes.append("Learning ends between the patience of the recipe and its last epoch.")
    return notes
