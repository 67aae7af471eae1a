"""One way to predict a KPI: what it reads, and the regressor that reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadBundle
from glasscase.kpi.design import NAMES, Design
from glasscase.kpi.named_features import FeatureTable
from glasscase.kpi.scale import Floats
from glasscase.models.boosting import Boosting
from glasscase.models.features import METADATA, MODALITIES, Features
from glasscase.models.head import HeadState
from glasscase.models.net_regressor import FUSIONS, NetRegressor
from glasscase.models.ridge import Ridge

Family = Literal["mean", "ridge", "boosting", "gated", "two-branch", "concat"]
FAMILIES: tuple[Family, ...] = ("mean", "ridge", "boosting", "gated", "two-branch", "concat")
_VECTOR_WEIGHTS = (0.25, 1.0, 3.0)
_READ_AS = {"sentence": "text", "image": "photo"}


@dataclass(frozen=True)
class Sample:
    """Products to learn a KPI from, or to answer for."""

    table: FeatureTable
    features: Features | None
    """Vectors; None where no product has words or photos."""
    learnt: Floats
    """[n]: the KPI in the scale of learning; NaN where it is not known."""
    weights: Floats
    """[n], above 0."""
    groups: NDArray[np.intp]
    """[n]: what belongs together."""

    def __len__(self) -> int:
        return len(self.table)

    def take(self, rows: NDArray[np.intp]) -> Sample:
        """Some of the products."""
        return Sample(
            self.table.take(rows),
            None if self.features is None else self.features.take(rows),
            self.learnt[rows],
            self.weights[rows],
            self.groups[rows],
        )

    def with_table(self, table: FeatureTable) -> Sample:
        """The same products with other named features."""
        return replace(self, table=table)


class Learner:
    """A regressor of one family on what it `reads`: `names`, blocks of vectors, or nothing."""

    def __init__(self, family: Family, reads: Sequence[str] = ()) -> None:
        self.family: Family = family
        self.reads = tuple(reads)
        self.design = Design((), ())
        self.model: Ridge | Boosting | NetRegressor | None = None
        self.mean = 0.0
        self.vector_weight = 1.0
        """Ridge only: by how much components of vectors are enlarged, chosen with the penalty."""

    @property
    def name(self) -> str:
        """Such as `ridge: names + photo`."""
        reads = " + ".join(_READ_AS.get(one, one) for one in self.reads)
        return f"{self.family}: {reads}" if reads else self.family

    def fit(self, sample: Sample, *, seed: int = 0) -> Self:
        """Learn from all products of `sample`."""
        self.mean = float(np.average(sample.learnt, weights=sample.weights))
        if self.family == "mean":
            return self
        self.design = Design.fit(sample.table, sample.features, self.reads)
        if self.family in FUSIONS:
            self.model = NetRegressor(self.family).fit(
                self._blocks(sample), sample.learnt, sample.weights,
                groups=sample.groups, seed=seed,
            )  # fmt: skip
            return self
        rows = self.design.matrix(sample.table, sample.features)
        if self.family == "boosting":
            self.model = Boosting().fit(rows, sample.learnt, sample.weights, seed=seed)
            return self
        best = np.inf
        weights = _VECTOR_WEIGHTS if self.design.parts else (1.0,)
        for weight in weights:
            model = Ridge().fit(self._weighed(rows, weight), sample.learnt, sample.weights)
            if model.loo_error < best:
                best, self.model, self.vector_weight = model.loo_error, model, weight
        return self

    def predict(self, sample: Sample) -> Floats:
        """[n], in the scale of learning."""
        if self.model is None:
            return np.full(len(sample), self.mean)
        if isinstance(self.model, NetRegressor):
            return self.model.predict(self._blocks(sample))
        return self.of_rows(self.design.matrix(sample.table, sample.features))

    def of_rows(self, rows: Floats) -> Floats:
        """[n] of rows of its design; for ridge and boosting."""
        assert isinstance(self.model, Ridge | Boosting)
        return self.model.predict(self._weighed(rows, self.vector_weight))

    def _weighed(self, rows: Floats, weight: float) -> Floats:
        if self.family != "ridge" or weight == 1.0:
            return rows
        factors = np.ones(rows.shape[1])
        factors[self.design.named_width :] = weight
        return rows * factors

    def _blocks(self, sample: Sample) -> Features:
        """What a network reads: whole vectors, and named features as the block of metadata."""
        assert sample.features is not None
        blocks = {k: v for k, v in sample.features.blocks.items() if k in self.reads}
        if NAMES in self.reads and self.design.named_width:
            blocks[METADATA] = self.design.named(sample.table).astype(np.float32)
        return Features(blocks, sample.features.present)

    def state(self) -> HeadState:
        """As plain data; what its parts are called begins with `design.` or `model.`."""
        design, arrays = self.design.state()
        found: dict[str, NDArray[Any]] = {f"design.{k}": v for k, v in arrays.items()}
        graphs: dict[str, bytes] = {}
        model: dict[str, Any] | None = None
        if self.model is not None:
            state = self.model.state()
            model, graphs = state.config, state.graphs
            found |= {f"model.{k}": v for k, v in state.arrays.items()}
        config = {
            "family": self.family,
            "reads": list(self.reads),
            "mean": self.mean,
            "vector_weight": self.vector_weight,
            "design": design,
            "model": model,
        }
        return HeadState(config, found, graphs)

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The learner that gave `state`. Raises `BadBundle` for a family nobody knows."""
        config = state.config
        if config["family"] not in FAMILIES:
            name = str(config["family"])[:40]
            raise BadBundle(f"the bundle is of an unknown family {name!r}", "Upgrade Glasscase.")
        found = cls(config["family"], config["reads"])
        found.mean, found.vector_weight = float(config["mean"]), float(config["vector_weight"])
        found.design = Design.from_state(config["design"], _below(state.arrays, "design."))
        if config["model"] is not None:
            inner = HeadState(config["model"], _below(state.arrays, "model."), state.graphs)
            found.model = _kind(found.family).from_state(inner)
        return found


def candidates(
    families: Sequence[Family], blocks: Sequence[str], *, names: bool
) -> list[tuple[Family, tuple[str, ...]]]:
    """Everything that is compared: the mean, each family on names alone, and with vectors.

    Fusion networks need vectors; they read all there is. The mean is always there.
    """
    modal = [tuple(b for b in blocks if _modality(b) == m) for m in MODALITIES]
    kinds = [one for one in modal if one]
    sets = [tuple(blocks)] if len(kinds) > 1 else []
    own = (NAMES,) if names else ()
    found: list[tuple[Family, tuple[str, ...]]] = [("mean", ())]
    for family in families:
        if family in FUSIONS:
            found += [(family, (*own, *blocks))] if blocks else []
        elif family != "mean":
            found += [(family, own)] if names else []
            found += [(family, (*own, *one)) for one in (*kinds, *sets)]
    return found


def _modality(block: str) -> str:
    return "image" if block == "image" else "text"


def _below(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {k.removeprefix(prefix): v for k, v in values.items() if k.startswith(prefix)}


def _kind(family: Family) -> type[Ridge] | type[Boosting] | type[NetRegressor]:
    if family in FUSIONS:
        return NetRegressor
    return Boosting if family == "boosting" else Ridge
