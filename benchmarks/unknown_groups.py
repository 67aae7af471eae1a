"""Are the categories a model was never taught found again as groups of unknown products?

    python benchmarks/unknown_groups.py --data ../shared/data [--set flipkart]

Two of Flipkart's categories (three of those of fashion_noisy with 60 products or more) are left out
of training, five draws each; a quarter of the known products is held out and mixed with 400 of the
others at the most. Those with a p-value up to the limit are grouped as `glasscase unknowns` does,
groups of 5 or more. Prints the share of the products called unknown that truly are, of the left-out
that are called so, the number of groups, the share of products in one, purity (share of a group's
products that are of its commonest true category), and recall (share of a left-out category's
products called unknown that lie in its best group). Beside it: the number of groups by the best
silhouette, and HDBSCAN (scikit-learn, groups of 5 or more).
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import HDBSCAN
from sklearn.metrics import silhouette_score

from glasscase import Settings
from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.models.features import Features
from glasscase.models.known_kinds import KnownKinds
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.product_groups import groups_of, similarity, usual_cohesion
from sets import SETS, read_set

LEFT_OUT = {"flipkart": 2, "fashion_noisy": 3}
LIMITS, DRAWS, LEAST = (0.02, 0.05, 0.1), 5, 5
Numbers = NDArray[np.intp]


def distances(features: Features) -> NDArray[np.float64]:
    found = np.clip(1 - similarity(features).astype(np.float64), 0, None)
    found = (found + found.T) / 2
    np.fill_diagonal(found, 0)
    return found


def by_silhouette(features: Features) -> Numbers:
    distance = distances(features)
    tree = linkage(squareform(distance, checks=False), "average")
    cuts = [fcluster(tree, k, "maxclust") for k in range(2, min(20, len(features) - 1))]
    scores = [
        silhouette_score(distance, cut, metric="precomputed") if len(set(cut)) > 1 else -1.0
        for cut in cuts
    ]
    return np.asarray(cuts[int(np.argmax(scores))], np.intp)


def by_density(features: Features) -> Numbers:
    hdbscan = HDBSCAN(min_cluster_size=LEAST, metric="precomputed", copy=True)
    found = hdbscan.fit_predict(distances(features))
    alone = np.flatnonzero(found < 0)
    found[alone] = found.max() + 1 + np.arange(len(alone))
    return np.asarray(found, np.intp)


def judged(numbers: Numbers, truth: list[str], left_out: list[str]) -> dict[str, float]:
    groups = defaultdict(list)
    for number, label in zip(numbers.tolist(), truth, strict=True):
        groups[number].append(label)
    kept = [Counter(one) for one in groups.values() if len(one) >= LEAST]
    size = sum(one.total() for one in kept)
    sizes = Counter(truth)
    best = [max((one[c] for one in kept), default=0) / max(sizes[c], 1) for c in left_out]
    return {
        "groups": len(kept),
        "in a group": size / max(len(truth), 1),
        "purity": sum(max(one.values()) for one in kept) / max(size, 1),
        "recall": float(np.mean(best)),
    }


def measure(name: str, data: Path) -> None:
    catalog = read_set(name, data).labelled()
    products = catalog.products
    features = ProductEncoder.fit(products, Settings()).encode(products).features
    features = features.only(["sentence", "image"])
    groups = near_duplicate_groups(products)
    labels = np.array([product.label or "" for product in products])
    large = [one for one in np.unique(labels).tolist() if (labels == one).sum() >= 60]
    figures: dict[tuple[float, str, str], list[float]] = defaultdict(list)
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        left_out = rng.permutation(large)[: LEFT_OUT[name]].tolist()
        out = np.isin(labels, left_out)
        held = rng.permutation(int(groups.max()) + 1)[groups] % 4 == 0
        rows = np.flatnonzero(~out & ~held)[:4000]
        mixed = np.concatenate(
            [np.flatnonzero(~out & held)[:600], rng.permutation(np.flatnonzero(out))[:400]]
        )
        known = KnownKinds.learn(features.take(rows), groups=groups[rows])
        assert known is not None
        p_values = known.p_values(features.take(mixed))
        usual = usual_cohesion(features.take(rows), labels[rows].tolist())
        for limit in LIMITS:
            strange = mixed[p_values <= limit]
            shown, truth = features.take(strange), labels[strange].tolist()
            figures[limit, "called unknown", "truly"].append(float(out[strange].mean()))
            caught = float(out[strange].sum() / out[mixed].sum())
            figures[limit, "called unknown", "caught"].append(caught)
            ways = {
                "as known categories": groups_of(shown, least_cohesion=usual),
                "best silhouette": by_silhouette(shown),
                "HDBSCAN": by_density(shown),
            }
            for way, numbers in ways.items():
                for what, value in judged(numbers, truth, left_out).items():
                    figures[limit, way, what].append(value)
    for (limit, way, what), values in figures.items():
        spread = f"{min(values):.2f} to {max(values):.2f}"
        print(f"{name} | {limit:g} | {way} | {what} | {np.mean(values):.3f} | {spread}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", choices=[*SETS], action="append")
    told = parser.parse_args()
    for name in told.set or SETS:
        measure(name, told.data)


if __name__ == "__main__":
    main()
