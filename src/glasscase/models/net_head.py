"""A network on vectors as a head: trained in torch, run in ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.encoders.onnx_session import open_session
from glasscase.errors import CannotTrain
from glasscase.extras import need
from glasscase.models.features import Features
from glasscase.models.head import HeadState, Logits, Targets, softmax
from glasscase.models.missing import any_present
from glasscase.models.net_graphs import gradient_graph, logits_graph, view_graph
from glasscase.models.training.alignment_loss import AlignmentLoss
from glasscase.models.training.batches import ArrayBatches
from glasscase.models.training.division import division
from glasscase.models.training.history import History
from glasscase.models.training.loop import Trainer
from glasscase.models.training.losses import ClassLoss
from glasscase.models.training.modality_watch import ModalityWatch
from glasscase.models.training.plan import TrainingPlan
from glasscase.models.training.torch_random import torch_random

Inputs = tuple[NDArray[np.float32], ...]
VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "clip-align": ("projections", ("text_vectors", "image_vectors")),
    "cross-attention": ("attention", ("to_places", "to_tokens")),
}
"""Net -> the graph of what it has to show beside its logits, and the names in it."""


class NetHead:
    """One of the networks of `models/nets/table.py`; reads what dense blocks there are.

    Run in torch until `state` is asked for, and in ONNX Runtime from then on (equal to 1e-5).

    A tenth of the products is held back to choose the epoch by. A missing modality is zeros after
    scaling, told by `present`, and met in training (modality dropout).
    """

    kind = "net"

    def __init__(
        self,
        net: str,
        blocks: tuple[str, ...] = ("sentence", "image"),
        *,
        plan: TrainingPlan | None = None,
        further: tuple[str, ...] = (),
    ) -> None:
        """`further` blocks are read too where the products it is fitted on have them."""
        self.name = net
        self.net = net
        self.blocks = blocks
        self.further = further
        self.plan = plan or TrainingPlan()
        self.history = History()
        self._n_classes = 0
        self._dims: dict[str, int] = {}
        self.places: dict[str, int] = {}
        """Tokens or places of each block it reads that keeps them apart."""
        self.figures: dict[str, float] = {}
        """What the network learnt that has a name, such as a temperature."""
        self._graphs: dict[str, bytes] = {}
        self._sessions: dict[str, Any] = {}
        self._module: Any = None

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: products with at least one modality."""
        return any_present(features, self.blocks)

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Train the network; deterministic by `seed` on one machine.

        Raises:
            CannotTrain: the loss was no number, or memory ran out; or it reads tokens and places,
                and the encoders give none.
        """
        from glasscase.models.nets.dropout import set_dropout
        from glasscase.models.nets.table import make_net

        plan = TrainingPlan(**{**vars(self.plan), "seed": seed})
        self.blocks = self._met(features)
        self._n_classes = n_classes
        self._dims = {name: features.dims[name] for name in self.blocks}
        self.places = self._placed(features)
        kept, held = (np.flatnonzero(part) for part in division(targets, seed))
        if len(kept) == 1:
            kept = np.repeat(kept, 2)  # batch norm needs two
        judges = features.take(held)
        seen, unseen = self._inputs(features.take(kept)), self._inputs(judges)
        with torch_random(seed):
            module = make_net(self.net, self._dims, n_classes, places=self.places)
            if plan.dropout is not None:
                set_dropout(module, plan.dropout)
            tensors = ArrayBatches(seen, targets[kept], size=len(seen[0]), seed=0).inputs
            module.learn_scales(list(tensors[:-1]), tensors[-1])
        trainer = Trainer(
            module,
            _objective(self.net, ClassLoss(plan, targets[kept], n_classes)),
            plan,
            listeners=[ModalityWatch(partial(self._asked, module), judges)],
        )
        self.history = trainer.fit(
            ArrayBatches(
                seen, targets[kept], size=plan.batch_size, seed=seed, balanced=plan.balanced
            ),
            ArrayBatches(unseen, targets[held], size=1024, seed=seed),
        )
        self._module = module.cpu()
        self.figures = getattr(module.body, "figures", dict)()
        self._graphs, self._sessions = {}, {}
        return self

    def _met(self, features: Features) -> tuple[str, ...]:
        own = [name for name in self.blocks if name not in self.further]
        return (*own, *(name for name in self.further if name in features.blocks))

    @classmethod
    def of_module(
        cls,
        name: str,
        module: Any,
        dims: Mapping[str, int],
        n_classes: int,
        *,
        plan: TrainingPlan,
        history: History,
    ) -> Self:
        """The head that a trained `module` (blocks in the order of `dims`, then present) is."""
        head = cls(name, tuple(dims), plan=plan)
        head.history, head._dims, head._n_classes = history, dict(dims), n_classes
        head._module = module
        head.figures = getattr(module.body, "figures", dict)()
        return head

    def _asked(self, module: Any, features: Features) -> NDArray[np.float64]:
        """Probabilities of the network while it is trained."""
        torch = need("torch", extra="train")
        device = next(module.parameters()).device
        given = [torch.tensor(one, device=device) for one in self._inputs(features)]
        with torch.no_grad():
            return softmax(module.eval()(*given).float().cpu().numpy())

    def _placed(self, features: Features) -> dict[str, int]:
        found = {name: n for name, n in features.places.items() if name in self.blocks}
        if self.net == "cross-attention" and not found:
            raise CannotTrain(
                "cross-attention reads tokens and places one by one, and these encoders give none",
                "Train with --recipe cross-attention, or set encoders.text=minilm-l6-v2-tokens and "
                "encoders.image=efficientnet-lite0-grid.",
            )
        return found if self.net == "cross-attention" else {}

    def _inputs(self, features: Features) -> Inputs:
        blocks = [np.asarray(features.blocks[name], np.float32) for name in self.blocks]
        return (*blocks, features.present.astype(np.float32))

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes]."""
        if not len(features):
            return np.zeros((0, self._n_classes), np.float32)
        if "logits" not in self._graphs:
            return self._through_torch(features)
        given = dict(zip((*self.blocks, "present"), self._inputs(features), strict=True))
        answer: Logits = self._session("logits").run(None, given)[0]
        return answer

    def _through_torch(self, features: Features) -> Logits:
        """The same of a network that was just trained; a graph is only made of what is kept."""
        torch = need("torch", extra="train")
        given = [torch.from_numpy(np.array(one, order="C")) for one in self._inputs(features)]
        with torch.no_grad():
            return np.asarray(self._module(*given).numpy(), np.float32)

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Gradient of sum(cotangent * logits) with respect to a dense block: torch's, traced."""
        values = features.blocks[block]
        if block not in self.blocks or not len(features):
            return np.zeros(values.shape, np.float32)
        given = dict(zip((*self.blocks, "present"), self._inputs(features), strict=True))
        given["cotangent"] = np.asarray(cotangent, np.float32)
        if "gradient" not in self._graphs:
            return self._pulled(given, block) * features.there(block)[:, None]
        found: NDArray[np.float32] = self._session("gradient").run([f"d.{block}"], given)[0]
        return found * features.there(block)[:, None]

    def _pulled(self, given: dict[str, NDArray[np.float32]], block: str) -> NDArray[np.float32]:
        """The gradient of a network that was just trained."""
        torch = need("torch", extra="train")
        tensors = {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in given.items()}
        cotangent = tensors.pop("cotangent")
        with torch.enable_grad():
            free = tensors[block].requires_grad_()
            asked = (self._module(*tensors.values()) * cotangent).sum()
            return np.asarray(torch.autograd.grad(asked, free)[0].numpy(), np.float32)

    def view(self, features: Features) -> dict[str, NDArray[np.float32]]:
        """What the network shows beside its logits, by name, [n, ...] each; see `VIEWS`."""
        graph, names = VIEWS[self.net]
        given = dict(zip((*self.blocks, "present"), self._inputs(features), strict=True))
        return dict(zip(names, self._session(graph).run(list(names), given), strict=True))

    def _session(self, name: str) -> Any:
        if name not in self._sessions:
            self._sessions[name] = open_session(self._graph(name))
        return self._sessions[name]

    def _graph(self, name: str) -> bytes:
        if name not in self._graphs:
            self._graphs[name] = self._made(name)
        return self._graphs[name]

    def _made(self, name: str) -> bytes:
        if name == "logits":
            return logits_graph(self._module, self._dims)
        if name == "gradient":
            return gradient_graph(self._module, self._dims, self._n_classes)
        return view_graph(self._module, self._dims, VIEWS[self.net][1])

    def state(self) -> HeadState:
        """All graphs, and how it was trained."""
        config = {
            "kind": self.kind,
            "name": self.name,
            "net": self.net,
            "blocks": list(self.blocks),
            "dims": self._dims,
            "places": self.places,
            "n_classes": self._n_classes,
            "plan": vars(self.plan),
            "history": self.history.to_dict(),
            "figures": self.figures,
        }
        names = ["logits", "gradient", *([VIEWS[self.net][0]] if self.net in VIEWS else [])]
        return HeadState(config, {}, {name: self._graph(name) for name in names})

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The head that gave `state`."""
        config = state.config
        head = cls(config["net"], tuple(config["blocks"]), plan=TrainingPlan(**config["plan"]))
        head.name = config["name"]
        head._dims, head._n_classes = config["dims"], config["n_classes"]
        head.history = History.from_dict(config["history"])
        head.places, head.figures = config["places"], config["figures"]
        head._graphs = dict(state.graphs)
        return head


def _objective(net: str, classes: ClassLoss) -> ClassLoss | AlignmentLoss:
    return AlignmentLoss(classes) if net == "clip-align" else classes
