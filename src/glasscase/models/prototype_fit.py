"""How an added category is learnt, and what is measured of it on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.models.features import MODALITIES, MODALITY_OF, PATTERNS, Features
from glasscase.models.nearness import Nearness, Similarity, has_pattern, of_pattern, unit
from glasscase.models.prototypes import (
    NEVER,
    Curve,
    Prototype,
    Vector,
    centre_of,
    fit_curve,
    nearest_mean,
)

LEAST = 3
"""Examples that have a modality, for a curve of it."""
_COPY = 0.98
_VOTERS = 10
_AT_ONCE = 512
_MOST_PER_NAME = 200
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """Products of the trained categories [m], as an added one is held against them."""

    features: Features
    labels: NDArray[np.str_]
    near: Nearness
    closest: dict[str, Floats]
    """Pattern -> mean cosine [m] to the three nearest others, copies left out."""
    votes: Floats
    """[m]: share of the ten nearest others that have their commonest label: a stand-in for how
    sure a model that never saw the product would be."""

    @classmethod
    def of(cls, features: Features, labels: Sequence[str]) -> Trained:
        """Compare all with all, 512 at a time."""
        near, names = Nearness.of(features), np.asarray(labels)
        patterns = [p for p, of in PATTERNS.items() if set(of) <= set(near.modalities)]
        closest = {pattern: np.zeros(len(features)) for pattern in patterns}
        votes, own = np.zeros(len(features)), near.patterns(features)
        for start in range(0, len(features), _AT_ONCE):
            rows = np.arange(start, min(start + _AT_ONCE, len(features)))
            similar = near.by_modality(features.take(rows))
            for pattern in patterns:
                table = _of(similar, pattern)
                closest[pattern][rows] = nearest_mean(table, most=_COPY)
                mine = np.flatnonzero(own[rows] == pattern)
                votes[rows[mine]] = _votes(table[mine], names)
        return cls(features, names, near, closest, votes)

    @property
    def n_classes(self) -> int:
        """How many categories they are of."""
        return len(set(self.labels.tolist()))


@dataclass(frozen=True)
class Fitted:
    """An added category and what it does to products it was not learnt from."""

    prototype: Prototype
    left_out: Floats
    """[n]: log-odds of each example by the others; of a name alone, of known categories' products
    by their names."""
    votes: Floats
    """[n]: how sure another answer is; for examples to be replaced by the model's own."""
    taken: NDArray[np.bool_]
    """[m]: trained products it would take."""
    cohesion: Floats
    """[n]: cosine of each example to the mean of the others; empty for a name alone."""


def fit_examples(name: str, examples: Features, trained: Trained) -> Fitted:
    """Learn from examples [n], three at the least; each is judged by what the others taught."""
    prior, count = 1 / (trained.n_classes + 1), len(examples)
    inside = _left_out(examples, trained)
    centre = centre_of(examples)
    bare = Prototype(name, centre, {})
    curves = _curves(inside, _outside(bare, trained), prior)
    prototype = Prototype(name, centre, curves)
    left_out = np.full(count, NEVER)
    patterns = prototype.patterns(examples)
    for i in range(count):
        pattern = str(patterns[i])
        others = {p: np.where(np.arange(count) == i, np.nan, v) for p, v in inside.items()}
        part = centre_of(examples.take(np.arange(count) != i))
        fresh = _curves(others, _outside(Prototype(name, part, {}), trained), prior)
        if pattern in fresh:
            slope, intercept = fresh[pattern]
            left_out[i] = slope * inside[pattern][i] + intercept
    alike = cohesion(examples)
    return Fitted(prototype, left_out, np.ones(count), taken(prototype, trained), alike)


def fit_text(name: str, text: Vector, names: dict[str, Vector], trained: Trained) -> Fitted:
    """Learn from the vector of a name and description alone.

    No product of its own tells how near to a name is near enough, so the known categories do: each
    plays the new one, by the vector of its own name and without its products.

    Args:
        name: of the new category.
        text: its vector [dim].
        names: trained category -> vector [dim] of its name.
        trained: products of the trained categories.
    """
    prior, has = 1 / (trained.n_classes + 1), has_pattern(trained.features, "text")
    sentence = trained.near.blocks["sentence"]
    inside, outside, votes = [], [], []
    rng = np.random.default_rng(0)
    for known, vector in names.items():
        rows = np.flatnonzero((trained.labels == known) & has)[:_MOST_PER_NAME]
        others = np.flatnonzero((trained.labels != known) & has)
        if not len(rows) or not len(others):
            continue
        towards = sentence @ unit(vector[None])[0]
        table = _of(trained.near.take(others).by_modality(trained.features.take(rows)), "text")
        inside.append(towards[rows] - nearest_mean(table))
        votes.append(_votes(table, trained.labels[others]))
        shown = rng.permutation(others)[:_MOST_PER_NAME]
        outside.append(towards[shown] - trained.closest["text"][shown])
    found = np.concatenate(inside)
    slope, intercept = fit_curve(found, np.concatenate(outside), prior=prior)
    prototype = Prototype(name, {"sentence": unit(text[None])[0]}, {"text": (slope, intercept)})
    left_out = slope * found + intercept
    return Fitted(
        prototype, left_out, np.concatenate(votes), taken(prototype, trained), np.zeros(0)
    )


