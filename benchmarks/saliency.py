"""Do maps of saliency find the odd pack, and how long does a planogram of 12 packs take?

Nine conditions of drawn shelves with 12 packs, of which one is odd (`packs/odd_shelves.py`); a
trial is won when the odd pack has the largest share of the map. Chance is one in twelve. Beside the
nine, three harder cases that are not in the gate. Then a wide grid (`sets/varied_shelves.py`): 17
conditions on 22 kinds of shelf; of its cells, some were held out while the map was made. Everything
is drawn; nothing was tuned on photos.

    python benchmarks/saliency.py [--trials 30] [--arrangements 100] [--packs 12] [--varied 4]

Leaves with 1 when the sum is below 95 % in a condition, or the planogram takes longer than 60 s.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

import numpy as np

from glasscase.packs.attention import attention_measures
from glasscase.packs.odd_shelves import CONDITIONS, HARDER, OddShelf, odd_shelf
from glasscase.packs.pack import Pack
from glasscase.packs.saliency import MAPS, SaliencyMap
from sets.varied_shelves import CONDITIONS as VARIED
from sets.varied_shelves import FOR_AREA, cells, varied_shelf

GATE = 0.95
GATE_SECONDS = 60


def found(condition: str, trials: int) -> dict[str, tuple[float, float]]:
    """By map: how often the odd pack is first by share, and by share for its area."""
    won: dict[str, list[tuple[bool, bool]]] = {name: [] for name in MAPS}
    for trial in range(trials):
        shelf = odd_shelf(condition, trial)
        for name, map_of in MAPS.items():
            won[name].append(first_of(shelf, map_of))
    return {name: (np.mean(w, axis=0)[0], np.mean(w, axis=0)[1]) for name, w in won.items()}


def first_of(shelf: OddShelf, map_of: SaliencyMap) -> tuple[bool, bool]:
    """Whether the odd pack has the largest share of a map; and for its area."""
    where = shelf.places.ravel() + 1
    area = np.bincount(where)[1:]
    share = np.bincount(where, map_of(shelf.image).ravel())[1:]
    dense = share / np.maximum(area, 1)
    return bool(share.argmax() == shelf.odd), bool(dense.argmax() == shelf.odd)


def print_conditions(trials: int) -> bool:
    print(f"odd pack first, % of {trials} trials (in brackets: by attention for its area)\n")
    print("| condition | " + " | ".join(MAPS) + " |")
    print("|---|" + "---|" * len(MAPS))
    passed = True
    for condition in [*CONDITIONS, *HARDER]:
        rates = found(condition, trials)
        cells = [f"{100 * share:.0f} ({100 * dense:.0f})" for share, dense in rates.values()]
        print(f"| {condition} | " + " | ".join(cells) + " |", flush=True)
        passed &= condition in HARDER or rates["sum"][0] >= GATE
    return passed


def print_varied(trials: int, *, held_out: bool, stream: int = 1) -> None:
    """The wide grid: rates by condition and by setting, and how many cells pass."""
    rates = {}
    for condition, setting in cells(held_out=held_out):
        shelves = (varied_shelf(condition, setting, t, stream=stream) for t in range(trials))
        rates[condition, setting] = np.mean([first_of(s, MAPS["sum"]) for s in shelves], axis=0)
    by_share = {cell: rate for cell, rate in rates.items() if cell[0] not in FOR_AREA}
    passed = sum(rate[0] >= GATE for rate in by_share.values())
    kind = "held out" if held_out else "looked at while it was made"
    print(f"\nvaried shelves, cells {kind}, {trials} trials each: the odd pack first in")
    print(
        f"{mean_of(by_share)} %; {passed} of {len(by_share)} cells at {100 * GATE:.0f} % or more\n"
    )
    print("| condition or setting | share (for its area) |\n|---|---|")
    for condition in (name for name in VARIED if any(cell[0] == name for cell in rates)):
        own = {cell: rate for cell, rate in rates.items() if cell[0] == condition}
        print(f"| {condition} | {mean_of(own)} |")
    for setting in dict.fromkeys(setting for _, setting in rates):
        own = {cell: rate for cell, rate in by_share.items() if cell[1] == setting}
        print(f"| {setting} | {mean_of(own)} |")
    for (condition, setting), rate in by_share.items():
        if rate[0] < GATE:
            print(f"below: {condition} on {setting}: {100 * rate[0]:.0f} ({100 * rate[1]:.0f})")


def mean_of(rates: dict[tuple[str, str], np.ndarray]) -> str:
    share, dense = 100 * np.mean(list(rates.values()), axis=0)
    return f"{share:.1f} ({dense:.1f})"


def drawn_packs(count: int) -> list[Pack]:
    draw = np.random.default_rng(0)
    packs = []
    for number in range(count):
        height, width = int(draw.integers(400, 900)), int(draw.integers(250, 600))
        image = np.full((height, width, 3), draw.integers(0, 255, 3), np.uint8)
        image[height // 4 : height // 2, width // 6 : -width // 6] = draw.integers(0, 255, 3)
        packs.append(Pack(f"pack {number}", image, height_mm=float(draw.uniform(120, 260))))
    return packs


def print_times(packs: int, arrangements: int) -> bool:
    image = odd_shelf("hue", 0).image
    print(f"\nmaps of {image.shape[1]} x {image.shape[0]} pixels, one process:\n")
    print("| map | ms | maps per second |\n|---|---|---|")
    for name, map_of in MAPS.items():
        map_of(image)
        start, cpu = time.perf_counter(), time.process_time()
        for _ in range(20):
            map_of(image)
        wall, used = (time.perf_counter() - start) / 20, (time.process_time() - cpu) / 20
        print(f"| {name} | {1000 * wall:.1f} (processor {1000 * used:.1f}) | {1 / wall:.0f} |")
    start, cpu = time.perf_counter(), time.process_time()
    attention_measures(drawn_packs(packs), arrangements=arrangements)
    seconds, used = time.perf_counter() - start, time.process_time() - cpu
    print(
        f"\n{packs} packs, {arrangements} arrangements: {seconds:.1f} s ({used:.1f} s of processor)"
    )
    return seconds <= GATE_SECONDS


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--trials", type=int, default=30)
    options.add_argument("--arrangements", type=int, default=100)
    options.add_argument("--packs", type=int, default=12)
    options.add_argument("--varied", type=int, default=4, help="trials a cell; 0: none")
    given = options.parse_args()
    load = os.getloadavg()[0]
    odd = print_conditions(given.trials)
    for held_out in (False, True) if given.varied else ():
        print_varied(given.varied, held_out=held_out)
    fast = print_times(given.packs, given.arrangements)
    print(f"\nload of the machine {load:.1f}; gate {'passed' if odd and fast else 'FAILED'}")
    return 0 if odd and fast else 1


if __name__ == "__main__":
    sys.exit(main())
