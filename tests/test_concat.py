"""The classical fused network: its layers, its class weights, its epoch, its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from glasscase.models.concat import ConcatHead
from glasscase.models.features import Features
from glasscase.models.net import ConcatNet
from glasscase.models.training.losses import class_weights
from synthetic_features import planted, with_gaps

ORDER = ("image", "sentence")


def wide(n: int = 24, k: int = 3) -> tuple[Features, Any]:
    """Vectors as wide as those of the embedded encoders."""
    rng = np.random.default_rng(0)
    targets = np.arange(n) % k
    dims = {"sentence": 384, "image": 1280}
    blocks = {name: rng.normal(size=(k, d))[targets] for name, d in dims.items()}
    noisy = {name: rows + rng.normal(size=rows.shape) for name, rows in blocks.items()}
    return Features(
        {name: rows.astype(np.float32) for name, rows in noisy.items()}, np.ones((n, 2), bool)
    ), targets


def test_the_layers_are_1664_512_128_and_the_classes() -> None:
    features, targets = wide()
    arrays = ConcatHead().fit(features, targets, 3).state().arrays
    shapes = [arrays[f"layer.{i}.weights"].shape for i in range(3)]
    assert shapes == [(1280 + 384, 512), (512, 128), (128, 3)]
    counted = sum(arrays[f"layer.{i}.{part}"].size for i in range(3) for part in PARTS)
    assert counted == 1664 * 512 + 512 + 512 * 128 + 128 + 128 * 3 + 3


PARTS = ("weights", "bias")


def test_the_network_drops_three_in_ten_then_two_in_ten_only_while_learning() -> None:
    net = ConcatNet(1664, 27)
    kinds = [type(layer).__name__ for layer in net]
    assert kinds == ["Linear", "ReLU", "Dropout", "Linear", "ReLU", "Dropout", "Linear"]
    assert [layer.p for layer in net if isinstance(layer, torch.nn.Dropout)] == [0.3, 0.2]
    assert [layer.out_features for layer in net.layers()] == [512, 128, 27]


def test_class_weights_make_classes_count_alike() -> None:
    targets = np.array([0] * 60 + [1] * 30 + [2] * 10)
    weights = class_weights(targets, 3)
    assert weights == pytest.approx([100 / (3 * 60), 100 / (3 * 30), 100 / (3 * 10)])
    assert [weights[c] * (targets == c).sum() for c in range(3)] == pytest.approx([100 / 3] * 3)
    assert np.isfinite(class_weights(targets, 4)).all()


def in_torch(head: ConcatHead, features: Features) -> tuple[Any, dict[str, Any]]:
    """The whole head once more, in torch: scaling, standardising, layers."""
    arrays = head.state().arrays
    inputs = {
        name: torch.tensor(np.array(features.blocks[name]), dtype=torch.float64, requires_grad=True)
        for name in ORDER
    }
    columns = []
    for name in ORDER:
        rows = inputs[name]
        if name == "image":
            rows = torch.sign(rows) * (torch.sqrt(rows.abs() + 1e-3) - 1e-3**0.5)
        rows = rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-9)
        rows = (rows - torch.tensor(arrays[f"mean.{name}"])) / torch.tensor(
            arrays[f"deviation.{name}"]
        )
        there = features.has("image" if name == "image" else "text")
        columns.append(rows * torch.tensor(there)[:, None])
    hidden = torch.cat(columns, dim=1)
    for i in range(3):
        weights, bias = (torch.tensor(arrays[f"layer.{i}.{p}"], dtype=hidden.dtype) for p in PARTS)
        hidden = hidden @ weights + bias
        if i < 2:
            hidden = torch.relu(hidden)
    return hidden, inputs


def test_numpy_and_torch_agree_on_answers_and_gradients() -> None:
    features, targets = planted()
    features = with_gaps(features)
    head = ConcatHead().fit(features, targets, 4)
    logits, inputs = in_torch(head, features)
    np.testing.assert_allclose(head.logits(features), logits.detach().numpy(), atol=1e-4)
    cotangent = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    (logits * torch.tensor(cotangent)).sum().backward()
    for name in ORDER:
        exact = inputs[name].grad.numpy()
        scale = np.abs(exact).max()
        assert scale > 0
        ours = head.gradient(features, name, cotangent)
        np.testing.assert_allclose(ours / scale, exact / scale, atol=1e-4)


def test_a_rare_class_is_not_drowned() -> None:
    """Nine to one and overlapping: without class weights the frequent class would take all."""
    features, targets = planted(400, 2, noise=3.0)
    kept = (targets == 0) | (np.arange(400) % 18 == 1)
    head = ConcatHead().fit(features.take(kept), targets[kept], 2)
    fresh, wanted = planted(400, 2, noise=3.0, seed=1)
    answers = head.logits(fresh).argmax(axis=1)
    assert (answers[wanted == 1] == 1).mean() > 0.5


def test_training_leaves_torchs_own_dice_alone() -> None:
    features, targets = planted(24)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    ConcatHead().fit(features, targets, 4, seed=1)
    assert torch.equal(torch.rand(3), expected)


def test_another_seed_is_another_network() -> None:
    features, targets = planted(24)
    one, other = (ConcatHead().fit(features, targets, 4, seed=s) for s in (1, 2))
    assert not np.array_equal(one.logits(features), other.logits(features))
