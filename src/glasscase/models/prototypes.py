"""Categories added to a trained model by a few examples, each told by its mean vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from glasscase.files import write_json
from glasscase.models.arrays_file import read_arrays, write_arrays
from glasscase.models.features import MODALITY_OF, PATTERNS, Features
from glasscase.models.nearness import Nearness, Similarity, of_pattern, unit
from glasscase.models.stored_json import laid_out_as_now, read_json

NEAREST = 3
"""Training products a new product is held against."""
NEVER = -30.0
"""Log-odds of a category that can say nothing about a product."""
_NAME = "added"
_STEEPEST = 1.0
Vector = NDArray[np.float32]
Curve = tuple[float, float]
"""Slope and intercept: log-odds of a margin."""


@dataclass(frozen=True)
class Prototype:
    """One added category (prototypical networks without the network; Snell et al. 2017).

    A product's margin is its cosine to the mean of the examples less its mean cosine to the three
    nearest training products; a logistic curve makes log-odds of it (Platt 1999), one for each
    pattern of presence.
    """

    name: str
    """Its label, `A > B`."""
    centre: Mapping[str, Vector]
    """Block -> unit vector; of modalities the examples have."""
    curves: Mapping[str, Curve]
    """Pattern (text, image, both) -> its curve."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values: examples, reliability, conflicts."""

    @property
    def modalities(self) -> tuple[str, ...]:
        """Those it can be told by."""
        return tuple(dict.fromkeys(MODALITY_OF[name] for name in self.centre))

    def pattern(self, text: bool, image: bool) -> str:  # noqa: FBT001  # two columns of `present`
        """What is looked at of a product that has these; "" where there is no curve for it."""
        there = {"text": text, "image": image}
        names = {name for name in self.modalities if there[name]}
        could = (name for name, of in PATTERNS.items() if names >= set(of) and name in self.curves)
        return next(could, "")

    def patterns(self, features: Features) -> NDArray[np.str_]:
        """[n], of each product."""
        both = zip(features.has("text").tolist(), features.has("image").tolist(), strict=True)
        return np.array([self.pattern(*one) for one in both], dtype="U8")

    def as_nearness(self) -> Nearness:
        """Its centre, as the one product that others are compared with."""
        return Nearness({name: vector[None] for name, vector in self.centre.items()})


def centre_of(features: Features) -> dict[str, Vector]:
    """Block -> unit mean of the unit vectors of the products that have it."""
    near = Nearness.of(features)
    found = {}
    for name, block in near.blocks.items():
        rows = features.has(MODALITY_OF[name])
        if rows.any():
            found[name] = unit(block[rows].mean(axis=0, keepdims=True))[0]
    return found


def nearest_mean(similar: Similarity, *, most: float = np.inf) -> NDArray[np.float64]:
    """[n]: mean of the three largest of similarities [n, m]; larger ones than `most` are copies."""
    allowed = np.where(similar > most, np.float32(-1), similar) if np.isfinite(most) else similar
    count = min(NEAREST, similar.shape[1])
    top = np.partition(allowed, similar.shape[1] - count, axis=1)[:, -count:]
    return np.asarray(top.mean(axis=1, dtype=np.float64), np.float64)


def margins(prototype: Prototype, near: Nearness, features: Features) -> NDArray[np.float64]:
    """[n]: cosine to the prototype less that to the nearest of `near`; NaN where not told."""
    found = np.full(len(features), np.nan)
    patterns = prototype.patterns(features)
    own, others = prototype.as_nearness().by_modality(features), near.by_modality(features)
    for pattern in set(patterns.tolist()) - {""}:
        rows = np.flatnonzero(patterns == pattern)
        there = {m: others[m] for m in PATTERNS[pattern]}
        towards = of_pattern({m: own[m] for m in PATTERNS[pattern]}, pattern)[rows, 0]
        found[rows] = towards - nearest_mean(of_pattern(there, pattern)[rows])
    return found


def log_odds(prototype: Prototype, near: Nearness, features: Features) -> NDArray[np.float64]:
    """[n]: of being in the added category rather than in any trained one."""
    found = np.full(len(features), NEVER)
    patterns, values = prototype.patterns(features), margins(prototype, near, features)
    for pattern in set(patterns.tolist()) - {""}:
        slope, intercept = prototype.curves[pattern]
        rows = patterns == pattern
        found[rows] = slope * values[rows] + intercept
    return found


def fit_curve(inside: NDArray[np.float64], outside: NDArray[np.float64], *, prior: float) -> Curve:
    """Slope and intercept by margins `inside` [n] the category and `outside` [m] of it.

    However many there are of either, `prior` is the share the category is taken to have. A ridge
    of 1 on the standardised slope keeps a few examples from claiming certainty.

    >>> slope, intercept = fit_curve(np.array([0.2, 0.3]), np.array([-0.2, -0.1]), prior=0.5)
    >>> slope * 0.25 + intercept > 0 > slope * -0.15 + intercept
    True
    """
    values = np.concatenate([inside, outside])
    middle, spread = float(values.mean()), max(float(values.std()), 1e-6)
    scaled = (values - middle) / spread
    wanted = np.r_[np.ones(len(inside)), np.zeros(len(outside))]
    rest = (1 - prior) / prior * len(inside) / max(len(outside), 1)
    weights = np.where(wanted == 1, 1.0, rest)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = parameters[0] * scaled + parameters[1]
        errors = weights * (1 / (1 + np.exp(-logits)) - wanted)
        total = float((weights * (np.logaddexp(0, logits) - wanted * logits)).sum())
        total += 0.5 * _STEEPEST * float(parameters[0]) ** 2
        slope = float((errors * scaled).sum()) + _STEEPEST * float(parameters[0])
        return total, np.array([slope, errors.sum()])

    found = optimize.minimize(loss, np.zeros(2), jac=True, method="BFGS").x
    slope = max(float(found[0]), 0.0) / spread
    return slope, float(found[1]) - slope * middle


def save_prototypes(folder: Path, prototypes: Sequence[Prototype]) -> None:
    """Store as `added.json` and `added.safetensors`. Raises `CannotWrite`."""
    about = [
        {"name": one.name, "curves": {k: [*v] for k, v in one.curves.items()}, "facts": one.facts}
        for one in prototypes
    ]
    arrays = {
        f"{number}.{block}": vector
        for number, one in enumerate(prototypes)
        for block, vector in one.centre.items()
    }
    write_json(folder / f"{_NAME}.json", about)
    write_arrays(folder / f"{_NAME}.safetensors", arrays)


def load_prototypes(folder: Path) -> tuple[Prototype, ...]:
    """What `save_prototypes` stored; empty where nothing was. Raises `BadBundle`."""
    if not (folder / f"{_NAME}.json").is_file():
        return ()
    arrays = read_arrays(folder / f"{_NAME}.safetensors")
    found = []
    with laid_out_as_now("an added category"):
        for number, one in enumerate(read_json(folder / f"{_NAME}.json")):
            start = f"{number}."
            centre = {k[len(start) :]: v for k, v in arrays.items() if k.startswith(start)}
            curves = {k: (float(v[0]), float(v[1])) for k, v in one["curves"].items()}
            found.append(Prototype(one["name"], centre, curves, one["facts"]))
    return tuple(found)
