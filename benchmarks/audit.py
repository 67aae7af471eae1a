"""The label audit on real products: 5 % of the labels flipped at random, how many are found?

    python benchmarks/audit.py --data ../shared/data [--effort good] [--seeds 5] [--set flipkart]

Each seed flips other labels, each to another class drawn evenly. Printed are the share of the flips
among the first 5 and 10 % of the worklist, the share among the suspects, how often the
suggestion is the label before the flip, the estimated error rate, and how many flips plainer orders
of the same held-out answers find. The catalogue has wrong labels of its own, which
nobody has counted: they stand in the worklist too, and in the estimate.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from glasscase import Catalog, Settings, audit
from glasscase.review.audit import Audit
from sets import SETS, read_set

FLIPPED, LOOKED_AT, ASKED = 0.05, 0.10, 0.70


def flipped(catalog: Catalog, seed: int) -> tuple[Catalog, dict[str, str]]:
    """The catalogue with 5 % of its labels drawn anew, and what they were, by id."""
    rng = np.random.default_rng(seed)
    products = list(catalog.labelled().products)
    paths = sorted({one.category for one in products if one.category})
    chosen = rng.permutation(len(products))[: round(FLIPPED * len(products))]
    before = {}
    for index in chosen.tolist():
        one = products[index]
        others = [path for path in paths if path != one.category]
        before[one.id] = one.label or ""
        products[index] = replace(one, category=others[int(rng.integers(len(others)))])
    return Catalog(products), before


def share_found(order: list[str], before: dict[str, str], share: float) -> float:
    """Share of the flips within the first `share` of `order`."""
    first = order[: round(share * len(order))]
    return sum(one in before for one in first) / len(before)


def look_at(found: Audit, before: dict[str, str]) -> dict[str, float]:
    """The figures of one audit."""
    order = [case.product.id for case in found.worklist]
    by_confidence = sorted(
        found.worklist, key=lambda c: 1.0 if c.label_probability is None else c.label_probability
    )
    suspects = found.suspects
    hits = [case for case in suspects if case.product.id in before]
    right = sum(case.suggested == before[case.product.id] for case in hits)
    return {
        "first 5 %": share_found(order, before, 0.05),
        "first 10 %": share_found(order, before, LOOKED_AT),
        "first 10 % by self-confidence": share_found(
            [case.product.id for case in by_confidence], before, LOOKED_AT
        ),
        "first 5 % by self-confidence": share_found(
            [case.product.id for case in by_confidence], before, 0.05
        ),
        "suspects": len(suspects),
        "flips among suspects": len(hits) / len(before),
        "suspects that are flips": len(hits) / max(1, len(suspects)),
        "suggestion right": right / max(1, len(hits)),
        "estimated error": found.error_rate.value,
        "low": found.error_rate.low,
        "high": found.error_rate.high,
        "agreement": found.accuracy.value,
    }


def run(name: str, data: Path, effort: str, seeds: int) -> None:
    """Audit one set as it is, then with flips of every seed."""
    settings = Settings.read(overrides=[f"train.effort={effort}"])
    catalog = read_set(name, data)
    plain = audit(catalog, settings=settings)
    print(f"\n{name}: {len(catalog)} products, effort {effort}")
    print(f"as it is: {plain.advice}", flush=True)
    rows = []
    for seed in range(seeds):
        start = time.perf_counter()
        broken, before = flipped(catalog, seed)
        rows.append(look_at(audit(broken, settings=settings), before))
        seconds = time.perf_counter() - start
        figures = ", ".join(f"{key} {value:.3f}" for key, value in rows[-1].items())
        print(f"seed {seed} ({seconds:.0f} s): {figures}", flush=True)
    print("mean: " + ", ".join(f"{k} {np.mean([r[k] for r in rows]):.3f}" for k in rows[0]))
    worst = min(row["first 10 %"] for row in rows)
    kept = "kept" if worst >= ASKED else "NOT KEPT"
    print(f"flips in the first 10 %, worst seed: {worst:.3f}, asked {ASKED:.2f}: {kept}")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", choices=list(SETS), default="flipkart")
    parser.add_argument("--effort", default="good", choices=["quick", "good", "best"])
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    run(arguments.set, arguments.data, arguments.effort, arguments.seeds)


if __name__ == "__main__":
    main()
