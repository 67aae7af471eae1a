"""How much products are like training products: of vectors by distance, of words by their angle."""

from __future__ import annotations

from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from glasscase.models.features import Block, is_one_row
from glasscase.models.scaling import Scaling
from glasscase.models.words import TfIdf

Likeness = NDArray[np.float32]
"""[n, anchors], 1 for the same and 0 for nothing in common."""
_GAMMA = {"sentence": 0.5, "image": 1.0}
"""Of exp(-gamma * distance^2), on rows of unit length, per block."""


class Anchors(Protocol):
    """The training products of one block that others are compared with."""

    def among(self, block: Block) -> Likeness:
        """The likeness of every row of `block` to every anchor."""
        ...

    def pull_back(self, block: Block, cotangent: Likeness) -> NDArray[np.float32]:
        """d(sum(cotangent * among(block))) / d(block), [n, dim]; zeros where it has no slope."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `restored` needs."""
        ...


class VectorAnchors:
    """Vectors, compared by exp(-gamma * distance^2) after scaling (a Gaussian, or RBF, kernel)."""

    def __init__(self, name: str, scaling: Scaling, rows: NDArray[np.float32]) -> None:
        self._gamma = _GAMMA[name]
        self._scaling = scaling
        self._rows = rows

    @classmethod
    def fit(cls, name: str, block: Block, chosen: NDArray[np.intp]) -> Self:
        """Learn the scale from a whole block [n, dim]; keep the `chosen` rows."""
        values = np.asarray(block, np.float32)
        photos = name == "image"
        scaling = Scaling.fit(values, power=photos, centre=photos)
        return cls(name, scaling, scaling.apply(values[chosen]))

    def among(self, block: Block) -> Likeness:
        """A row shown many times is compared once: then [1, anchors]."""
        values = np.asarray(block, np.float32)
        return self._likeness(self._scaling.apply(values[:1] if is_one_row(values) else values))

    def pull_back(self, block: Block, cotangent: Likeness) -> NDArray[np.float32]:
        """See `Anchors`."""
        values = np.asarray(block, np.float32)
        scaled = self._scaling.apply(values)
        pull = self._likeness(scaled) * cotangent * np.float32(-2 * self._gamma)
        back = pull.sum(axis=1, keepdims=True) * scaled - pull @ self._rows
        return self._scaling.pull_back(values, back)

    def _likeness(self, scaled: NDArray[np.float32]) -> Likeness:
        inner = scaled @ self._rows.T
        squares = (scaled**2).sum(axis=1)[:, None] + (self._rows**2).sum(axis=1)[None]
        inner *= 2
        inner -= squares
        inner *= np.float32(self._gamma)
        return np.asarray(np.exp(inner, out=inner), np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Rows, and the mean where vectors are centred."""
        mean = self._scaling.mean
        return {"rows": self._rows} | ({} if mean is None else {"mean": mean})

    @classmethod
    def restored(cls, name: str, arrays: dict[str, NDArray[Any]]) -> Self:
        """The anchors that gave `arrays`."""
        return cls(name, Scaling(name == "image", arrays.get("mean")), arrays["rows"])


class WordAnchors:
    """Counts of words, compared by the cosine of their TF-IDF weights."""

    def __init__(self, tfidf: TfIdf, rows: sparse.csr_matrix) -> None:
        self._tfidf = tfidf
        self._rows = rows

    @classmethod
    def fit(cls, block: Block, chosen: NDArray[np.intp]) -> Self:
        """Learn the weights of terms from all counts [n, terms]; keep the `chosen` rows."""
        tfidf = TfIdf.fit(block)
        return cls(tfidf, tfidf.apply(block)[chosen])

    def among(self, block: Block) -> Likeness:
        """See `Anchors`."""
        return np.asarray((self._tfidf.apply(block) @ self._rows.T).toarray(), np.float32)

    def pull_back(self, block: Block, cotangent: Likeness) -> NDArray[np.float32]:
        """Zeros: words are there or not, and weighed by leaving them out."""
        del cotangent
        return np.zeros(block.shape, np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Weights of terms, and the rows as those of a compressed sparse matrix."""
        rows = self._rows
        return {
            "idf": self._tfidf.idf, "values": rows.data, "columns": rows.indices,
            "starts": rows.indptr,
        }  # fmt: skip

    @classmethod
    def restored(cls, arrays: dict[str, NDArray[Any]]) -> Self:
        """The anchors that gave `arrays`."""
        shape = (len(arrays["starts"]) - 1, len(arrays["idf"]))
        parts = (arrays["values"], arrays["columns"], arrays["starts"])
        return cls(TfIdf(arrays["idf"]), sparse.csr_matrix(parts, shape=shape))


def anchors_of(name: str, block: Block, chosen: NDArray[np.intp]) -> Anchors:
    """The `chosen` rows of a training block [n, dim] called `name`, to compare others with."""
    if sparse.issparse(block):
        return WordAnchors.fit(block, chosen)
    return VectorAnchors.fit(name, block, chosen)


def restored_anchors(name: str, arrays: dict[str, NDArray[Any]]) -> Anchors:
    """The anchors that gave `arrays`."""
    if "idf" in arrays:
        return WordAnchors.restored(arrays)
    return VectorAnchors.restored(name, arrays)
