"""Are products of kinds the model never saw noticed, and how many known ones are taken for such?

    python benchmarks/unknown_kinds.py --data ../shared/data [--set flipkart] [--verdicts]

Some categories are left out of training: each of Flipkart's seven, a fifth of its second-level
ones (four draws), five of the 27 of fashion_noisy (four draws). A quarter of the known products
(near-duplicates together) is held out. Prints, averaged: AUROC of several scores, the share of
unknown products caught at limits of 1, 2 and 5 %, and the measured false alarms on the held-out.
With --verdicts a model is trained each time (effort quick), and it is counted how many products of
unknown kinds would have been accepted unseen (decision.accept_at 0.9), with and without the limit.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from glasscase import Catalog, ProductClassifier, Settings, train
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.product import Product
from glasscase.models.features import Features
from glasscase.models.known_kinds import KnownKinds
from glasscase.models.product_encoder import ProductEncoder
from sets import SETS, read_set

LIMITS = (0.01, 0.02, 0.05)
MOST_TRAINED = 4000
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """Rows to train on, held-out rows of known kinds, rows of unknown kinds."""

    kind: str
    train: NDArray[np.intp]
    known: NDArray[np.intp]
    unknown: NDArray[np.intp]


def splits(name: str, labels: list[tuple[str, ...]], groups: NDArray[np.intp]) -> Iterator[Split]:
    top = np.array([path[0] for path in labels])
    second = np.array([" > ".join(path[:2]) for path in labels])
    chosen: list[tuple[str, Mask]] = []
    if name == "flipkart":
        chosen += [("one of 7 categories", top == one) for one in np.unique(top)]
        for seed in range(4):
            some = np.random.default_rng(seed).permutation(np.unique(second))
            chosen.append(("a fifth of level 2", np.isin(second, some[: len(some) // 5])))
    else:
        for seed in range(4):
            some = np.random.default_rng(seed).permutation(np.unique(top))[:5]
            chosen.append(("5 of 27 categories", np.isin(top, some)))
    held = np.random.default_rng(1).permutation(int(groups.max()) + 1)[groups] % 4 == 0
    for kind, out in chosen:
        rows = np.flatnonzero(~out & ~held)
        rows = np.sort(np.random.default_rng(2).permutation(rows)[:MOST_TRAINED])
        yield Split(kind, rows, np.flatnonzero(~out & held), np.flatnonzero(out))


def auroc(known: Floats, unknown: Floats) -> float:
    ranks = rankdata(np.concatenate([known, unknown]))[len(known) :]
    n, m = len(known), len(unknown)
    return float((ranks.sum() - m * (m + 1) / 2) / (n * m))


def strangeness(features: Features, split: Split, rows: NDArray[np.intp]) -> Floats:
    """One less the p-value is too coarse to rank by; this is what lies behind it."""
    known = KnownKinds.learn(features.take(split.train))
    assert known is not None
    similar = known.near.by_modality(features.take(rows))
    mean = sum(similar.values()) / len(similar)
    return 1 - np.sort(mean, axis=1)[:, -10:].mean(axis=1)


def mahalanobis(block: Floats, targets: NDArray[np.str_], split: Split, rows: Floats) -> Floats:
    """Relative Mahalanobis distance (Ren et al. 2021) after 128 principal components."""
    seen = block[split.train]
    mean = seen.mean(axis=0)
    axes = np.linalg.svd(seen - mean, full_matrices=False)[2][:128].T
    seen, asked = (seen - mean) @ axes, (block[rows] - mean) @ axes
    names, of = np.unique(targets[split.train], return_inverse=True)
    centres = np.stack([seen[of == k].mean(axis=0) for k in range(len(names))])

    def inverse(rest: Floats) -> Floats:
        cov = rest.T @ rest / len(rest)
        return np.linalg.inv(cov + 1e-2 * np.trace(cov) / len(cov) * np.eye(len(cov)))

    inner, outer = inverse(seen - centres[of]), inverse(seen)
    own = [np.einsum("ij,jk,ik->i", asked - c, inner, asked - c) for c in centres]
    return np.min(own, axis=0) - np.einsum("ij,jk,ik->i", asked, outer, asked)


def scores(features: Features, targets: NDArray[np.str_], split: Split) -> dict[str, Floats]:
    rows = np.concatenate([split.known, split.unknown])
    sentence = np.asarray(features.blocks["sentence"], np.float64)
    image = np.asarray(features.blocks["image"], np.float64)
    both = np.hstack([sentence, image / np.linalg.norm(image, axis=1, keepdims=True).clip(1e-9)])
    return {
        "10 nearest, words and photo": strangeness(features, split, rows),
        "10 nearest, words": strangeness(features.only(["sentence"]), split, rows),
        "10 nearest, photo": strangeness(features.only(["image"]), split, rows),
        "relative Mahalanobis": mahalanobis(both, targets, split, rows),
    }


def verdicts(products: list[Product], split: Split) -> dict[str, float]:
    seen = Catalog([products[row] for row in split.train])
    model = train(seen, settings=Settings.read(overrides=["train.effort=quick"])).model
    limit = model.settings.decision.unknown_at
    found = {}
    for name, rows in (("known", split.known), ("unknown", split.unknown)):
        told = answers(model, [products[row] for row in rows[:1500]])
        found |= {f"{name}, accepted without": float(np.mean([one[0] >= 0.9 for one in told]))}
        accepted = [one[0] >= 0.9 and one[1] > limit for one in told]
        found |= {f"{name}, accepted with": float(np.mean(accepted))}
        if name == "known":
            doubt = 1 - np.array([one[0] for one in told])
        else:
            other = 1 - np.array([one[0] for one in told])
            found["AUROC of the model's own doubt"] = auroc(doubt, other)
    return found


def answers(model: ProductClassifier, products: list[Product]) -> list[tuple[float, float]]:
    return [
        (one.probability or 0.0, 1.0 if one.unknown is None else one.unknown)
        for one in model.predictions(products)
    ]


def measure(name: str, data: Path, *, with_verdicts: bool) -> None:
    catalog = read_set(name, data, level=2).labelled()
    products = list(catalog.products)
    features = ProductEncoder.fit(products, Settings()).encode(products).features
    features = features.only(["sentence", "image"])
    groups = near_duplicate_groups(products)
    labels = [product.category or () for product in products]
    top = np.array([path[0] for path in labels])
    shortened = [
        Product(p.id, p.texts, p.photos, p.attributes, (p.category or ("",))[:1]) for p in products
    ]
    figures: dict[tuple[str, str], list[float]] = defaultdict(list)
    for split in splits(name, labels, groups):
        for score, values in scores(features, top, split).items():
            known, unknown = values[: len(split.known)], values[len(split.known) :]
            figures[split.kind, f"AUROC, {score}"].append(auroc(known, unknown))
        learnt = KnownKinds.learn(features.take(split.train), groups=groups[split.train])
        assert learnt is not None
        usual = learnt.p_values(features.take(split.known))
        strange = learnt.p_values(features.take(split.unknown))
        for at in LIMITS:
            alarms, count = learnt.false_alarms(at)["both"]
            figures[split.kind, f"at {at:g}: false alarms foretold"].append(alarms / count)
            figures[split.kind, f"at {at:g}: false alarms"].append(float((usual <= at).mean()))
            figures[split.kind, f"at {at:g}: caught"].append(float((strange <= at).mean()))
        if with_verdicts:
            for what, value in verdicts(shortened, split).items():
                figures[split.kind, what].append(value)
    for (kind, what), values in sorted(figures.items()):
        spread = f"{min(values):.3f} to {max(values):.3f}"
        print(f"{name} | {kind} | {what} | {np.mean(values):.3f} | {spread} | {len(values)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", choices=[*SETS], action="append")
    parser.add_argument("--verdicts", action="store_true")
    told = parser.parse_args()
    for name in told.set or SETS:
        measure(name, told.data, with_verdicts=told.verdicts)


if __name__ == "__main__":
    main()
