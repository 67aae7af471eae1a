"""Two finished models on the same products: who flips, what is won and lost, what must not drop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from glasscase.evaluation.answers import Answers
from glasscase.evaluation.holm import holm
from glasscase.evaluation.mcnemar import mcnemar_exact
from glasscase.evaluation.metrics import Mask
from glasscase.evaluation.pairs import LEVEL, Pair
from glasscase.evaluation.verdict_words import points

Kind = Literal["won", "lost", "moved"]
_ORDER: dict[Kind, int] = {"lost": 0, "won": 1, "moved": 2}


@dataclass(frozen=True)
class Flip:
    """A product on which the two answers differ."""

    product_id: str
    row: int | None
    text: str
    label: str
    old_answer: str | None
    """None where the model had nothing to go by."""
    old_probability: float
    new_answer: str | None
    new_probability: float
    kind: Kind
    """`won`: only the new one is right; `lost`: only the old one; `moved`: neither."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return dict(vars(self))


@dataclass(frozen=True)
class CategoryChange:
    """One category under both models."""

    label: str
    products: int
    old_right: int
    new_right: int
    won: int
    """Products only the new model gets right."""
    lost: int
    p_value: float
    """McNemar's exact test on this category alone, two-sided."""
    p_value_holm: float = 1.0
    """Corrected for all categories of the table."""

    @property
    def old_recall(self) -> float:
        """Share of its products the old model finds."""
        return self.old_right / self.products

    @property
    def new_recall(self) -> float:
        """The same of the new model."""
        return self.new_right / self.products

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**vars(self), "old_recall": self.old_recall, "new_recall": self.new_recall}


@dataclass(frozen=True)
class Guard:
    """A category whose recall must not drop."""

    change: CategoryChange
    tolerance: float
    """Recall may drop by this share of its products, 0 to 1."""

    @property
    def drop(self) -> float:
        """By how much recall falls; negative where it rises."""
        return (self.change.old_right - self.change.new_right) / self.change.products

    @property
    def passed(self) -> bool:
        """Whether it falls by no more than is tolerated."""
        return self.drop <= self.tolerance + 1e-12

    def __str__(self) -> str:
        """One sentence, with the numbers of products and what chance has to do with it."""
        one = self.change
        moved = (
            f"{one.old_right} of {one.products} right before, {one.new_right} now "
            f"({one.lost} lost, {one.won} won)"
        )
        if self.drop <= 0:
            return f"{one.label}: no drop: {moved}."
        chance = "may be chance" if one.p_value >= LEVEL else "is hardly chance"
        verdict = "within what is tolerated" if self.passed else "a drop"
        return f"{one.label}: {verdict}: {moved}; this {chance} (p = {one.p_value:.2g})."

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        own = {"drop": self.drop, "tolerance": self.tolerance, "passed": self.passed}
        return {**self.change.to_dict(), **own, "sentence": str(self)}


@dataclass(frozen=True)
class Named:
    """A product as it is listed."""

    product_id: str
    row: int | None
    text: str


@dataclass(frozen=True)
class Duel:
    """What changes from the old model to the new one."""

    old: str
    new: str
    pair: Pair
    """New against old: `difference` above 0 means the new one is more often right."""
    flips: tuple[Flip, ...]
    """Lost ones first, then won, then moved; the surest answers of the new model first."""
    categories: tuple[CategoryChange, ...]
    """Those with the greatest net loss first."""
    guards: tuple[Guard, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Categories that are not known to both, with the products of each: not compared."""

    @property
    def advice(self) -> str:
        """Whether to change over, in a sentence or two."""
        failed = [guard for guard in self.guards if not guard.passed]
        if failed:
            return f"Keep {self.old}: a protected category drops. {failed[0]}"
        pair = self.pair
        counts = f"{pair.only_a} products are won and {pair.only_b} lost"
        if pair.verdict == "chance":
            return (
                f"{self.new} cannot be told from {self.old}: {counts}, a difference of "
                f"{points(pair)}."
            )
        sure = "" if pair.verdict == "real" else ", though only one of two tests calls it real"
        if pair.difference.value > 0:
            return f"Change to {self.new}: {counts}, better by {points(pair)}{sure}."
        return f"Keep {self.old}: with {self.new} {counts}, worse by {points(pair)}{sure}."

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "old": self.old,
            "new": self.new,
            "pair": self.pair.to_dict(),
            "flips": [flip.to_dict() for flip in self.flips],
            "categories": [change.to_dict() for change in self.categories],
            "guards": [guard.to_dict() for guard in self.guards],
            "left_out": dict(self.left_out),
        }


def flips(old: Answers, new: Answers, products: Sequence[Named]) -> tuple[Flip, ...]:
    """The products [n] on which the answers differ. Both `Answers` are about them, in order."""
    names = [answers.names for answers in (old, new)]
    found = []
    for i, product in enumerate(products):
        before, after = (_answer(answers, i) for answers in (old, new))
        if before == after:
            continue
        right = bool(old.correct[i]), bool(new.correct[i])
        kind: Kind = "lost" if right[0] else "won" if right[1] else "moved"
        found.append(
            Flip(
                product.product_id,
                product.row,
                product.text,
                names[0][old.targets[i]],
                before,
                float(old.confidence[i]),
                after,
                float(new.confidence[i]),
                kind,
            )
        )
    found.sort(key=lambda flip: (_ORDER[flip.kind], -flip.new_probability))
    return tuple(found)


def category_changes(
    labels: Sequence[str], old_right: Mask, new_right: Mask
) -> tuple[CategoryChange, ...]:
    """Every category of `labels` [n], with what is won and lost, the greatest net loss first."""
    truth = np.asarray(labels, dtype=np.str_)
    found = [
        _change(label, old_right[truth == label], new_right[truth == label])
        for label in np.unique(truth).tolist()
    ]
    corrected = holm([change.p_value for change in found])
    found = [
        CategoryChange(**{**vars(change), "p_value_holm": p})
        for change, p in zip(found, corrected, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (one.won - one.lost, one.label)))


def _change(label: str, old_right: Mask, new_right: Mask) -> CategoryChange:
    won, lost = int((new_right & ~old_right).sum()), int((old_right & ~new_right).sum())
    return CategoryChange(
        label,
        len(old_right),
        int(old_right.sum()),
        int(new_right.sum()),
        won,
        lost,
        mcnemar_exact(won, lost),
    )


def _answer(answers: Answers, index: int) -> str | None:
    number = int(answers.predicted[index])
    return answers.names[number] if number >= 0 else None
