"""The classical fused head: all vectors side by side through a small network."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.extras import need
from glasscase.models.features import MODALITY_OF, Features
from glasscase.models.head import HeadState, Logits, Targets
from glasscase.models.missing import any_present, with_modality_dropout
from glasscase.models.scaling import Scaling
from glasscase.models.training.division import division
from glasscase.models.training.losses import class_weights
from glasscase.models.training.torch_random import torch_random

_EPOCHS, _PATIENCE = 15, 3
_LEARNING_RATE = 1e-3


class ConcatHead:
    """image 1280 + sentence 384 = 1664 -> 512 -> 128 -> classes.

    ReLU, dropout 0.3 and 0.2, Adam, cross-entropy with class weights n / (k * n_c), the best
    epoch on a tenth held back (accuracy, then loss). Trained in torch, run in NumPy. Vectors are
    scaled and standardised first; those of a missing modality are zeros, which is the mean of the
    others, and a quarter of the products is also seen without each modality.
    """

    kind = "concat"

    def __init__(self, blocks: tuple[str, ...] = ("image", "sentence")) -> None:
        self.name = "concat"
        self.blocks = blocks
        self._scalings = {name: Scaling(power=name == "image") for name in blocks}
        self._means: dict[str, NDArray[np.float32]] = {}
        self._deviations: dict[str, NDArray[np.float32]] = {}
        self._layers: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: products with at least one modality."""
        return any_present(features, self.blocks)

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Train the network; deterministic by `seed` on one machine."""
        self._learn_scale(features)
        kept, held = division(targets, seed)
        seen, wanted = with_modality_dropout(
            features.take(kept).only(self.blocks), targets[kept], share=0.25, seed=seed
        )
        validation = (self._rows(features.take(held)), targets[held])
        self._layers = _train((self._rows(seen), wanted), validation, n_classes, seed)
        return self

    def _learn_scale(self, features: Features) -> None:
        for name in self.blocks:
            there = features.has(MODALITY_OF[name])
            values = np.asarray(features.blocks[name], np.float32)[there]
            scaled = self._scalings[name].apply(values)
            if not len(scaled):
                scaled = np.zeros((1, values.shape[1]), np.float32)
            self._means[name] = scaled.mean(axis=0)
            self._deviations[name] = scaled.std(axis=0) + np.float32(1e-4)

    def _rows(self, features: Features) -> NDArray[np.float32]:
        columns = []
        for name in self.blocks:
            values = np.asarray(features.blocks[name], np.float32)
            scaled = (self._scalings[name].apply(values) - self._means[name]) / self._deviations[
                name
            ]
            columns.append(scaled * features.has(MODALITY_OF[name])[:, None])
        return np.concatenate(columns, axis=1).astype(np.float32)

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes]."""
        return self._forward(self._rows(features))[-1]

    def _forward(self, rows: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        outputs = []
        for position, (weights, bias) in enumerate(self._layers):
            rows = rows @ weights + bias
            outputs.append(rows)
            if position < len(self._layers) - 1:
                rows = np.maximum(rows, 0)
        return outputs

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Exact gradient of sum(cotangent * logits) with respect to a dense block (backprop)."""
        values = np.asarray(features.blocks[block], np.float32)
        if block not in self.blocks:
            return np.zeros_like(values)
        outputs = self._forward(self._rows(features))
        back = np.asarray(cotangent, np.float32)
        for position in range(len(self._layers) - 1, -1, -1):
            if position < len(self._layers) - 1:
                back = back * (outputs[position] > 0)
            back = back @ self._layers[position][0].T
        dims = [len(self._means[name]) for name in self.blocks]
        start = sum(dims[: self.blocks.index(block)])
        part = back[:, start : start + values.shape[1]] / self._deviations[block]
        part = part * features.has(MODALITY_OF[block])[:, None]
        return self._scalings[block].pull_back(values, np.asarray(part, np.float32))

    def state(self) -> HeadState:
        """Blocks, scale and layers."""
        arrays: dict[str, NDArray[Any]] = {}
        for name in self.blocks:
            arrays[f"mean.{name}"] = self._means[name]
            arrays[f"deviation.{name}"] = self._deviations[name]
        for position, (weights, bias) in enumerate(self._layers):
            arrays[f"layer.{position}.weights"] = weights
            arrays[f"layer.{position}.bias"] = bias
        config = {"kind": self.kind, "blocks": list(self.blocks), "name": self.name}
        return HeadState({**config, "layers": len(self._layers)}, arrays)

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The head that gave `state`."""
        head = cls(tuple(state.config["blocks"]))
        head.name = state.config["name"]
        for name in head.blocks:
            head._means[name] = state.arrays[f"mean.{name}"]
            head._deviations[name] = state.arrays[f"deviation.{name}"]
        head._layers = [
            (state.arrays[f"layer.{i}.weights"], state.arrays[f"layer.{i}.bias"])
            for i in range(state.config["layers"])
        ]
        return head


Rows = tuple[NDArray[np.float32], Targets]
Layers = list[tuple[NDArray[np.float32], NDArray[np.float32]]]


def _train(training: Rows, validation: Rows, n_classes: int, seed: int) -> Layers:
    torch = need("torch", extra="train")
    from glasscase.models.net import ConcatNet, train_epoch

    with torch_random(seed):
        net = ConcatNet(training[0].shape[1], n_classes)
        rows, targets = (
            torch.from_numpy(training[0]),
            torch.from_numpy(training[1].astype(np.int64)),
        )
        weights = torch.from_numpy(class_weights(training[1], n_classes))
        loss = torch.nn.CrossEntropyLoss(weight=weights)
        optimiser = torch.optim.Adam(net.parameters(), lr=_LEARNING_RATE)
        size = 128 if len(rows) < 4000 else 256
        best, best_score, since = _layers_of(net), (-1.0, 0.0), 0
        for _ in range(_EPOCHS):
            order = torch.randperm(len(rows))
            batches = [[rows[part], targets[part]] for part in order.split(size)]
            train_epoch(net, optimiser, loss, batches)
            current = _validation_score(net, loss, validation)
            since += 1
            if current > best_score:
                best, best_score, since = _layers_of(net), current, 0
            if since >= _PATIENCE:
                break
    return best


def _validation_score(net: Any, loss: Any, validation: Rows) -> tuple[float, float]:
    """Accuracy and negative loss: larger is better."""
    torch = need("torch", extra="train")
    net.eval()
    with torch.no_grad():
        targets = torch.from_numpy(validation[1].astype(np.int64))
        logits = net(torch.from_numpy(validation[0]))
        right = float((logits.argmax(dim=1) == targets).float().mean())
        return right, -float(loss(logits, targets))


def _layers_of(net: Any) -> Layers:
    return [
        (layer.weight.detach().numpy().T.copy(), layer.bias.detach().numpy().copy())
        for layer in net.layers()
    ]
