"""The classical fused network: its layers, its plan, its class weights, its scale, its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from glasscase.models.bases import make_base
from glasscase.models.features import Features
from glasscase.models.net_head import NetHead
from glasscase.models.nets.concat import Concat
from glasscase.models.scaling import Scaling
from glasscase.models.training.losses import class_weights
from glasscase.settings import NetSettings
from synthetic_features import planted, with_gaps

ORDER = ("image", "sentence")
WIDE = {"image": 1280, "sentence": 384}


def concat(**net: Any) -> NetHead:
    """The head of the table, trained as `net` says."""
    head = make_base("concat", NetSettings(**net))
    assert isinstance(head, NetHead)
    return head


def linear_layers(module: torch.nn.Module) -> list[torch.nn.Linear]:
    return [layer for layer in module.modules() if isinstance(layer, torch.nn.Linear)]


def test_the_layers_are_1664_512_128_and_the_classes() -> None:
    net = Concat(WIDE, 27)
    shapes = [tuple(layer.weight.shape) for layer in linear_layers(net)]
    assert shapes == [(512, 1664), (128, 512), (27, 128)]
    counted = sum(parameter.numel() for parameter in net.parameters())
    assert counted == 1664 * 512 + 512 + 512 * 128 + 128 + 128 * 27 + 27


def test_the_network_drops_three_in_ten_then_two_in_ten_only_while_learning() -> None:
    net = Concat(WIDE, 27)
    kinds = [type(layer).__name__ for layer in net.layers]
    assert kinds == ["Linear", "ReLU", "Dropout", "Linear", "ReLU", "Dropout", "Linear"]
    assert [layer.p for layer in net.layers if isinstance(layer, torch.nn.Dropout)] == [0.3, 0.2]
    blocks, present = [torch.ones(1, 1280), torch.ones(1, 384)], torch.ones(1, 2)
    assert not torch.equal(net(blocks, present), net(blocks, present))
    net.eval()
    assert torch.equal(net(blocks, present), net(blocks, present))


def test_the_plan_is_that_of_the_recipe_and_settings_reach_it() -> None:
    plan = concat().plan
    assert (plan.epochs, plan.patience, plan.batch_size, plan.learning_rate) == (30, 6, 256, 1e-3)
    assert (plan.class_weights, plan.weight_decay, plan.schedule) == (True, 0.01, "constant")
    told = concat(epochs=2, dropout=0.45)
    told.fit(*planted(24), 4)
    assert len(told.history.epochs) == 2
    drops = [part.p for part in told._module.modules() if isinstance(part, torch.nn.Dropout)]
    assert drops == [0.45, 0.45]
    assert told._module.drop_share == 0.25


def test_class_weights_make_classes_count_alike() -> None:
    targets = np.array([0] * 60 + [1] * 30 + [2] * 10)
    weights = class_weights(targets, 3)
    assert weights == pytest.approx([100 / (3 * 60), 100 / (3 * 30), 100 / (3 * 10)])
    assert [weights[c] * (targets == c).sum() for c in range(3)] == pytest.approx([100 / 3] * 3)
    assert np.isfinite(class_weights(targets, 4)).all()


def by_hand(head: NetHead, features: Features) -> tuple[Any, dict[str, Any]]:
    """The whole head once more, written out: scaling, standardising, layers."""
    module = head._module
    inputs = {
        name: torch.tensor(np.array(features.blocks[name]), dtype=torch.float64, requires_grad=True)
        for name in ORDER
    }
    columns = []
    for name, scale in zip(ORDER, module.scales, strict=True):
        rows = inputs[name]
        if name == "image":
            rows = torch.sign(rows) * (torch.sqrt(rows.abs() + 1e-3) - 1e-3**0.5)
        rows = rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-9)
        rows = (rows - scale.mean) / scale.deviation
        there = features.has("image" if name == "image" else "text")
        columns.append(rows * torch.tensor(there)[:, None])
    hidden = torch.cat(columns, dim=1)
    for number, layer in enumerate(linear_layers(module)):
        hidden = hidden @ layer.weight.double().T + layer.bias.double()
        if number < 2:
            hidden = torch.relu(hidden)
    return hidden, inputs


def test_what_is_stored_and_the_network_written_out_agree_on_answers_and_gradients() -> None:
    features, targets = planted()
    features = with_gaps(features)
    head = concat().fit(features, targets, 4)
    logits, inputs = by_hand(head, features)
    stored = NetHead.from_state(head.state())
    np.testing.assert_allclose(stored.logits(features), logits.detach().numpy(), atol=1e-4)
    cotangent = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    (logits * torch.tensor(cotangent)).sum().backward()
    for name in ORDER:
        exact = inputs[name].grad.numpy()
        scale = np.abs(exact).max()
        assert scale > 0
        ours = stored.gradient(features, name, cotangent)
        np.testing.assert_allclose(ours / scale, exact / scale, atol=1e-4)


def test_vectors_are_scaled_as_those_of_the_other_heads() -> None:
    features, targets = planted()
    module = concat(epochs=1).fit(features, targets, 4)._module
    for name, scale in zip(ORDER, module.scales, strict=True):
        rows = np.asarray(features.blocks[name], np.float32)
        expected = Scaling(power=name == "image").apply(rows)
        unit = scale._unit(torch.tensor(rows)).numpy()
        np.testing.assert_allclose(unit, expected, atol=1e-5)


def test_a_rare_class_is_not_drowned() -> None:
    """Nine to one and overlapping: without class weights the frequent class would take all."""
    features, targets = planted(400, 2, noise=3.0)
    kept = (targets == 0) | (np.arange(400) % 18 == 1)
    fresh, wanted = planted(400, 2, noise=3.0, seed=1)

    def found(*, weighed: bool) -> float:
        head = concat(class_weights=weighed).fit(features.take(kept), targets[kept], 2)
        return float((head.logits(fresh).argmax(axis=1)[wanted == 1] == 1).mean())

    assert found(weighed=True) > 0.5
    assert found(weighed=True) > found(weighed=False)


def test_training_leaves_torchs_own_dice_alone() -> None:
    features, targets = planted(24)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    concat().fit(features, targets, 4, seed=1)
    assert torch.equal(torch.rand(3), expected)


def test_another_seed_is_another_network() -> None:
    features, targets = planted(24)
    one, other = (concat().fit(features, targets, 4, seed=s) for s in (1, 2))
    assert not np.array_equal(one.logits(features), other.logits(features))
