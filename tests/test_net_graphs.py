"""Networks as ONNX graphs: they say what torch says, however many rows there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from glasscase.encoders.onnx_session import open_session
from glasscase.models import net_graphs
from glasscase.models.net_graphs import gradient_graph, logits_graph, view_graph
from glasscase.models.nets.linear_sum import LinearSum
from glasscase.models.nets.table import NETS, make_net
from glasscase.models.nets.vector_inputs import VectorNet

DIMS = {"sentence": 24, "image": 16}
CLASSES = 3
PLACES = {"sentence": 4, "image": 4}


@pytest.fixture
def no_exporter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch's exporter takes seconds: what this repository's networks do must not need it."""

    def refused(*_: Any) -> bytes:
        raise AssertionError("an operation is missing in models/onnx_operations.py")

    monkeypatch.setattr(net_graphs, "graph_bytes", refused)


def network(name: str) -> VectorNet:
    torch.manual_seed(4)
    if name == "linear-sum":
        columns = {"sentence": 0, "image": 1}
        net = VectorNet(DIMS, columns, LinearSum(DIMS, CLASSES), drop=0.0, scaled=False)
    else:
        net = make_net(name, DIMS, CLASSES, places=PLACES if name == "cross-attention" else None)
        net.learn_scales([torch.randn(40, dim) for dim in DIMS.values()], torch.ones(40, 2))
    for module in net.modules():  # nothing may be 0 or 1 by chance
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_()  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 2.0)  # type: ignore[union-attr]
        if isinstance(module, nn.BatchNorm1d | nn.LayerNorm) and module.weight is not None:
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return net.eval()


def batch(rows: int) -> dict[str, Tensor]:
    """The second product has no text, the third no photo, the fourth two words."""
    torch.manual_seed(rows)
    given = {name: torch.randn(rows, dim) for name, dim in DIMS.items()}
    given["present"] = torch.ones(rows, 2)
    for row, (block, column) in ((1, ("sentence", 0)), (2, ("image", 1))):
        if row < rows:
            given[block][row] = 0
            given["present"][row, column] = 0
    if rows > 3:
        given["sentence"][3, 12:] = 0
    return given


def close(graph: bytes, given: dict[str, Tensor], wanted: Any) -> None:
    found = open_session(graph).run(None, {name: one.numpy() for name, one in given.items()})
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other.detach().numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("no_exporter")
@pytest.mark.parametrize("name", [*NETS, "linear-sum"])
def test_graphs_say_what_torch_says(name: str) -> None:
    net = network(name)
    logits, gradient = logits_graph(net, DIMS), gradient_graph(net, DIMS, CLASSES)
    assert logits_graph(net, DIMS) == logits, "equal networks give equal bytes"
    for rows in (1, 2, 7):
        given = batch(rows)
        close(logits, given, [net(*given.values())])
        blocks = [given[block].clone().requires_grad_() for block in DIMS]
        cotangent = torch.randn(rows, CLASSES)
        pulls = torch.autograd.grad(net(*blocks, given["present"]), blocks, cotangent)
        assert max(float(pull.abs().max()) for pull in pulls) > 1e-3
        close(gradient, {**given, "cotangent": cotangent}, pulls)


@pytest.mark.usefixtures("no_exporter")
@pytest.mark.parametrize("name", ["clip-align", "cross-attention"])
def test_what_a_network_shows_is_what_torch_shows(name: str) -> None:
    net = network(name)
    graph = view_graph(net, DIMS, ["one", "other"])
    for rows in (1, 7):
        given = batch(rows)
        close(graph, given, net.view(*given.values()))


class Unusual(nn.Module):
    """What no network of ours does: running sums, and the mean of all rows."""

    def __init__(self, *, together: bool) -> None:
        super().__init__()
        self.together = together

    def forward(self, sentence: Tensor, image: Tensor, present: Tensor) -> Tensor:
        del present
        if self.together:
            return sentence - image[:, :1].mean(dim=0)
        return torch.cumsum(sentence, dim=1)[:, :CLASSES] * image[:, :1]


@pytest.mark.parametrize("together", [False, True])
def test_what_the_table_has_no_words_for_goes_through_torchs_exporter(*, together: bool) -> None:
    net = Unusual(together=together)
    given = batch(5)
    graph = open_session(logits_graph(net, DIMS))
    named = {one.name: given[one.name].numpy() for one in graph.get_inputs()}
    (found,) = graph.run(None, named)
    np.testing.assert_allclose(found, net(*given.values()).numpy(), rtol=1e-5, atol=1e-5)


def test_weights_are_stored_once() -> None:
    """The gradient reads them the other way round."""
    net = network("concat")
    weights = sum(parameter.numel() * 4 for parameter in net.parameters())
    for graph in (logits_graph(net, DIMS), gradient_graph(net, DIMS, CLASSES)):
        assert weights < len(graph) < 1.1 * weights
