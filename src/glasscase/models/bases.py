"""The table of single heads: the bases of late fusion, the baselines, and how each is restored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from glasscase.errors import BadSetting
from glasscase.models.baselines import ForestHead, RbfSvmHead
from glasscase.models.features import METADATA, MODALITY_OF
from glasscase.models.head import Head, HeadState
from glasscase.models.kernel import KernelHead
from glasscase.models.linear import LinearHead
from glasscase.models.net_head import NetHead
from glasscase.models.training.plan import TrainingPlan
from glasscase.models.words import WordsHead
from glasscase.settings import NetSettings

CONCAT = TrainingPlan(epochs=30, batch_size=256, patience=6, weight_decay=1e-2)
TWO_BRANCH = TrainingPlan(epochs=100, schedule="plateau", patience=20)
"""Of the published two-branch recipe: Adam 1e-3, halved after 5 epochs without a better loss."""
GATED = TrainingPlan(epochs=40, patience=8, weight_decay=1e-3)
CROSSING = TrainingPlan(
    epochs=25, batch_size=32, schedule="cosine", patience=6, weight_decay=1e-2, clip_norm=1.0
)
ALIGNED = TrainingPlan(epochs=60, batch_size=128, patience=10, weight_decay=1e-3)

BASES: dict[str, Callable[[], Head]] = {
    "words": lambda: WordsHead("words"),
    "characters": lambda: WordsHead("characters"),
    "sentence": lambda: KernelHead(("sentence",)),
    "image": lambda: KernelHead(("image",)),
    "photo-words": lambda: WordsHead("photo_words"),
    "sentence-linear": lambda: LinearHead(("sentence",)),
    "image-linear": lambda: LinearHead(("image",)),
    "kernel": lambda: KernelHead(("sentence", "image")),
    "kernel-words": lambda: KernelHead(("words", "sentence", "image")),
    "linear": lambda: LinearHead(("sentence", "image")),
    "concat": lambda: NetHead("concat", ("image", "sentence"), plan=CONCAT),
    "two-branch": lambda: NetHead("two-branch", plan=TWO_BRANCH),
    "gated": lambda: NetHead("gated", plan=GATED, further=(METADATA,)),
    "cross-attention": lambda: NetHead("cross-attention", plan=CROSSING),
    "clip-align": lambda: NetHead("clip-align", plan=ALIGNED),
    "tfidf-lr": lambda: WordsHead("words", learner="logistic", c=30.0),
    "tfidf-rbf": lambda: RbfSvmHead(),
    "tfidf-forest": lambda: ForestHead(),
}
"""Name -> a fresh head. `words` is also the baseline known as TF-IDF with a linear SVM."""
READS_PLACES = ("cross-attention",)
"""Heads that read the tokens of texts and the places of photos one by one (`Features.places`)."""

_KINDS: dict[str, Callable[[HeadState], Head]] = {
    WordsHead.kind: WordsHead.from_state,
    LinearHead.kind: LinearHead.from_state,
    KernelHead.kind: KernelHead.from_state,
    NetHead.kind: NetHead.from_state,
    RbfSvmHead.kind: RbfSvmHead.from_state,
    ForestHead.kind: ForestHead.from_state,
}


def make_base(name: str, net: NetSettings | None = None) -> Head:
    """A fresh head of the table; `net` changes how a network is trained.

    Raises `BadSetting` for a name that is not in it.
    """
    if name not in BASES:
        raise BadSetting(f"there is no head {name!r}", f"Heads are: {', '.join(BASES)}, late.")
    head = BASES[name]()
    head.name = name  # one class stands behind several names
    if net is not None and isinstance(head, NetHead):
        head.plan = head.plan.told(net)
    return head


def blocks_for(heads: Sequence[str]) -> tuple[str, ...]:
    """The blocks to encode for some heads: of every modality, and what else one of them reads.

    >>> blocks_for(["late", "gated"])[-1], "metadata" in blocks_for(["late", "kernel"])
    ('metadata', False)
    """
    read = {block for name in heads if name in BASES for block in blocks_read(make_base(name))}
    return (*MODALITY_OF, *sorted(read - set(MODALITY_OF)))


def blocks_read(head: Head) -> tuple[str, ...]:
    """The blocks that `head` reads, those that it can do without included."""
    further = head.further if isinstance(head, NetHead) else ()
    return tuple(dict.fromkeys((*head.blocks, *further)))


def base_from_state(state: HeadState) -> Head:
    """The head of the table that gave `state`."""
    return _KINDS[state.config["kind"]](state)
