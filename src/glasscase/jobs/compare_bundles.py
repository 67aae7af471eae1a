"""Finished models on the same labelled products, and two of them product by product."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.product import Product
from glasscase.errors import BadCatalog, BadSetting
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.comparison import Comparison
from glasscase.evaluation.costs import Costs
from glasscase.evaluation.duel import Duel, Guard, Named, category_changes, flips
from glasscase.evaluation.pairs import compare_pairs
from glasscase.evaluation.standings import Entrant, Field, stand
from glasscase.evaluation.verdict_words import listed
from glasscase.jobs.peak_memory import peak_memory
from glasscase.jobs.table_source import TableSource
from glasscase.models.classifier import ProductClassifier
from glasscase.models.training_index import content_key
from glasscase.nearest_names import nearest_names
from glasscase.progress import Progress, silent

_SAMPLE = 32
_TEXT = 90


@dataclass(frozen=True)
class Protection:
    """What must not get worse from the first bundle to the second."""

    categories: tuple[str, ...] = ()
    tolerance: float = 0.0
    """Recall may drop by this share of a category's products, 0 to 1."""


@dataclass(frozen=True)
class _Reading:
    """A bundle, and the table as it reads it."""

    name: str
    path: Path
    model: ProductClassifier
    catalog: Catalog
    products: dict[int | str, Product]
    """Labelled ones by row, or by id where a product has none."""

    @property
    def classes(self) -> set[str]:
        return {str(name) for name in self.model.classes_}


@dataclass(frozen=True)
class _Shared:
    """The products every bundle could read, with one truth, and all answers on them."""

    products: Sequence[Product]
    labels: NDArray[np.str_]
    common: NDArray[np.bool_]
    """[n]: whether every bundle knows the label."""
    answers: dict[str, Answers]


