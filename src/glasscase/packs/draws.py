"""Monte Carlo over measures and weights: how sure a score, a rank and a difference are.

Every draw takes each measure from its own interval (a normal distribution of two halves around the
measured value, so that an interval need not be symmetric), each missing part from the whole of its
plausible range (0 to 100 points, evenly), the weights of the pillars from a Dirichlet distribution
around the chosen ones, and those of the measures of a pillar from one around equal ones; then it
computes the score anew (Saisana, Saltelli & Tarantola 2005, J. R. Stat. Soc. A 168, 307-323).

The chance of a pack's measure depends on the seed, the pack's key and the measure's name alone: not
on the order of packs, nor on the value. So the score is monotone in every draw, packs that are
measured alike tie in every draw, and a changed pack is compared with itself under the same chance.

Not covered: measures that are wrong together (a dark photo lowers several); attention of packs, of
which one's gain is another's loss, is drawn pack by pack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.packs.score import measure_points, pillar_points, score
from glasscase.packs.scored import Scored

Array = NDArray[np.float64]
DRAWS = 4000
CONCENTRATION = 60.0
"""Of the Dirichlet distributions: a weight of 25 % is drawn between 15 and 36 % (95 %)."""


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """D draws of n packs."""

    scores: Array
    """[D, n] 1 to 100."""
    pillars: Array
    """[D, n, p]"""
    points: Array
    """[D, n, m] of measures."""
    pillar_weights: Array
    """[D, p]"""
    measure_weights: Array
    """[D, m], summing to one in each pillar."""


def draw(
    table: Scored, weights: Mapping[str, float], *, draws: int = DRAWS, seed: int = 0
) -> Draws:
    """Draw the scores of the packs of `table`; `weights` by pillar, above 0.

    Raises:
        ValueError: nothing is scored at all.
    """
    if not table.scales:
        raise ValueError("nothing is scored")
    chosen = np.array([float(weights[one]) for one in table.pillars])
    pillar_weights = _dirichlet(chosen / chosen.sum(), draws, seed, "pillars")
    inside = np.concatenate(
        [
            _dirichlet(np.full(n, 1 / n), draws, seed, pillar)
            for pillar, n in zip(table.pillars, np.bincount(table.of).tolist(), strict=True)
        ],
        axis=1,
    )
    points = measure_points(_goodness(table, draws, seed))
    pillars = pillar_points(points, table.of, inside)
    return Draws(score(pillars, pillar_weights), pillars, points, pillar_weights, inside)


def at_measured(table: Scored, weights: Mapping[str, float]) -> list[float | None]:
    """The score by the formula alone, at the measured values and the chosen weights; None for a
    pack with missing parts."""
    goodness = np.stack(
        [one.goodness(table.values[:, i]) for i, one in enumerate(table.scales)], axis=-1
    )
    whole = [bool(np.isfinite(row).all()) for row in goodness]
    points = np.nan_to_num(measure_points(goodness))
    pillars = pillar_points(points, table.of, np.ones(len(table.scales)))
    chosen = np.array([float(weights[one]) for one in table.pillars])
    found = score(pillars, chosen)
    return [float(one) if ok else None for one, ok in zip(found, whole, strict=True)]


def _goodness(table: Scored, draws: int, seed: int) -> Array:
    """[D, n, m] points before clipping."""
    from scipy.special import ndtr

    found = np.empty((draws, len(table.packs), len(table.scales)))
    for column, scale in enumerate(table.scales):
        for row, key in enumerate(table.keys):
            chance = _random(seed, f"{key}\0{scale.name}").standard_normal(draws)
            value = table.values[row, column]
            if np.isnan(value):
                found[:, row, column] = 100 * ndtr(chance)
                continue
            below, above = table.spread[:, row, column]
            found[:, row, column] = scale.goodness(
                value + chance * np.where(chance < 0, below, above)
            )
    return found


def _dirichlet(mean: Array, draws: int, seed: int, what: str) -> Array:
    """[D, k] around `mean`, which sums to one."""
    if len(mean) == 1:
        return np.ones((draws, 1))
    return _random(seed, f"weights\0{what}").dirichlet(CONCENTRATION * mean, draws)


def _random(seed: int, what: str) -> np.random.Generator:
    digest = hashlib.sha256(what.encode("utf-8", "surrogatepass")).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def interval(draws: Array, level: float = 0.95) -> dict[str, float]:
    """`{value, low, high}` of draws [D]: the median, and the middle `level` of them."""
    low, value, high = np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return {"value": float(value), "low": float(low), "high": float(high)}


def beats(scores: Array) -> Array:
    """[n, n]: in which share of draws the row's pack is ahead of the column's; a tie counts half.

    >>> beats(np.array([[3.0, 1.0], [2.0, 2.0]])).tolist()
    [[0.5, 0.75], [0.25, 0.5]]
    """
    ahead = scores[:, :, None] > scores[:, None, :]
    level = scores[:, :, None] == scores[:, None, :]
    return np.asarray(ahead.mean(axis=0) + level.mean(axis=0) / 2)


def rank_shares(scores: Array) -> Array:
    """[n, n]: in which share of draws the row's pack has rank 1, 2 ...; packs that tie share the
    ranks they take together.

    >>> rank_shares(np.array([[3.0, 1.0], [2.0, 2.0]])).tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """
    packs = scores.shape[1]
    better = (scores[:, None, :] > scores[:, :, None]).sum(axis=2)
    alike = (scores[:, None, :] == scores[:, :, None]).sum(axis=2)
    ranks = np.arange(packs)
    held = (ranks >= better[..., None]) & (ranks < (better + alike)[..., None])
    return np.asarray((held / alike[..., None]).mean(axis=0))


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How much of a score's uncertainty comes from one input."""

    pack: str
    input: str
    kind: str
    """`measure`, `missing` or `weight`."""
    correlation: float
    """Spearman's rank correlation of the input with the pack's score over the draws, -1 to 1."""
    share: float
    """Its square as a share of the squares of all inputs of the pack, 0 to 1."""


