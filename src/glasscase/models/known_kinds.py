"""Whether a product is of a kind the model was trained on, as a p-value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glasscase.files import write_json
from glasscase.models.arrays_file import read_arrays, write_arrays
from glasscase.models.features import PATTERNS, Features
from glasscase.models.nearness import (
    BOTH,
    Nearness,
    Similarity,
    has_pattern,
    of_pattern,
)
from glasscase.models.stored_json import laid_out_as_now, read_json

NEIGHBOURS = 10
MOST_COMPARED = 4000
"""Of more training products a seeded choice is compared with: bounded memory and time."""
LEAST = 20
"""Of fewer products that have a modality nothing is said about others that have it."""
_FOLDS = 5
_AT_ONCE = 512
_CANDIDATES = 100
"""Nearest ones looked through for those outside a product's own group and fold."""
_NAME = "known_kinds"


@dataclass(frozen=True)
class KnownKinds:
    """Training products, and how far from the others each of them is.

    A product's strangeness is one less its mean similarity to its 10 nearest training products
    (k nearest neighbours in vector space; Sun et al. 2022). What is usual is told by the training
    products themselves: each is compared with all others but its near-duplicates. The share of
    them at least as strange as a new product is a conformal p-value (Vovk et al. 2005; Bates et
    al. 2023, "Testing for outliers with conformal p-values"): of products of known kinds at most
    about 2 % get one of 0.02 or less, whatever their distribution. Products with text alone, with
    photos alone and with both are each compared with their like.

    Not covered: kinds that look and read like known ones; a shift of all products at once.
    """

    near: Nearness
    rows: NDArray[np.intp]
    """Rows of the training index that are compared with."""
    usual: Mapping[str, NDArray[np.float64]]
    """Pattern of presence -> sorted strangeness of training products."""
    held_out: Mapping[str, NDArray[np.float64]]
    """Pattern -> p-values of training products when neither they nor the products of their fold
    had a part in it, one of each group of near-duplicates: what false alarms are counted on."""

    @classmethod
    def learn(
        cls,
        training: Features,
        *,
        groups: NDArray[np.intp] | None = None,
        seed: int = 0,
    ) -> KnownKinds | None:
        """What is usual among the `training` products; None where there are no vectors to go by.

        `groups` [n]: of near-duplicates; without them each product is its own, and a shop full of
        copies then finds more products strange than it says.
        """
        count = len(training)
        rows = np.sort(np.random.default_rng(seed).permutation(count)[:MOST_COMPARED])
        features = training.take(rows)
        near = Nearness.of(features)
        own = np.arange(count)[rows] if groups is None else groups[rows]
        folds = _folds(own, seed)
        usual: dict[str, NDArray[np.float64]] = {}
        held_out: dict[str, NDArray[np.float64]] = {}
        patterns = [p for p in PATTERNS if p in near.modalities or (p == BOTH and _two(near))]
        strange = _leave_out(near, features, patterns, own, folds)
        firsts = np.unique(own, return_index=True)[1]
        first = np.isin(np.arange(len(own)), firsts)
        for pattern in patterns:
            there = has_pattern(features, pattern)
            if there.sum() < LEAST:
                continue
            table = strange[pattern]
            usual[pattern] = np.sort(table[there, 0])
            parts = []
            for fold in range(_FOLDS):
                others = np.sort(table[there & (folds != fold), 1 + fold])
                parts.append(_ranks(table[there & (folds == fold) & first, 1 + fold], others))
            held_out[pattern] = np.sort(np.concatenate(parts))
        return cls(near, rows, usual, held_out) if usual else None

    def p_values(self, features: Features) -> NDArray[np.float64]:
        """[n], above 0 and at most 1: the share of known products at least as strange. NaN where
        a product has nothing that could be compared.

        Memory: 512 products at a time with at most 4,000 others.
        """
        found = np.full(len(features), np.nan)
        patterns = self.near.patterns(features)
        for start in range(0, len(features), _AT_ONCE):
            piece = slice(start, start + _AT_ONCE)
            similar = self.near.by_modality(features.take(piece))
            for pattern in set(patterns[piece].tolist()) & set(self.usual):
                rows = np.flatnonzero(patterns[piece] == pattern)
                strange = _strangeness(of_pattern(similar, pattern)[rows])
                found[start + rows] = _ranks(strange, self.usual[pattern])
        return found

    def false_alarms(self, at: float) -> dict[str, tuple[int, int]]:
        """Pattern -> how many held-out products a limit `at` calls unknown, and of how many."""
        return {
            name: (int((values <= at).sum()), len(values)) for name, values in self.held_out.items()
        }

    def save(self, folder: Path) -> None:
        """Store as `known_kinds.json` and `known_kinds.safetensors`; vectors are in the training
        index. Raises `CannotWrite`."""
        write_json(
            folder / f"{_NAME}.json",
            {"neighbours": NEIGHBOURS, "compared_with": len(self.rows), "patterns": [*self.usual]},
        )
        arrays = {"rows": self.rows.astype(np.int64)}
        write_arrays(
            folder / f"{_NAME}.safetensors",
            arrays
            | {f"usual.{name}": values for name, values in self.usual.items()}
            | {f"held_out.{name}": values for name, values in self.held_out.items()},
        )

    @classmethod
    def load(cls, folder: Path, training: Features) -> Self | None:
        """What `save` stored, with the vectors of the `training` index; None where nothing was.

        Raises `BadBundle`.
        """
        if not (folder / f"{_NAME}.json").is_file():
            return None
        with laid_out_as_now("what the model knows of its kinds"):
            patterns = read_json(folder / f"{_NAME}.json")["patterns"]
            arrays = read_arrays(folder / f"{_NAME}.safetensors")
            rows = arrays["rows"].astype(np.intp)
            return cls(
                Nearness.of(training.take(rows)),
                rows,
                {name: arrays[f"usual.{name}"] for name in patterns},
                {name: arrays[f"held_out.{name}"] for name in patterns},
            )


