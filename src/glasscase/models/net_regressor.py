"""A network on vectors that gives one amount per product: trained in torch, run in ONNX Runtime."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.encoders.onnx_session import open_session
from glasscase.errors import BadSetting
from glasscase.extras import need
from glasscase.models.features import Features
from glasscase.models.head import HeadState
from glasscase.models.net_graphs import logits_graph
from glasscase.models.training.amount_loss import AmountLoss
from glasscase.models.training.batches import ArrayBatches
from glasscase.models.training.history import History
from glasscase.models.training.loop import Trainer
from glasscase.models.training.plan import TrainingPlan
from glasscase.models.training.torch_random import torch_random

Floats = NDArray[np.float64]
FUSIONS = ("gated", "two-branch", "concat")
"""The networks of `models/nets/table.py` that give amounts as well as classes."""
_PLAN = TrainingPlan(
    epochs=60, batch_size=32, learning_rate=1e-3, weight_decay=0.01, patience=12, watch="loss"
)
_PARTS = 5
_HELD = 8
"""A validation set of fewer products says nothing of an epoch."""


class NetRegressor:
    """One of the fusion networks of `models/nets/` with a single output and a Huber loss.

    Blocks, scaling, gate and modality dropout are those of the classifier's networks, so a product
    without a photo is a normal case. Amounts are standardised; a fifth of the products (whole
    groups) is held back to choose the epoch by.

    Not covered: uncertainty, which is laid around it from outside.
    """

    kind = "net-regressor"

    def __init__(self, net: str = "gated", *, plan: TrainingPlan | None = None) -> None:
        if net not in FUSIONS:
            raise BadSetting(f"there is no fusion {net!r} for amounts", f"Use {', '.join(FUSIONS)}")
        self.net, self.plan = net, plan or _PLAN
        self.history = History()
        self.dims: dict[str, int] = {}
        self._mean, self._deviation = 0.0, 1.0
        self._module: Any = None
        self._graph = b""
        self._session: Any = None

    def fit(
        self,
        features: Features,
        amounts: Floats,
        weights: Floats,
        *,
        groups: NDArray[np.intp],
        seed: int = 0,
    ) -> Self:
        """Learn `amounts` [n] with `weights` [n] above 0; deterministic by `seed` on one machine.

        Raises:
            CannotTrain: the loss was no number, or memory ran out.
        """
        from glasscase.models.nets.table import make_net

        self.dims = features.dims
        self._mean = float(np.average(amounts, weights=weights))
        spread = float(np.sqrt(np.average((amounts - self._mean) ** 2, weights=weights)))
        self._deviation = spread if spread > 1e-12 else 1.0
        scaled = (amounts - self._mean) / self._deviation
        targets = np.stack([scaled, weights / weights.mean()], axis=1).astype(np.float32)
        kept, held = _division(scaled, groups, seed)
        with torch_random(seed):
            module = make_net(self.net, self.dims, 1)
            seen = self._inputs(features.take(kept))
            tensors = ArrayBatches(seen, targets[kept], size=len(kept), seed=0).inputs
            module.learn_scales(list(tensors[:-1]), tensors[-1])
        plan = replace(self.plan, seed=seed)
        self.history = Trainer(module, AmountLoss(), plan).fit(
            ArrayBatches(seen, targets[kept], size=plan.batch_size, seed=seed),
            ArrayBatches(self._inputs(features.take(held)), targets[held], size=1024, seed=seed),
        )
        self._module, self._graph, self._session = module.cpu(), b"", None
        return self

    def predict(self, features: Features) -> Floats:
        """float64 [n], in the scale of the amounts it learnt."""
        if not len(features):
            return np.zeros(0)
        given = self._inputs(features)
        if self._module is not None:
            torch = need("torch", extra="train")
            with torch.no_grad():
                tensors = [torch.from_numpy(np.array(one, order="C")) for one in given]
                found = self._module(*tensors).numpy()
        else:
            if self._session is None:
                self._session = open_session(self._graph)
            named = dict(zip((*self.dims, "present"), given, strict=True))
            found = self._session.run(None, named)[0]
        return np.asarray(found[:, 0], np.float64) * self._deviation + self._mean

    def _inputs(self, features: Features) -> tuple[NDArray[np.float32], ...]:
        blocks = [np.asarray(features.blocks[name], np.float32) for name in self.dims]
        return (*blocks, features.present.astype(np.float32))

    def state(self) -> HeadState:
        """The network as an ONNX graph, and how it was trained."""
        config = {
            "kind": self.kind,
            "net": self.net,
            "dims": self.dims,
            "mean": self._mean,
            "deviation": self._deviation,
            "history": self.history.to_dict(),
        }
        if not self._graph:
            self._graph = logits_graph(self._module, self.dims)
        return HeadState(config, {}, {"amount": self._graph})

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The regressor that gave `state`; it answers equally to about 1e-5."""
        config = state.config
        found = cls(config["net"])
        found.dims = dict(config["dims"])
        found._mean, found._deviation = config["mean"], config["deviation"]
        found.history = History.from_dict(config["history"])
        found._graph = state.graphs["amount"]
        return found


def _division(
    amounts: Floats, groups: NDArray[np.intp], seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to learn from and rows to choose the epoch by: whole groups, amounts spread evenly."""
    parts = min(_PARTS, len(np.unique(groups)))
    everything = np.arange(len(amounts))
    if parts < 2:
        return everything, everything
    ranks = np.argsort(np.argsort(amounts, kind="stable"), kind="stable")
    bins = np.asarray(ranks * _PARTS // len(amounts), np.intp)
    fold_of = grouped_stratified_folds(bins, groups, folds=parts, seed=seed)
    sizes = np.bincount(fold_of, minlength=parts)
    smallest = int(np.argmin(np.where(sizes >= min(_HELD, sizes.max()), sizes, len(amounts) + 1)))
    held = np.flatnonzero(fold_of == smallest)
    kept = np.flatnonzero(fold_of != smallest)
    return (np.repeat(kept, 2) if len(kept) == 1 else kept), held  # batch norm needs two
