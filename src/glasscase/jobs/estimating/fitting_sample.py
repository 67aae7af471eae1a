"""How long heads take to be fitted, measured on a part of the products, and how that grows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.jobs.estimating.encoding_sample import Clock, EncodingSample
from glasscase.jobs.estimating.span import Span, extrapolated
from glasscase.jobs.peak_memory import peak_memory
from glasscase.models.features import MODALITIES, Block, Features
from glasscase.models.head import Head, Targets

FIRST, MOST = 200, 5000
"""Products of the first fit, doubled from there; no fit has more."""
ENOUGH_SECONDS = 0.4
"""A fit this long says enough; no larger one is made."""
GROWTH: Mapping[str, tuple[float, float]] = {
    "kernel": (1.5, 3.0),
    "rbf-svm": (1.5, 2.2),
    "words": (0.9, 1.4),
    "linear": (0.9, 1.3),
    "forest": (0.9, 1.4),
    "net": (0.7, 1.2),
}
"""Kind of head -> least and greatest power of the number of products that its fit may take."""
ANY_GROWTH = (0.9, 2.0)
"""Of any other kind."""
EXACT_KERNEL = 8000
"""From here on a kernel is carried by landmarks, and its fit grows no faster than the products."""
_NOISE = 0.3


@dataclass(frozen=True)
class FittingSample:
    """Of one head."""

    kind: str
    seconds: tuple[tuple[int, float], ...]
    """(products, seconds) of each fit."""
    peak_bytes: tuple[tuple[int, float], ...]
    stored_bytes: tuple[tuple[int, float], ...]

    def fit_seconds(self, n: int) -> Span:
        """Of one fit on `n` products."""
        if self.kind == "kernel" and n > EXACT_KERNEL:
            return self.fit_seconds(EXACT_KERNEL).times(n / EXACT_KERNEL)
        return extrapolated(self.seconds, n, GROWTH.get(self.kind, ANY_GROWTH))

    def memory_bytes(self, n: int) -> Span:
        """Of one fit on `n` products, beside the features."""
        if self.kind == "kernel" and n > EXACT_KERNEL:
            return self.memory_bytes(EXACT_KERNEL).times(n / EXACT_KERNEL)
        return extrapolated(self.peak_bytes, n, (1.0, 2.0 if self.kind == "kernel" else 1.1))

    def disk_bytes(self, n: int) -> Span:
        """Of the head in a bundle, learnt from `n` products."""
        return extrapolated(self.stored_bytes, n, (0.5, 1.0))


def fitting_sample(
    make: Callable[[], Head], features: Features, targets: Targets, *, n_classes: int, clock: Clock
) -> FittingSample:
    """Fit on 200 products, then on twice as many, until a fit takes 0.4 s or there are no more."""
    size, seconds, peaks, stored = min(FIRST, len(targets)), [], [], []
    make().fit(features.take(np.arange(min(50, size))), targets[:50], n_classes)  # opens libraries
    while True:
        rows = np.arange(size)
        head = make()
        rows = rows[head.usable(features.take(rows))]
        with peak_memory() as found:
            begin = clock()
            head.fit(features.take(rows), targets[rows], n_classes)
            head.logits(features.take(rows[: max(1, size // 5)]))
            spent = clock() - begin
        state = head.state()
        arrays = sum(array.nbytes for array in state.arrays.values())
        seconds.append((size, spent))
        peaks.append((size, float(found.bytes or 0)))
        stored.append((size, float(arrays + sum(map(len, state.graphs.values())))))
        if spent >= ENOUGH_SECONDS or size >= min(MOST, len(targets)):
            kind = str(state.config["kind"])
            return FittingSample(kind, tuple(seconds), tuple(peaks), tuple(stored))
        size = min(2 * size, MOST, len(targets))


def stand_ins(
    samples: Sequence[EncodingSample],
    lexical: Mapping[str, Block],
    targets: Targets,
    *,
    present: NDArray[np.bool_],
) -> Features:
    """Features [n] to fit heads on, where only a few products were encoded.

    Counts of words are the products' own. Vectors of a product are those of an encoded one of its
    class, or of any, with noise: of the right size and about as hard to tell apart.
    """
    rng = np.random.default_rng(0)
    blocks = dict(lexical)
    for one in samples:
        if not len(one.rows):
            blocks[one.block] = rng.normal(size=(len(targets), one.dim)).astype(np.float32)
        else:
            kinds = targets[one.rows]
            near = {kind: np.flatnonzero(kinds == kind) for kind in np.unique(kinds)}
            anyone = np.arange(len(one.rows))
            chosen = np.array([rng.choice(near.get(kind, anyone)) for kind in targets], np.intp)
            scale = _NOISE * one.vectors.std(axis=0)
            noise = rng.normal(size=(len(targets), *scale.shape)) * scale
            blocks[one.block] = (one.vectors[chosen] + noise).astype(np.float32)
        column = MODALITIES.index("image" if one.block == "image" else "text")
        block = blocks[one.block]
        block *= present[:, column].reshape(-1, *[1] * (block.ndim - 1))
    return Features(blocks, present)
