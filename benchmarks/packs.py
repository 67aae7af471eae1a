"""The pack performance score: do its intervals hold, is it monotone, invariant, and how long?

    python benchmarks/packs.py calibration [--trials 500]
    python benchmarks/packs.py monotone
    python benchmarks/packs.py invariance
    python benchmarks/packs.py time

`calibration` makes the truth up: six packs with true measures on the embedded scale, true weights
drawn as the score says it draws them, and measurements with the error their intervals tell. Then it
counts how often the interval of a score holds the true score, and how often a pack said to be ahead
in so many per cent of draws is ahead in truth. The others look at drawn packs (real OCR, encoder
and simulated shelves). Nobody's data is needed.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np

from glasscase.jobs.pack_sets.measure_packs import Measuring, image_encode, measure_packs
from glasscase.jobs.pack_sets.pack_memory import PackMemory
from glasscase.packs.drawn_front import SIX, Front, drawn_front
from glasscase.packs.draws import CONCENTRATION, beats, draw, interval
from glasscase.packs.measure import Measure
from glasscase.packs.pack_result import Asked, scoring
from glasscase.packs.scales import MeasureScale, embedded_scale
from glasscase.packs.score import measure_points, pillar_points, score
from glasscase.packs.scored import scored
from glasscase.packs.weights import pillar_weights
from glasscase.progress import silent
from glasscase.settings import Settings

PACKS, DRAWS = 6, 1000
GROUNDS = [(214, 178, 96), (158, 193, 134), (103, 199, 177), (78, 197, 222), (134, 187, 244)]
"""Of one lightness (L* 74), CIEDE2000 0, 21, 32, 41 and 49 from the first, that of all rivals."""
INKS = [(222, 212, 190), (190, 176, 150), (140, 124, 96), (90, 74, 50), (20, 12, 6)]
"""Of words on a cream panel: contrast 1.3 to 17."""
SCALE = embedded_scale()
NAMES = [one for one in SCALE.measures.values() if not one.of_all and one.pillar != "chosen"]
WEIGHTS = pillar_weights(None)


def value_at(scale: MeasureScale, points: float, dice: np.random.Generator) -> float:
    """A value worth so many points; in a band on either side."""
    values, worth = np.array(scale.values), np.array(scale.points)
    if scale.better == "less":
        return float(np.interp(points, worth[::-1], values[::-1]))
    if scale.better == "band":
        top = int(worth.argmax())
        if dice.random() < 0.5 and points >= worth[-1]:
            return float(np.interp(points, worth[: top - 1 : -1], values[: top - 1 : -1]))
        points = max(points, worth[0])
        return float(np.interp(points, worth[: top + 1], values[: top + 1]))
    return float(np.interp(points, worth, values))


def trial(number: int, error: float, missing: float):
    """True scores, drawn scores, of one made-up set."""
    dice = np.random.default_rng([7, number])
    reach = {one.name: one.values[-1] - one.values[0] for one in NAMES}
    truth = np.array(
        [[value_at(one, dice.uniform(5, 95), dice) for one in NAMES] for _ in range(PACKS)]
    )
    packs = []
    for row in truth:
        mine = []
        for one, true in zip(NAMES, row, strict=True):
            sd = error * reach[one.name]
            seen = true + dice.normal(0, sd)
            if dice.random() < missing:
                mine.append(Measure.missing(one.name, one.unit, one.better, "made up"))
            else:
                mine.append(Measure(one.name, seen, one.unit, one.better, one.pillar,
                                    seen - 1.96 * sd, seen + 1.96 * sd))  # fmt: skip
        packs.append(mine)
    table = scored([f"pack {i}" for i in range(PACKS)], packs, SCALE)
    kept = [[one.name for one in NAMES].index(name) for name in table.names]
    goodness = np.stack([NAMES[i].goodness(truth[:, i]) for i in kept], axis=-1)
    of_pillars = [dice.dirichlet(np.full(n, CONCENTRATION / n)) for n in np.bincount(table.of)]
    pillars = pillar_points(measure_points(goodness), table.of, np.concatenate(of_pillars))
    weights = dice.dirichlet(np.full(len(table.pillars), CONCENTRATION / len(table.pillars)))
    return score(pillars, weights), draw(table, WEIGHTS, draws=DRAWS, seed=number).scores


def calibration(trials: int) -> None:
    print(
        "| error of a measure | missing | in the 90 % interval | in the 95 % | width of the 95 % |"
    )
    print("|---|---|---|---|---|")
    said, true = [], []
    for error, missing in ((0.0, 0.0), (0.02, 0.0), (0.05, 0.0), (0.1, 0.0), (0.05, 0.1)):
        held, widths = {0.90: 0, 0.95: 0}, []
        for number in range(trials):
            truth, drawn = trial(number, error, missing)
            for level in held:
                ends = [interval(one, level) for one in drawn.T]
                held[level] += sum(
                    end["low"] <= one <= end["high"] for end, one in zip(ends, truth, strict=True)
                )
            widths += [end["high"] - end["low"] for end in ends]
            upper = np.triu_indices(PACKS, 1)
            said.append(beats(drawn)[upper])
            true.append((truth[:, None] > truth[None, :])[upper])
        shares = [f"{100 * one / trials / PACKS:.1f} %" for one in held.values()]
        print(f"| {error:.0%} of the scale | {missing:.0%} | {' | '.join(shares)} "
              f"| {np.mean(widths):.1f} |")  # fmt: skip
    _chances(np.concatenate(said), np.concatenate(true))


def _chances(said: np.ndarray, true: np.ndarray) -> None:
    flipped = said < 0.5
    said, true = np.where(flipped, 1 - said, said), np.where(flipped, ~true, true)
    print("\n| said to be ahead in | pairs | said on average | ahead in truth |\n|---|---|---|---|")
    edges = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0001)
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        here = (said >= low) & (said < high)
        print(f"| {low:.0%} to {min(high, 1):.0%} | {here.sum():,} | {said[here].mean():.1%} "
              f"| {true[here].mean():.1%} |")  # fmt: skip


def measuring(arrangements: int = 40) -> Measuring:
    encode, name, why = image_encode("efficientnet-lite0", Settings(), silent)
    return Measuring(arrangements, encode=encode, encoder=name, why_no_encoder=why)


def scores_of(packs, how: Measuring):
    found = measure_packs(packs, how)
    asked = Asked(WEIGHTS, SCALE, 4000, 0)
    names = [pack.id for pack in packs]
    return scoring(names, [list(one) for one in found.measures], asked, keys=names)


def monotone() -> None:
    how = measuring()
    prints = zip(SIX[1:], INKS, (30, 62, 44, 36, 54), (14, 26, 18, 22, 16), strict=True)
    rivals = [
        drawn_front(replace(one, ground=GROUNDS[0], ink=ink, brand_px=px, claim_px=claim_px))
        for one, ink, px, claim_px in prints
    ]  # among all kinds of print, so that no step is the odd one out for its print
    series: dict[str, list[Front]] = {
        "contrast of brand and name": [replace(SIX[0], ink=one) for one in INKS],
        "size of brand and name": [replace(SIX[0], brand_px=px) for px in (26, 34, 44, 54, 64)],
        "size of claims": [replace(SIX[0], claim_px=px) for px in (12, 15, 18, 22, 26)],
        "hue away from the others": [replace(SIX[0], ground=one) for one in GROUNDS],
    }
    print("| raised in five steps | seen | findable | readable | score |\n|---|---|---|---|---|")
    for name, fronts in series.items():
        rows = []
        for front in fronts:
            found = scores_of([drawn_front(front), *rivals], how)
            pillars = np.median(found.drawn.pillars[:, 0], axis=0)
            rows.append([*pillars, np.median(found.drawn.scores[:, 0])])
        columns = [" ".join(f"{one:.0f}" for one in column) for column in np.array(rows).T]
        print(f"| {name} | {' | '.join(columns)} |", flush=True)


def invariance() -> None:
    how = measuring()
    packs = [drawn_front(one) for one in SIX]
    first = scores_of(packs, how)
    order = np.random.default_rng(0).permutation(len(packs))
    again = scores_of([packs[i] for i in order], replace(how, memory=PackMemory(None)))
    moved = np.abs(again.drawn.scores - first.drawn.scores[:, order]).max()
    print(f"largest change of any draw when packs come in another order: {moved:.2g} points")
    turned = [replace(one, image=np.ascontiguousarray(one.image[:, ::-1])) for one in packs]
    mirror = scores_of(turned, how)
    for number, pillar in enumerate(first.table.pillars):
        change = np.median(mirror.drawn.pillars[..., number], axis=0) - np.median(
            first.drawn.pillars[..., number], axis=0
        )
        print(f"mirrored photos, {pillar}: largest change {np.abs(change).max():.2f} points")
    twin = replace(packs[0], id="Twin")
    both = scoring_of_twins([*packs, twin], how)
    print(f"two packs with one photo: draws in which they tie {both:.1%}")


def scoring_of_twins(packs, how: Measuring) -> float:
    found = measure_packs(packs, how)
    names = [pack.id for pack in packs]
    got = scoring(names, [list(one) for one in found.measures], Asked(WEIGHTS, SCALE, 4000, 0))
    return float((got.drawn.scores[:, 0] == got.drawn.scores[:, -1]).mean())


class Clock:
    """Notes when each step begins."""

    def __init__(self) -> None:
        self.marks: list[tuple[str, float]] = []

    def track(self, items, *, total, what):
        """Hand on `items`."""
        self.marks.append((what, time.perf_counter()))
        yield from items

    def say(self, message):
        """Note it."""
        self.marks.append((message, time.perf_counter()))


def times() -> None:
    print("| packs | reading | simulated shelves, blur | draws | again, from the memory |")
    print("|---|---|---|---|---|")
    for count in (6, 20):
        fronts = [
            replace(SIX[i % 6], brand=f"{SIX[i % 6].brand} {i}", claim_px=16 + i % 10,
                    ground=tuple(int(one) for one in np.random.default_rng(i).integers(30, 230, 3)))
            for i in range(count)
        ]  # fmt: skip
        packs = [drawn_front(one) for one in fronts]
        how, clock = measuring(100), Clock()

        start = time.perf_counter()
        found = measure_packs(packs, replace(how, progress=clock))
        end = time.perf_counter()
        shelves = next(at for what, at in clock.marks if what == "arrangements")
        names = [pack.id for pack in packs]
        got = scoring(names, [list(one) for one in found.measures], Asked(WEIGHTS, SCALE, 4000, 0))
        beats(got.drawn.scores)
        drawn = time.perf_counter()
        measure_packs(packs, how)
        last = time.perf_counter()
        print(f"| {count} | {shelves - start:.1f} s | {end - shelves:.1f} s | {drawn - end:.1f} s "
              f"| {last - drawn:.2f} s |", flush=True)  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("calibration", "monotone", "invariance", "time"))
    parser.add_argument("--trials", type=int, default=500)
    told = parser.parse_args()
    if told.what == "calibration":
        calibration(told.trials)
    else:
        {"monotone": monotone, "invariance": invariance, "time": times}[told.what]()
