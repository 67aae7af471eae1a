"""Gradient boosting for amounts: learnt by scikit-learn, kept and run as plain arrays."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadBundle
from glasscase.extras import need
from glasscase.models.head import HeadState

Floats = NDArray[np.float64]
_TREES, _RATE, _LEAVES, _DEPTH, _L2 = 120, 0.06, 8, 4, 5.0
_LEAST_IN_LEAF = 8
_DEEPEST = 64
_MANY = 20_000
_COLUMNS = ("feature", "threshold", "left", "right", "value", "missing_left", "leaf")


class Boosting:
    """Histogram gradient boosting of small trees on squared error (Friedman 2001; Ke et al. 2017).

    After fitting only arrays are left: all nodes of all trees one after the other. They are walked
    in NumPy and answer as scikit-learn's own do (to 1e-12), and a bundle needs neither
    scikit-learn nor pickle. Settings suit hundreds to thousands of products and are not tuned.
    """

    kind = "boosting"

    def __init__(self, trees: int = _TREES) -> None:
        self.trees = trees
        self.start = 0.0
        self.roots: NDArray[np.int64] = np.zeros(0, np.int64)
        self._nodes: dict[str, NDArray[Any]] = {}

    def fit(self, rows: Floats, amounts: Floats, weights: Floats, *, seed: int = 0) -> Self:
        """Learn `amounts` [n] from `rows` [n, p] with `weights` [n] above 0."""
        ensemble = need("sklearn.ensemble", extra="train")
        model = ensemble.HistGradientBoostingRegressor(
            max_iter=self.trees,
            learning_rate=_RATE,
            max_leaf_nodes=_LEAVES,
            max_depth=_DEPTH,
            min_samples_leaf=_LEAST_IN_LEAF,
            l2_regularization=_L2,
            early_stopping=False,
            random_state=seed,
        )
        if rows.shape[1] == 0:
            rows = np.zeros((len(rows), 1))
        few = len(rows) < _MANY  # threads would wait for each other
        with need("threadpoolctl", extra="train").threadpool_limits(1 if few else None):
            model.fit(rows, amounts, sample_weight=weights / weights.mean())
        self._take(model)
        return self

    def _take(self, model: Any) -> None:
        self.start = float(np.ravel(model._baseline_prediction)[0])
        trees = [stage[0].nodes for stage in model._predictors]
        starts = np.cumsum([0, *(len(nodes) for nodes in trees)])
        self.roots = np.asarray(starts[:-1], np.int64)
        every = np.concatenate(trees)
        offset = np.repeat(self.roots, [len(nodes) for nodes in trees])
        self._nodes = {
            "feature": every["feature_idx"].astype(np.int64),
            "threshold": every["num_threshold"].astype(np.float64),
            "left": every["left"].astype(np.int64) + offset,
            "right": every["right"].astype(np.int64) + offset,
            "value": every["value"].astype(np.float64),
            "missing_left": every["missing_go_to_left"].astype(np.int64),
            "leaf": every["is_leaf"].astype(np.int64),
        }

    def predict(self, rows: Floats) -> Floats:
        """float64 [n]; NaN in a cell goes the way missing values went in training."""
        if rows.shape[1] == 0:
            rows = np.zeros((len(rows), 1))
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
        node, numbers = self._nodes, np.arange(len(rows))[:, None]
        for _ in range(_DEEPEST):
            inner = node["leaf"][at] == 0
            if not inner.any():
                break
            cells = rows[numbers, np.where(inner, node["feature"][at], 0)]
            low = np.where(
                np.isnan(cells), node["missing_left"][at] == 1, cells <= node["threshold"][at]
            )
            at = np.where(inner, np.where(low, node["left"][at], node["right"][at]), at)
        return np.asarray(self.start + node["value"][at].sum(axis=1), np.float64)

    def state(self) -> HeadState:
        """All nodes as arrays."""
        config = {"kind": self.kind, "trees": self.trees, "start": self.start}
        return HeadState(config, {"roots": self.roots, **self._nodes})

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The model that gave `state`; its answers are equal bit for bit.

        Raises:
            BadBundle: the arrays are no trees.
        """
        found = cls(int(state.config["trees"]))
        found.start = float(state.config["start"])
        found.roots = np.asarray(state.arrays["roots"], np.int64)
        found._nodes = {name: state.arrays[name] for name in _COLUMNS}
        lengths = {len(found._nodes[name]) for name in _COLUMNS}
        places = np.concatenate([found.roots, found._nodes["left"], found._nodes["right"]])
        if len(lengths) != 1 or (
            places.size and not 0 <= places.min() <= places.max() < max(lengths)
        ):
            raise BadBundle("the trees of the bundle point nowhere", "Train or copy it again.")
        return found