def taken(prototype: Prototype, trained: Trained) -> NDArray[np.bool_]:
    """[m]: trained products that would be answered with the added category, each held against the
    others only."""
    odds = np.full(len(trained.features), NEVER)
    patterns = prototype.patterns(trained.features)
    for pattern, values in _outside(prototype, trained).items():
        if pattern in prototype.curves:
            slope, intercept = prototype.curves[pattern]
            rows = patterns == pattern
            odds[rows] = slope * values[rows] + intercept
    return wins(odds, trained.votes)


def wins(odds: Floats, others: Floats) -> NDArray[np.bool_]:
    """[n]: where an added category of log-odds `odds` beats a trained one, `others` probable."""
    share = 1 / (1 + np.exp(-odds))
    return np.asarray(share > (1 - share) * others, np.bool_)


def cohesion(features: Features) -> Floats:
    """[n]: cosine of each product to the mean of the others, by all it has; NaN where nothing."""
    patterns = Nearness.of(features).patterns(features)
    found = np.full(len(features), np.nan)
    for pattern in set(patterns.tolist()) - {""}:
        rows = patterns == pattern
        found[rows] = _towards_others(features, pattern)[rows]
    return found


def _curves(
    inside: dict[str, Floats], outside: dict[str, Floats], prior: float
) -> dict[str, Curve]:
    found = {}
    for pattern, values in inside.items():
        there, others = values[~np.isnan(values)], outside.get(pattern, np.zeros(0))
        others = others[~np.isnan(others)]
        if len(there) >= LEAST - 1 and len(others):
            found[pattern] = fit_curve(there, others, prior=prior)
    return found


def _left_out(examples: Features, trained: Trained) -> dict[str, Floats]:
    """Pattern -> margin [n] of each example by the mean of the others; NaN where it lacks it."""
    similar = trained.near.by_modality(examples)
    found = {}
    for pattern in trained.closest:
        rows = has_pattern(examples, pattern)
        if rows.sum() < LEAST:
            continue
        margin = _towards_others(examples, pattern) - nearest_mean(_of(similar, pattern))
        found[pattern] = np.where(rows, margin, np.nan)
    return found


def _towards_others(examples: Features, pattern: str) -> Floats:
    """[n]: cosine of each example to the mean of the others, by what `pattern` looks at."""
    near = Nearness.of(examples)
    by_modality: dict[str, list[Floats]] = {name: [] for name in MODALITIES}
    for name, block in near.blocks.items():
        rest = block.sum(axis=0, keepdims=True) - block
        by_modality[MODALITY_OF[name]].append((block * unit(rest)).sum(axis=1).astype(np.float64))
    means = [np.mean(by_modality[m], axis=0) for m in PATTERNS[pattern] if by_modality[m]]
    return np.asarray(np.mean(means, axis=0), np.float64)


def _outside(prototype: Prototype, trained: Trained) -> dict[str, Floats]:
    """Pattern -> margin [m] of the trained products, each held against the others."""
    own = prototype.as_nearness().by_modality(trained.features)
    found = {}
    for pattern, closest in trained.closest.items():
        if set(PATTERNS[pattern]) <= set(own):
            margin = _of(own, pattern)[:, 0] - closest
            found[pattern] = np.where(has_pattern(trained.features, pattern), margin, np.nan)
    return found


def _of(similar: dict[str, Similarity], pattern: str) -> Similarity:
    return of_pattern({m: similar[m] for m in PATTERNS[pattern]}, pattern)


def _votes(table: Similarity, labels: NDArray[np.str_]) -> Floats:
    count = min(_VOTERS, table.shape[1])
    allowed = np.where(table > _COPY, np.float32(-1), table)
    nearest = np.argpartition(allowed, table.shape[1] - count, axis=1)[:, -count:]
    tops = [Counter(row.tolist()).most_common(1)[0][1] for row in labels[nearest]]
    return np.asarray(np.asarray(tops, np.float64) / count, np.float64)