def _two(near: Nearness) -> bool:
    return len(near.modalities) > 1


def _strangeness(similar: Similarity) -> NDArray[np.float64]:
    """[n] of similarities [n, m]."""
    count = min(NEIGHBOURS, similar.shape[1])
    nearest = np.partition(similar, similar.shape[1] - count, axis=1)[:, -count:]
    return np.asarray(1 - nearest.mean(axis=1, dtype=np.float64), np.float64)


def _ranks(strange: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Conformal p-values of `strange` [n] among the sorted `usual` [m]."""
    as_strange = len(usual) - np.searchsorted(usual, strange, side="left")
    return np.asarray((1 + as_strange) / (len(usual) + 1), np.float64)


def _folds(groups: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """Fold number [n]; a group is in one."""
    _, number = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(seed).permutation(int(number.max(initial=0)) + 1)
    return np.asarray(order[number] % _FOLDS, np.intp)


def _leave_out(
    near: Nearness,
    features: Features,
    patterns: list[str],
    groups: NDArray[np.intp],
    folds: NDArray[np.intp],
) -> dict[str, NDArray[np.float64]]:
    """Pattern -> strangeness [n, 1 + folds] of each product to all others but its group, then to
    those outside each fold."""
    found = {name: np.ones((len(features), 1 + _FOLDS)) for name in patterns}
    candidates = min(_CANDIDATES, len(near))
    for start in range(0, len(features), _AT_ONCE):
        piece = np.arange(start, min(start + _AT_ONCE, len(features)))
        similar = near.by_modality(features.take(piece))
        for pattern in patterns:
            table = of_pattern(similar, pattern)
            order = np.argpartition(-table, candidates - 1, axis=1)[:, :candidates]
            values = np.take_along_axis(table, order, axis=1)
            sorting = np.argsort(-values, axis=1, kind="stable")
            order = np.take_along_axis(order, sorting, axis=1)
            values = np.take_along_axis(values, sorting, axis=1)
            other = groups[order] != groups[piece][:, None]
            found[pattern][piece, 0] = _nearest_allowed(values, other)
            for fold in range(_FOLDS):
                allowed = other & (folds[order] != fold)
                found[pattern][piece, 1 + fold] = _nearest_allowed(values, allowed)
    return found


def _nearest_allowed(values: Similarity, allowed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Strangeness [n] by the first ten of the sorted `values` [n, m] that are allowed."""
    taken = allowed & (np.cumsum(allowed, axis=1) <= NEIGHBOURS)
    sums = (values * taken).sum(axis=1, dtype=np.float64)
    return np.asarray(1 - sums / np.maximum(taken.sum(axis=1), 1), np.float64)
