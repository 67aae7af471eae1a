"""Classical baselines on TF-IDF words that are not linear: RBF SVM and random forest."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from glasscase.extras import need
from glasscase.models.features import Features
from glasscase.models.head import HeadState, Logits, Targets
from glasscase.models.missing import all_present
from glasscase.models.words import TfIdf

_ROWS_AT_ONCE = 256
_WORTH_A_THREAD = 500
"""Products from which on a forest grows faster in two threads than in one."""
_UNSEEN = -4 / 3
"""RBF SVM score of a class without training products: those of others lie above -1/3."""


class RbfSvmHead:
    """Support vector machine with an RBF kernel on TF-IDF words, one against one (libsvm).

    Kept as plain arrays. Class scores are won duels plus a bounded share of the margins, which is
    scikit-learn's `decision_function_shape="ovr"`.
    """

    kind = "rbf-svm"

    def __init__(self, *, c: float = 10.0, gamma: float = 1.0) -> None:
        self.name = "tfidf-rbf"
        self.blocks: tuple[str, ...] = ("words",)
        self.c = c
        self.gamma = gamma
        self._arrays: dict[str, NDArray[Any]] = {}

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: products with any text."""
        return all_present(features, self.blocks)

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Learn the support vectors."""
        svm = need("sklearn.svm", extra="train")
        tfidf = TfIdf.fit(features.blocks["words"])
        rows = tfidf.apply(features.blocks["words"])
        self._arrays = {"idf": tfidf.idf, "n_classes": np.array([n_classes], np.int32)}
        if len(np.unique(targets)) < 2:
            self._arrays |= _no_duels(targets)
            return self
        model = svm.SVC(C=self.c, gamma=self.gamma, random_state=seed, cache_size=1000)
        model.fit(rows, targets)
        vectors = sparse.csr_matrix(model.support_vectors_, dtype=np.float32)
        duals = model.dual_coef_
        duals = duals.toarray() if sparse.issparse(duals) else np.asarray(duals)
        self._arrays |= {
            "data": vectors.data,
            "indices": vectors.indices.astype(np.int32),
            "indptr": vectors.indptr.astype(np.int32),
            "duals": duals,
            "offsets": np.asarray(model.intercept_),
            "supports": np.asarray(model.n_support_, np.int32),
            "known": model.classes_.astype(np.int32),
        }
        return self

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes]; classes never seen lie below all others."""
        arrays = self._arrays
        rows = TfIdf(arrays["idf"]).apply(features.blocks["words"])
        shape = (len(arrays["indptr"]) - 1, rows.shape[1])
        vectors = sparse.csr_matrix(
            (arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape
        )
        squares = np.asarray(rows.multiply(rows).sum(axis=1)) + np.asarray(
            vectors.multiply(vectors).sum(axis=1)
        ).reshape(1, -1)
        kernel = np.exp(-self.gamma * (squares - 2 * (rows @ vectors.T).toarray()))
        scores = _duels(kernel, arrays)
        logits = np.full((len(features), int(arrays["n_classes"][0])), _UNSEEN)
        logits[:, arrays["known"]] = scores
        return logits.astype(np.float32)

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Zeros: it reads no dense block."""
        del cotangent
        return np.zeros(features.blocks[block].shape, np.float32)

    def state(self) -> HeadState:
        """Penalty, width and arrays."""
        config = {"kind": self.kind, "name": self.name, "c": self.c, "gamma": self.gamma}
        return HeadState(config, dict(self._arrays))

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The head that gave `state`."""
        head = cls(c=state.config["c"], gamma=state.config["gamma"])
        head._arrays = dict(state.arrays)
        return head


def _no_duels(targets: Targets) -> dict[str, NDArray[Any]]:
    """The arrays for training products that are all of one class: no support vectors."""
    return {
        "data": np.zeros(0, np.float32),
        "indices": np.zeros(0, np.int32),
        "indptr": np.zeros(1, np.int32),
        "duals": np.zeros((0, 0)),
        "offsets": np.zeros(0),
        "supports": np.zeros(1, np.int32),
        "known": np.unique(targets).astype(np.int32),
    }


def _duels(kernel: NDArray[np.float64], arrays: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    duals, ends = arrays["duals"], np.cumsum(arrays["supports"])
    count = len(arrays["supports"])
    starts = ends - arrays["supports"]
    votes = np.zeros((len(kernel), count))
    margins = np.zeros((len(kernel), count))
    for pair, (i, j) in enumerate(combinations(range(count), 2)):
        one, other = slice(starts[i], ends[i]), slice(starts[j], ends[j])
        duel = kernel[:, one] @ duals[j - 1, one] + kernel[:, other] @ duals[i, other]
        duel = duel + arrays["offsets"][pair]
        if count == 2:  # libsvm turns the sign round for two classes
            duel = -duel
        votes[:, i] += duel > 0
        votes[:, j] += duel <= 0
        margins[:, i] += duel
        margins[:, j] -= duel
    return np.asarray(votes + margins / (3 * (np.abs(margins) + 1)))


class ForestHead:
    """Random forest (Breiman 2001) on TF-IDF words, kept and run as an ONNX graph."""

    kind = "forest"

    def __init__(self, *, trees: int = 100) -> None:
        self.name = "tfidf-forest"
        self.blocks: tuple[str, ...] = ("words",)
        self.trees = trees
        self._idf = np.zeros((0,), np.float32)
        self._known = np.zeros((0,), np.int32)
        self._n_classes = 0
        self._model: Any = None
        self._graph = b""

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: products with any text."""
        return all_present(features, self.blocks)

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Grow the trees; deterministic by `seed`."""
        ensemble = need("sklearn.ensemble", extra="train")
        tfidf = TfIdf.fit(features.blocks["words"])
        self._idf, self._n_classes = tfidf.idf, n_classes
        threads = 1 if len(targets) < _WORTH_A_THREAD else 2  # the trees are the same
        forest = ensemble.RandomForestClassifier(self.trees, random_state=seed, n_jobs=threads)
        self._model = forest.fit(tfidf.apply(features.blocks["words"]), targets)
        self._known = self._model.classes_.astype(np.int32)
        self._graph = b""
        return self

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes]: logarithms of the trees' mean probabilities, from 0.001 up."""
        rows = TfIdf(self._idf).apply(features.blocks["words"])
        probs = np.zeros((len(features), self._n_classes))
        probs[:, self._known] = self._probabilities(rows)
        return np.log(np.maximum(probs, 1e-3)).astype(np.float32)

    def _probabilities(self, rows: sparse.csr_matrix) -> NDArray[np.float64]:
        if self._model is not None and rows.shape[0]:  # scikit-learn refuses no rows
            return np.asarray(self._model.predict_proba(rows))
        parts = [
            self._session.run(["probabilities"], {"rows": rows[i : i + _ROWS_AT_ONCE].toarray()})[0]
            for i in range(0, rows.shape[0], _ROWS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(self._known)))

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        return onnxruntime.InferenceSession(self._graph)

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Zeros: it reads no dense block."""
        del cotangent
        return np.zeros(features.blocks[block].shape, np.float32)

    def state(self) -> HeadState:
        """Term weights and the forest as an ONNX graph."""
        config = {"kind": self.kind, "name": self.name, "trees": self.trees}
        arrays = {"idf": self._idf, "known": self._known}
        graph = self._graph or _forest_graph(self._model, len(self._idf))
        return HeadState({**config, "n_classes": self._n_classes}, arrays, {"forest": graph})

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The head that gave `state`; its probabilities are equal to about 1e-6."""
        head = cls(trees=state.config["trees"])
        head._n_classes = state.config["n_classes"]
        head._idf, head._known = state.arrays["idf"], state.arrays["known"]
        head._graph = state.graphs["forest"]
        return head


def _forest_graph(model: Any, dim: int) -> bytes:
    skl2onnx = need("skl2onnx", extra="train")
    kinds = need("skl2onnx.common.data_types", extra="train")
    graph = skl2onnx.convert_sklearn(
        model,
        name="forest",
        initial_types=[("rows", kinds.FloatTensorType([None, dim]))],
        options={"zipmap": False},
        target_opset=18,
    )
    return bytes(graph.SerializeToString())
