"""Heat maps: the exact ones equal torch's, and paint follows the cue."""

import numpy as np
import pytest
import torch

from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.errors import BadSetting
from glasscase.explanations.grad_cam import grad_cam, signed_maps
from glasscase.explanations.torch_grad_cam import torch_grad_cam


def two_layer_net(seed: int, dim: int, classes: int) -> torch.nn.Sequential:
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(dim, 16), torch.nn.ReLU(), torch.nn.Linear(16, classes)
    )


def autograd_grad_cam(maps: np.ndarray, head, cotangent: torch.Tensor) -> np.ndarray:
    """The paper's recipe, on the product's photos together: [n, rows, columns]."""
    given = torch.tensor(maps, requires_grad=True)
    vector = given.mean(dim=(2, 3)).mean(dim=0, keepdim=True)
    (gradient,) = torch.autograd.grad((head(vector) * cotangent).sum(), given)
    alpha = gradient.mean(dim=(2, 3), keepdim=True)
    return torch.relu((alpha * given).sum(dim=1)).detach().numpy()


@pytest.mark.parametrize("photos", [1, 3])
@pytest.mark.parametrize("rival", [None, 2])
def test_the_exact_map_equals_autograds(photos, rival):
    maps = np.random.default_rng(0).random((photos, 40, 7, 7)).astype(np.float32)
    head = two_layer_net(0, 40, 5)
    cotangent = torch.zeros(1, 5)
    cotangent[0, 1] = 1.0
    if rival is not None:
        cotangent[0, rival] = -1.0
    vector = torch.tensor(maps.mean(axis=(2, 3)).mean(axis=0, keepdims=True), requires_grad=True)
    (gradient,) = torch.autograd.grad((head(vector) * cotangent).sum(), vector)
    found = grad_cam(maps, gradient[0].numpy(), [f"{k}.jpg" for k in range(photos)])
    expected = autograd_grad_cam(maps, head, cotangent)
    assert expected.max() > 1e-4
    for heat, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(heat.values, wanted, atol=1e-6 * wanted.max(), rtol=1e-4)


def test_before_negatives_are_cut_the_map_sums_to_the_logit_of_a_linear_head():
    random = np.random.default_rng(1)
    maps, weights = random.random((2, 6, 4, 4)), random.normal(size=6)
    vector = maps.mean(axis=(0, 2, 3))
    assert signed_maps(maps, weights).sum() == pytest.approx(weights @ vector)
    found = grad_cam(maps, weights, ["a", "b"])
    assert sum(heat.signed_sum for heat in found) == pytest.approx(weights @ vector)


def test_the_map_is_where_the_cue_is_and_nothing_elsewhere():
    maps = np.zeros((1, 2, 7, 7), np.float32)
    maps[0, 0, 2, 5] = 3.0  # the channel the class wants
    maps[0, 1, 6, 0] = 3.0  # a channel that speaks against it
    (heat,) = grad_cam(maps, np.array([1.0, -1.0]), ["mug.jpg"])
    assert np.unravel_index(heat.values.argmax(), (7, 7)) == (2, 5)
    assert np.count_nonzero(heat.values) == 1
    assert heat.resolution == "7 x 7"


def test_evidence_against_stays_nothing_and_is_never_scaled_up():
    (heat,) = grad_cam(np.ones((1, 3, 7, 7)), np.full(3, -1.0), ["a"])
    assert heat.peak == 0.0
    assert not heat.values.any()
    (weak,) = grad_cam(np.ones((1, 3, 7, 7)), np.full(3, 1e-6), ["a"])
    assert weak.peak == pytest.approx(3e-6 / 49)


@pytest.fixture(scope="module")
def tiny_timm():
    declare_torchvision_schemas()
    import timm

    torch.manual_seed(0)
    return timm.create_model("resnet10t", pretrained=False, num_classes=4).eval()


def test_any_layer_of_a_timm_network_has_a_map(tiny_timm):
    for parameter in tiny_timm.parameters():
        parameter.requires_grad_(False)
    images = torch.rand(2, 3, 64, 64)
    wanted = torch.tensor([0.0, 1.0, 0.0, 0.0])
    last, name = torch_grad_cam(tiny_timm, "layer4", images, wanted)
    fine, _ = torch_grad_cam(tiny_timm, "layer1", images, wanted, kind="layer-cam")
    assert name == "layer4"
    assert last.shape == (2, 2, 2)
    assert fine.shape == (2, 16, 16)
    assert fine.max() > 0
    assert fine.min() >= 0  # behind a ReLU nothing speaks against, place by place


def test_the_torch_path_equals_the_exact_one_behind_average_pooling(tiny_timm):
    images = torch.rand(1, 3, 64, 64)
    wanted = torch.tensor([1.0, 0.0, 0.0, -1.0])
    with torch.no_grad():
        maps = tiny_timm.forward_features(images).numpy()
    weights = tiny_timm.get_classifier().weight.detach().numpy()
    peaks = []
    for sign in (1.0, -1.0):
        (exact,) = grad_cam(maps, sign * (weights[0] - weights[3]), ["a"])
        through, name = torch_grad_cam(tiny_timm, "", images, sign * wanted)
        assert name.startswith("layer4")
        assert through.sum() == pytest.approx(exact.signed_sum, rel=1e-4)
        drawn = np.maximum(through[0], 0)
        np.testing.assert_allclose(exact.values, drawn, atol=1e-4 * max(exact.peak, 1e-6))
        peaks.append(exact.peak)
    assert max(peaks) > 0


def test_a_wrong_layer_is_named_with_those_close_to_it(tiny_timm):
    images = torch.rand(1, 3, 64, 64)
    with pytest.raises(BadSetting, match=r"no layer 'layer9'. Close to it: layer[1-4]"):
        torch_grad_cam(tiny_timm, "layer9", images, torch.ones(4))
    with pytest.raises(BadSetting, match="does not give maps or tokens"):
        torch_grad_cam(tiny_timm, "fc", images, torch.ones(4))
    assert not tiny_timm.training
