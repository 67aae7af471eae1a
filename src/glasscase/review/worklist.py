"""The worklist: every label in the order in which a person should look at it, with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasscase.catalog.product import Product
from glasscase.pages.page import percent
from glasscase.review.evidence import NO_CLASS, Alike, Evidence

COPY = 0.5
"""Most near-duplicates filed elsewhere leave half of what the score lacks to 1."""
VARIANT = 0.75
"""Most variants filed elsewhere leave three quarters of it."""

_NAMED = 2
_SAME = {
    "exact": "An exact copy",
    "photo": "A product with the same photo",
    "text": "A product with the same words",
    "": "A near-duplicate",
}
_VARIANT = "A variant (other size, colour or number)"


@dataclass(frozen=True)
class Reason:
    """One thing that speaks against a label."""

    kind: str
    """`model`, `modalities`, `duplicate` or `variant`."""
    text: str
    """A sentence."""


@dataclass(frozen=True)
class Case:
    """A product on the worklist."""

    product: Product
    label: str
    score: float
    """0 to 1, the higher the sooner it should be looked at. Not a probability."""
    suggested: str | None
    """Another label; None where nothing speaks for one."""
    probability: float | None
    """Calibrated, of the suggested label; None where the model could not judge."""
    label_probability: float | None
    """The same of the shop's label."""
    reasons: tuple[Reason, ...]
    """What speaks against the label; empty where nothing does."""

    @property
    def suspect(self) -> bool:
        """Whether anything speaks against the label."""
        return bool(self.reasons)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "score": round(self.score, 4),
            "row": self.product.row,
            "id": self.product.id,
            "label": self.label,
            "suggested": self.suggested,
            "probability": self.probability,
            "label_probability": self.label_probability,
            "reasons": [{"kind": one.kind, "text": one.text} for one in self.reasons],
        }


def worklist(products: Sequence[Product], evidence: Evidence) -> tuple[Case, ...]:
    """All `products` [n], the most doubtful label first; ties stay in the order of the table.

    The score is 1 less the label's held-out calibrated probability (self-confidence; 0 where the
    model cannot judge). Near-duplicates and variants filed elsewhere, which the model does not
    know of, then take away a fixed part of what is missing to 1. What words and photo say apart
    is a reason and no part of the score: the model has heard both.
    """
    cases = [_case(products, evidence, index) for index in range(len(products))]
    return tuple(sorted(cases, key=lambda case: -case.score))


def class_pairs(cases: Sequence[Case]) -> list[tuple[str, str, int]]:
    """Label, suggestion and how many suspects, the most frequent first."""
    counts = Counter((c.label, c.suggested) for c in cases if c.suspect and c.suggested)
    pairs = [(label, str(other), count) for (label, other), count in counts.items()]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))


def named(product: Product) -> str:
    """A product as a person finds it: `row 12 (T00042)`, or its id alone.

    >>> named(Product("a", row=3)), named(Product("3", row=3)), named(Product("a"))
    ('row 3 (a)', 'row 3', "'a'")
    """
    if product.row is None:
        return repr(product.id)
    return f"row {product.row}" + (f" ({product.id})" if product.id != str(product.row) else "")


def _case(products: Sequence[Product], evidence: Evidence, index: int) -> Case:
    judged, probs = bool(evidence.judged[index]), evidence.model.probs[index]
    own, likeliest = int(evidence.targets[index]), int(probs.argmax())
    score = 1 - float(probs[own]) if judged else 0.0
    reasons: list[Reason] = []
    better = likeliest if judged and likeliest != own else NO_CLASS
    if evidence.issues[index]:
        reasons.append(Reason("model", _model_says(evidence, index)))
    both = int(evidence.both_against[index])
    if both != NO_CLASS:
        reasons.append(Reason("modalities", _both_say(evidence, index)))
        better = both if better == NO_CLASS else better
    for alike, kind, left in (
        (evidence.copies, "duplicate", COPY),
        (evidence.variants, "variant", VARIANT),
    ):
        other = evidence.outvoted(index, alike)
        if other != NO_CLASS:
            reasons.append(Reason(kind, _filed_elsewhere(products, evidence, index, alike)))
            score, better = 1 - (1 - score) * left, other if better == NO_CLASS else better
    return Case(
        products[index],
        str(evidence.classes[own]),
        score,
        None if better == NO_CLASS else str(evidence.classes[better]),
        float(probs[better]) if judged and better != NO_CLASS else None,
        float(probs[own]) if judged else None,
        tuple(reasons),
    )


def _model_says(evidence: Evidence, index: int) -> str:
    probs, own = evidence.model.probs[index], int(evidence.targets[index])
    other = int(probs.argmax())
    return (
        f"A model that never saw it says {evidence.classes[other]} ({percent(probs[other])}), "
        f"the label is {evidence.classes[own]} ({percent(probs[own])})."
    )


def _both_say(evidence: Evidence, index: int) -> str:
    other, own = int(evidence.both_against[index]), int(evidence.targets[index])
    photo, words = (evidence.modalities[name].probs[index][other] for name in ("image", "text"))
    name = evidence.classes[other]
    return (
        f"The photo alone says {name} ({percent(photo)}), the words alone say {name} "
        f"({percent(words)}), the label says {evidence.classes[own]}."
    )


def _filed_elsewhere(
    products: Sequence[Product], evidence: Evidence, index: int, alike: Alike
) -> str:
    own = evidence.targets[index]
    elsewhere = [one for one in alike.group_of[index] if evidence.targets[one] != own]
    elsewhere.sort(key=lambda one: alike.link(index, one) == "")
    sentences = []
    for one in elsewhere[:_NAMED]:
        what = _SAME[alike.link(index, one)] if alike is evidence.copies else _VARIANT
        label = evidence.classes[int(evidence.targets[one])]
        sentences.append(f"{what}, {named(products[one])}, is filed under {label}.")
    more = len(elsewhere) - len(sentences)
    return " ".join([*sentences, *([f"{more} more are filed elsewhere."] if more else [])])