def compare_bundles(
    bundles: Sequence[str | Path],
    table: TableSource,
    *,
    protect: Protection | None = None,
    level: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Comparison:
    """Measure two or more finished bundles on the labelled products of `table`.

    Of two, the first counts as the old and the second as the new one: every product on which they
    differ is listed, with what each category wins and loses, and protected categories are watched.
    Every bundle reads the table as it was trained to. Where bundles know different categories,
    products of those that all know are compared, and the others are listed.

    Args:
        bundles: two or more folders that `train` wrote.
        table: a labelled table.
        protect: categories whose recall must not drop; for two bundles.
        level: cut categories here instead of where each bundle does.
        seed: of the bootstrap.
        progress: who is told how far it is.

    Raises:
        BadBundle: a folder is no bundle, or is damaged.
        BadCatalog: no product has a category that all bundles know.
        BadSetting: fewer than two bundles, or a protected category that is nowhere.

    Not covered: products unlike these; and where one bundle was trained on them and the other was
    not, the comparison is unfair, which is said.
    """
    protect = protect or Protection()
    paths = [Path(bundle) for bundle in bundles]
    _check(paths, protect)
    readings = [
        _read(name, path, table, level=level, progress=progress)
        for name, path in zip(_names(paths), paths, strict=True)
    ]
    shared = _shared(readings, progress)
    groups = near_duplicate_groups(
        shared.products, limits=readings[0].model.settings.photos, progress=progress
    )
    on = Field(groups[shared.common], int(shared.common.sum()), seed=seed)
    common = {name: _some(answers, shared.common) for name, answers in shared.answers.items()}
    entrants = [
        Entrant(r.name, "bundle", common[r.name], _costs(r.path, shared.products)) for r in readings
    ]
    standings = stand(entrants, on)
    standings = replace(
        standings,
        notes=(*_notes(readings, shared), *standings.notes),
        problems=tuple(readings[0].catalog.problems),
        data={
            "products": on.products,
            "independent products": len(np.unique(on.groups)),
            "classes": len(set(shared.labels[shared.common].tolist())),
            "columns": readings[0].catalog.columns.describe(),
        },
    )
    duel = _duel(readings, shared, on, protect) if len(readings) == 2 else None
    return Comparison(standings, duel)


def _check(paths: Sequence[Path], protect: Protection) -> None:
    if len(paths) < 2:
        raise BadSetting("one bundle cannot be compared", "Name two: --bundles OLD,NEW.")
    if len({path.resolve() for path in paths}) < len(paths):
        raise BadSetting("a bundle is named twice", "Name each once.")
    if protect.categories and len(paths) > 2:
        raise BadSetting(
            f"{len(paths)} bundles have no old and new one to protect a category between",
            "Name two: --bundles OLD,NEW.",
        )
    if not 0 <= protect.tolerance < 1:
        raise BadSetting(
            f"a tolerance of {protect.tolerance:g} is impossible",
            "It is a share of a category's products: 0.02 lets recall drop by 2 points.",
        )


def _names(paths: Sequence[Path]) -> list[str]:
    names = [path.resolve().name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _read(
    name: str, path: Path, table: TableSource, *, level: int | None, progress: Progress
) -> _Reading:
    model = ProductClassifier.load(path)
    catalog = table.read(model, level=level, progress=progress).labelled()
    products = {
        product.row if product.row is not None else product.id: product for product in catalog
    }
    return _Reading(name, path, model, catalog, products)


def _shared(readings: Sequence[_Reading], progress: Progress) -> _Shared:
    """Answers of every bundle on the products all could read and agree on the label of."""
    keys = [
        key
        for key, product in readings[0].products.items()
        if all(key in r.products and r.products[key].label == product.label for r in readings)
    ]
    products = [readings[0].products[key] for key in keys]
    labels = np.array([product.label for product in products], dtype=np.str_)
    known = _known_to_all(readings)
    common = np.isin(labels, sorted(known)) if known else np.zeros(len(labels), bool)
    if not common.any():
        first, other = (sorted(r.classes)[0] for r in readings[:2])
        raise BadCatalog(
            "no product has a category that all bundles know: "
            f"{readings[0].name!r} knows {first!r}, {readings[1].name!r} knows {other!r}",
            "Name the column with --label, or compare bundles trained at the same level.",
        )
    union = sorted(set().union(*(r.classes for r in readings)))
    answers = {}
    for reading in readings:
        own = [reading.products[key] for key in keys]
        features = reading.model.encode(own, progress=progress).features
        probs = np.zeros((len(own), len(union)))
        columns = np.searchsorted(union, sorted(reading.classes))
        probs[:, columns] = reading.model.probabilities(features)
        usable = reading.model.usable(features)
        answers[reading.name] = Answers.pair(labels.tolist(), probs, union, usable=usable)
    return _Shared(products, labels, common, answers)


def _known_to_all(readings: Sequence[_Reading]) -> set[str]:
    first, *others = (reading.classes for reading in readings)
    return first.intersection(*others)


def _some(answers: Answers, rows: NDArray[np.bool_]) -> Answers:
    return Answers(
        answers.names, answers.targets[rows], answers.probs[rows], answers.predicted[rows]
    )


def _duel(readings: Sequence[_Reading], shared: _Shared, on: Field, protect: Protection) -> Duel:
    old, new = (shared.answers[reading.name] for reading in readings)
    rows = shared.common
    (pair,) = compare_pairs(
        [readings[1].name, readings[0].name],
        np.stack([new.correct[rows], old.correct[rows]]),
        groups=on.groups.tolist(),
        products=on.products,
        seed=on.seed,
    )
    named = [
        Named(product.id, product.row, product.text[:_TEXT])
        for product, common in zip(shared.products, rows, strict=True)
        if common
    ]
    everywhere = category_changes(shared.labels.tolist(), old.correct, new.correct)
    return Duel(
        readings[0].name,
        readings[1].name,
        pair,
        flips=flips(_some(old, rows), _some(new, rows), named),
        categories=category_changes(
            shared.labels[rows].tolist(), old.correct[rows], new.correct[rows]
        ),
        guards=tuple(
            Guard(next(c for c in everywhere if c.label == name), protect.tolerance)
            for name in _protected(protect, readings, [c.label for c in everywhere])
        ),
        left_out=dict(Counter(shared.labels[~rows].tolist())),
    )


def _protected(
    protect: Protection, readings: Sequence[_Reading], in_table: Sequence[str]
) -> Sequence[str]:
    names = tuple(dict.fromkeys(protect.categories))
    known = sorted(set().union(*(r.classes for r in readings)))
    for name in names:
        if name not in known:
            near = nearest_names(name, known, most=1)[0]
            raise BadSetting(
                f"--protect {name!r}: neither bundle knows such a category",
                f"Did you mean {near!r}?",
            )
        if name not in in_table:
            raise BadSetting(
                f"--protect {name!r}: no product of the table is in it, so nothing can be said",
                "Add labelled products of it, or protect another category.",
            )
    return names


def _costs(path: Path, products: Sequence[Product]) -> Costs:
    """On up to 32 products spread over the table, no vector taken from the cache."""
    sample = products[:: -(-len(products) // _SAMPLE)]
    with peak_memory() as found:
        model = ProductClassifier.load(path, cached=False)
        model.probabilities(model.encode(sample[:1]).features)
        begin = time.perf_counter()
        model.probabilities(model.encode(sample).features)
        seconds = (time.perf_counter() - begin) / len(sample)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return Costs(None, seconds, size, found.bytes)


def _notes(readings: Sequence[_Reading], shared: _Shared) -> list[str]:
    notes = []
    count = len(shared.products)
    keys = [content_key(product) for product in shared.products]
    for reading in readings:
        seen = sum(key in reading.model.training.content_keys for key in keys)
        if seen:
            notes.append(
                f"{seen} of {count} products were trained on by {reading.name} (same words and "
                "photos): its figures flatter it. Take products that none was trained on."
            )
        own = reading.classes - _known_to_all(readings)
        if own:
            notes.append(
                f"Not known to all: {reading.name} also knows {listed(sorted(own), most=8)}."
            )
    left = int((~shared.common).sum())
    if left:
        notes.append(f"Products of categories that not all bundles know, left out: {left}.")
    unread = max(len(reading.products) for reading in readings) - count
    if unread:
        notes.append(
            f"Products that not every bundle could read, or whose category the bundles cut "
            f"differently, left out: {unread}."
        )
    return notes