def sensitivity(table: Scored, drawn: Draws, *, most: int = 8) -> list[Sensitivity]:
    """For each pack the inputs that move its score most, the strongest first.

    Not covered: what other packs' measures do to its percentiles; that is in the intervals.
    """
    found: list[Sensitivity] = []
    weights = _weight_inputs(table, drawn)
    for row, pack in enumerate(table.packs):
        inputs: list[tuple[str, str, Array]] = list(weights)
        for column, name in enumerate(table.names):
            kind = "missing" if np.isnan(table.values[row, column]) else "measure"
            inputs.append((name, kind, drawn.points[:, row, column]))
        found += _strongest(pack, inputs, drawn.scores[:, row], most)
    return found


def _weight_inputs(table: Scored, drawn: Draws) -> list[tuple[str, str, Array]]:
    named = [
        (f"weight of {one}", "weight", drawn.pillar_weights[:, i])
        for i, one in enumerate(table.pillars)
    ]
    return named + [
        (f"weight of {one}", "weight", drawn.measure_weights[:, i])
        for i, one in enumerate(table.names)
    ]


def _strongest(
    pack: str, inputs: Sequence[tuple[str, str, Array]], scores: Array, most: int
) -> list[Sensitivity]:
    moving = [one for one in inputs if np.ptp(one[2]) > 0]
    if not moving or np.ptp(scores) == 0:
        return []
    from scipy.stats import rankdata

    ranks = rankdata(np.stack([one[2] for one in moving]), axis=1)
    target = rankdata(scores)
    correlations = [float(np.corrcoef(one, target)[0, 1]) for one in ranks]
    total = sum(one**2 for one in correlations) or 1.0
    told = [
        Sensitivity(pack, name, kind, rho, rho**2 / total)
        for (name, kind, _), rho in zip(moving, correlations, strict=True)
    ]
    return sorted(told, key=lambda one: -one.share)[:most]
