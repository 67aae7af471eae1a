"""How good answers are along the tree of categories: a near miss costs less than a far one.

Hierarchical precision and recall compare the answer and all above it with the truth and all above
it, over all products together (Kiritchenko, Matwin, Nock and Famili 2006, section 4; the root is
left out, for everything stands below it). Tree distance counts the edges between answer and truth
by way of their lowest common category; no answer counts as the root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glasscase.catalog.taxonomy import Path
from glasscase.evaluation.metrics import Floats, Mask, ratio
from glasscase.evaluation.scores import draw_columns
from glasscase.intervals import Interval, percentile_interval, share_interval

_KINDS = {"": "hierarchical_", "stated_": "stated_"}


@dataclass(frozen=True)
class LevelRow:
    """One level of the tree, counted from the top."""

    level: int
    products: int
    """Whose true category is at least so deep."""
    accuracy: Interval
    """Share of these that are right down to this level."""
    exactly: int
    """Products whose true category is right at this level."""
    distance: Interval
    """Mean tree distance of these."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        figures = {name: getattr(self, name).to_dict() for name in ("accuracy", "distance")}
        counts = {"level": self.level, "products": self.products, "exactly": self.exactly}
        return {**counts, **figures}


@dataclass(frozen=True)
class StopRow:
    """Products of which the same kind of thing can be stated."""

    what: str
    products: int
    share: float
    right: Interval
    """Share of these whose true category is the one stated, or below it."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "what": self.what,
            "products": self.products,
            "share": self.share,
            "right": self.right.to_dict(),
        }


@dataclass(frozen=True)
class Hierarchy:
    """Answers judged along the tree."""

    metrics: Mapping[str, Interval]
    """`hierarchical_precision`, `_recall`, `_f1` and `tree_distance` of the answers;
    `stated_precision`, `_recall`, `_f1` and `stated_distance` of what is stated unseen."""
    levels: tuple[LevelRow, ...]
    stops: tuple[StopRow, ...]
    """The answer itself, a category of each level above, nothing."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values of the tables."""
        return {
            "levels": [row.to_dict() for row in self.levels],
            "stops": [row.to_dict() for row in self.stops],
        }


@dataclass(frozen=True)
class Placed:
    """Where n products stand, and where they are said to stand."""

    true: Sequence[Path]
    answered: Sequence[Path]
    """Empty where there is no answer."""
    stated: Sequence[Path] = field(default_factory=tuple)
    """The deepest category that can be stated unseen; empty: none."""
    accepted: Sequence[bool] = field(default_factory=tuple)
    """Where `stated` is the answer itself."""

    @property
    def depth(self) -> int:
        """Levels of the deepest true or answered category."""
        return max(map(len, (*self.true, *self.answered)), default=0)


def tree_distance(one: Path, other: Path) -> int:
    """Edges from one category to another over their lowest common one.

    >>> tree_distance(("Home", "Mugs"), ("Home", "Pots")), tree_distance((), ("Toys",))
    (2, 1)
    """
    return len(one) + len(other) - 2 * _common(one, other)


def hierarchy(
    placed: Placed, *, groups: Sequence[Any] | None = None, samples: int = 1000, seed: int = 0
) -> Hierarchy:
    """Judge n products, n at least 1, with 95 % intervals from `samples` draws.

    `groups` [n]: near-duplicates, drawn together.
    """
    levels = range(1, placed.depth + 1)
    columns = {
        "": _compared(placed.answered, placed.true),
        "stated_": _compared(placed.stated, placed.true),
        "reach": np.array([[len(t) >= level for level in levels] for t in placed.true], float),
        "right": np.array(
            [[len(t) >= level and a[:level] == t[:level] for level in levels]
             for a, t in zip(placed.answered, placed.true, strict=True)], float,
        ),
        "exactly": np.array([[len(t) == level for level in levels] for t in placed.true], float),
    }  # fmt: skip
    columns["far"] = columns["exactly"] * columns[""][:, 3:4]
    draws = draw_columns(columns, groups=groups, samples=samples, seed=seed)
    totals = {name: column.sum(axis=0) for name, column in columns.items()}
    metrics: dict[str, Interval] = {}
    for kind, name in _KINDS.items():
        metrics |= _figures(totals[kind], draws[kind], name, len(placed.true))
    return Hierarchy(
        metrics,
        tuple(_level_row(level, totals, draws) for level in levels),
        _stop_rows(placed, groups=groups, samples=samples, seed=seed),
    )


def _common(one: Path, other: Path) -> int:
    found = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        found += 1
    return found


def _compared(said: Sequence[Path], true: Sequence[Path]) -> Floats:
    """[n, 5]: categories in common, said, true; tree distance; 1."""
    return np.array(
        [
            (_common(a, t), len(a), len(t), tree_distance(a, t), 1)
            for a, t in zip(said, true, strict=True)
        ],
        float,
    )


def _figures(total: Floats, draws: Floats, name: str, n: int) -> dict[str, Interval]:
    def values(sums: Floats) -> dict[str, Floats]:
        common, said, true, distance, count = np.moveaxis(sums, -1, 0)
        return {
            f"{name}precision": ratio(common, said, empty=np.nan),
            f"{name}recall": ratio(common, true, empty=np.nan),
            f"{name}f1": ratio(2 * common, said + true, empty=np.nan),
            "tree_distance" if name == "hierarchical_" else "stated_distance": ratio(
                distance, count, empty=np.nan
            ),
        }

    drawn = values(draws)
    return {
        key: percentile_interval(float(value), drawn[key])
        if key.endswith("distance")
        else share_interval(float(value), drawn[key], n)
        for key, value in values(total).items()
    }


def _level_row(level: int, totals: Mapping[str, Floats], draws: Mapping[str, Floats]) -> LevelRow:
    at = level - 1

    def share(part: str, whole: str) -> tuple[float, Floats]:
        value = ratio(totals[part][at], totals[whole][at], empty=np.nan)
        return float(value), ratio(draws[part][:, at], draws[whole][:, at], empty=np.nan)

    reach, exactly = float(totals["reach"][at]), float(totals["exactly"][at])
    return LevelRow(
        level,
        int(reach),
        share_interval(*share("right", "reach"), reach),
        int(exactly),
        percentile_interval(*share("far", "exactly")),
    )


def _stop_rows(
    placed: Placed, *, groups: Sequence[Any] | None, samples: int, seed: int
) -> tuple[StopRow, ...]:
    accepted = np.asarray(placed.accepted, bool)
    depths = np.array([len(path) for path in placed.stated])
    right = np.array(
        [
            a == t if itself else t[: len(a)] == a
            for a, t, itself in zip(placed.stated, placed.true, placed.accepted, strict=True)
        ]
    )
    masks: dict[str, Mask] = {"the answer itself": accepted}
    for depth in range(placed.depth - 1, 0, -1):
        masks[f"a category of level {depth}"] = ~accepted & (depths == depth)
    masks["nothing"] = ~accepted & (depths == 0)
    columns = {
        name: np.stack([mask, mask & right], axis=1).astype(float) for name, mask in masks.items()
    }
    draws = draw_columns(columns, groups=groups, samples=samples, seed=seed)
    rows = []
    for name, column in columns.items():
        count, good = column.sum(axis=0)
        drawn = ratio(draws[name][:, 1], draws[name][:, 0], empty=np.nan)
        found = share_interval(float(ratio(good, count, empty=np.nan)), drawn, count)
        says_something = name != "nothing"
        rows.append(
            StopRow(
                name,
                int(count),
                float(count / len(accepted)),
                found if says_something else Interval.undefined(),
            )
        )
    return tuple(rows)
