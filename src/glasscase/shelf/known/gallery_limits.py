"""From when on a match is taken: measured on changed copies of the gallery's own photos.

A gallery keeps copies of each photo, changed as a shelf would (crop, blur, light, size). Each copy,
asked of all that were changed in another way, is a known product; asked of those without its own
product, it is a stranger. Small galleries say little about strangers, so drawn packs stand in for
them. The limits are those that take most known products rightly while at
most 5 % of the strangers pass.

Not covered: how different real shelves are from such copies; the limits are where to begin, not a
promise. `Gallery.with_limits` takes what was found on one's own photos.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.shelf.known.match import MatchLimits

STRANGERS_SHARE = 0.05
"""Of strangers, at most this share may be taken for a known product."""
_MOST = 600  # queries; more would tell no more
_ALONE = 0.75  # cosine needed where nothing can be measured
_MARGIN = 0.02
_TWIN = 0.9
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The nearest product of queries [n], and how far the second is."""

    first: Floats
    margin: Floats
    right: NDArray[np.bool_]


def measured_limits(
    vectors: NDArray[np.float32],
    owners: NDArray[np.int32],
    turns: NDArray[np.int32],
    strangers: NDArray[np.float32],
) -> tuple[MatchLimits, dict[str, Any]]:
    """Limits for a gallery, and how they were found.

    Args:
        vectors: [views, dim], each of length 1.
        owners: [views]: which product each is of.
        turns: [views]: in which way each was changed; 0 is the plain photo.
        strangers: [n, dim]: of things that are none of the products; may be empty.
    """
    copies = np.flatnonzero(turns > 0)
    products = int(owners.max()) + 1
    if len(np.unique(turns)) < 3 or (products < 3 and not len(strangers)):
        return _without_queries(vectors, owners, products)
    asked = copies[np.unique(np.linspace(0, len(copies) - 1, min(len(copies), _MOST)).astype(int))]
    rows = _nearest(vectors, owners, asked, alike=turns[asked][:, None] == turns[None])
    known = _asked(rows, owners[asked])
    foreign = np.full((len(strangers), products), -1.0)
    np.maximum.at(foreign.T, owners, vectors @ strangers.T)
    unknown = [_asked(foreign)]
    if products > 2:  # of two, the other says too little about strangers
        gone = _gone(vectors, owners, turns, owners[asked])
        unknown.append(_asked(np.where(gone, -1.0, rows)))
    limits = _best_limits(known, unknown)
    taken = _passes(known, limits)
    passed = [_passes(one, limits) for one in unknown if len(one.first)]
    return limits, {
        "by": "copies of the photos",
        "queries": len(asked),
        "right_share": round(float((taken & known.right).mean()), 4),
        "wrong_share": round(float((taken & ~known.right).mean()), 4),
        "strangers_share": round(max(float(one.mean()) for one in passed), 4),
    }


def _without_queries(
    vectors: NDArray[np.float32], owners: NDArray[np.int32], products: int
) -> tuple[MatchLimits, dict[str, Any]]:
    """One or two products, or no copies: what 95 % of the other products stay below."""
    told = {"by": "likeness of the products", "queries": 0}
    if products < 3:
        return MatchLimits(_ALONE, _MARGIN if products > 1 else 0.0), told
    asked = np.unique(np.linspace(0, len(owners) - 1, min(len(owners), _MOST)).astype(int))
    itself = asked[:, None] == np.arange(len(owners))[None]
    rows = _nearest(vectors, owners, asked, alike=itself)
    gone = owners[asked][:, None] == np.arange(products)[None]
    strangers = _asked(np.where(gone, -1.0, rows))
    ahead = strangers.margin >= _MARGIN
    near = strangers.first[ahead] if ahead.any() else strangers.first
    return MatchLimits(float(np.quantile(near, 1 - STRANGERS_SHARE)), _MARGIN), told


def _nearest(
    vectors: NDArray[np.float32],
    owners: NDArray[np.int32],
    asked: NDArray[Any],
    *,
    alike: NDArray[np.bool_],
) -> Floats:
    """[queries, products]: cosine of each query and the nearest vector of each product.

    `alike` [queries, views]: what a query is not compared with; copies changed in the same way
    would be nearer than any shelf photo.
    """
    cosines = vectors[asked] @ vectors.T
    cosines[alike] = -1.0
    nearest = np.full((int(owners.max()) + 1, len(asked)), -1.0, np.float32)
    np.maximum.at(nearest, owners, cosines.T)
    return np.asarray(nearest.T, np.float64)


def _asked(rows: Floats, owners: NDArray[Any] | None = None) -> _Asked:
    """What is nearest in rows [queries, products], and whether that is `owners` [queries]."""
    top = np.sort(rows, axis=1)
    margin = top[:, -1] - top[:, -2] if rows.shape[1] > 1 else np.ones(len(rows))
    right = np.zeros(len(rows), bool) if owners is None else rows.argmax(axis=1) == owners
    return _Asked(top[:, -1], margin, right)


def _gone(
    vectors: NDArray[np.float32],
    owners: NDArray[np.int32],
    turns: NDArray[np.int32],
    shown: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """[queries, products]: the product `shown` [queries], and those whose photo is all but the
    same: a design in two sizes says nothing about strangers."""
    plain = np.flatnonzero(turns == 0)
    first = plain[np.unique(owners[plain], return_index=True)[1]]
    gone: NDArray[np.bool_] = vectors[first[shown]] @ vectors[first].T >= _TWIN
    gone[np.arange(len(shown)), shown] = True
    return gone


def _passes(asked: _Asked, limits: MatchLimits) -> NDArray[np.bool_]:
    taken: NDArray[np.bool_] = (asked.first >= limits.similarity) & (asked.margin >= limits.margin)
    return taken


def _best_limits(known: _Asked, unknown: Sequence[_Asked]) -> MatchLimits:
    """Most known products right, at most `STRANGERS_SHARE` of each kind of strangers taken; among
    equals the middle one, so that neither limit lies at the edge of what was seen."""
    least = float(np.quantile(known.first, 0.01))
    found: list[tuple[float, MatchLimits]] = []
    for margin in np.unique(np.quantile(known.margin, np.linspace(0, 0.6, 25)).clip(min=0.0)):
        over = max(_over(one, float(margin)) for one in unknown)
        limits = MatchLimits(max(over, min(least, 0.5)), float(margin))
        found.append((float((_passes(known, limits) & known.right).mean()), limits))
    best = max(share for share, _ in found)
    equal = [limits for share, limits in found if share >= best - 0.005]
    return equal[len(equal) // 2]


def _over(strangers: _Asked, margin: float) -> float:
    """The similarity that only `STRANGERS_SHARE` of the strangers reach with such a margin."""
    allowed = int(STRANGERS_SHARE * len(strangers.first))
    ahead = np.sort(strangers.first[strangers.margin >= margin])
    return float(ahead[len(ahead) - allowed - 1]) + 1e-6 if len(ahead) > allowed else -1.0
