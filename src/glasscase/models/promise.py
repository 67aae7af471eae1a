"""A promise a model was given: which answers may be accepted unseen, and which sets to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CutOff:
    """From which probability on answers of some categories are accepted unseen."""

    categories: tuple[str, ...]
    """Empty: all that have no cut-off of their own."""
    probability: float | None
    """None: none could be promised, so these answers are never accepted unseen."""
    products: int
    """Labelled products whose answer was one of these categories."""
    accepted: int
    """Of these, how many the cut-off accepts."""
    wrong: int
    """Of the accepted, how many were wrong."""


@dataclass(frozen=True)
class NodeCutOff:
    """From which probability on a category above an answer that is not accepted is stated."""

    probability: float | None
    """None: none could be promised."""
    below: float | None
    """Answers at least so sure are not meant, for nothing could be promised of these or they are
    accepted; None: all are."""
    confidence: float
    """With which at most `max_error` of what is stated is wrong, apart from what is accepted."""
    products: int
    """Labelled products whose answer was not accepted."""
    stated_by_depth: tuple[int, ...] = ()
    """Of these, for how many a category is stated at depth 1, 2, ..."""
    wrong: int = 0
    """Of the stated, how many do not stand at or below the category."""

    @property
    def stated(self) -> int:
        """Labelled products for which a category above is stated."""
        return sum(self.stated_by_depth)

    def least(self, probability: float) -> float | None:
        """From when on a category is stated above an unaccepted answer so probable; None: never."""
        meant = self.below is None or probability < self.below
        return self.probability if meant else None

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "stated_by_depth": [*self.stated_by_depth]}


@dataclass(frozen=True)
class Promise:
    """At most `max_error` of the answers accepted are wrong, with `confidence`.

    It holds for products drawn as the labelled ones were, and says nothing of others.
    """

    max_error: float
    confidence: float
    cut_offs: tuple[CutOff, ...]
    """Of single categories, then the one for all others."""
    products: int
    """Labelled products it was made from, of near-duplicates one."""
    set_error: float = 0.1
    """Of the sets of categories shown to reviewers, at most so many lack the right one."""
    set_scores: Mapping[str, float] = field(default_factory=dict)
    """Category ("" for all others) -> a category is in a product's set where one less its
    probability is no more than this."""
    above: NodeCutOff | None = None
    """Of categories above answers that are not accepted; None where the tree has one level."""

    @property
    def coverage(self) -> float:
        """Share of the labelled products that would have been accepted unseen."""
        return sum(one.accepted for one in self.cut_offs) / max(self.products, 1)

    @property
    def promises_anything(self) -> bool:
        """Whether any answer, or a category above one, may be taken unseen."""
        return bool(self.coverage or self.coverage_above)

    @property
    def coverage_above(self) -> float:
        """Share of the labelled products for which a category above would have been stated."""
        return 0.0 if self.above is None else self.above.stated / max(self.products, 1)

    @property
    def observed_error(self) -> float | None:
        """Share of wrong answers among the accepted labelled products; None if none is."""
        accepted = sum(one.accepted for one in self.cut_offs)
        return sum(one.wrong for one in self.cut_offs) / accepted if accepted else None

    @cached_property
    def _by_category(self) -> dict[str, float | None]:
        return {
            name: one.probability for one in self.cut_offs for name in (one.categories or ("",))
        }

    def cut_off(self, label: str) -> float | None:
        """From which probability on an answer `label` is accepted; None: never."""
        return self._by_category.get(label, self._by_category.get(""))

    def accepts(self, label: str, probability: float) -> bool:
        """Whether an answer may be taken unseen."""
        least = self.cut_off(label)
        return least is not None and probability >= least

    def label_set(self, probs: NDArray[np.floating], classes: Sequence[str]) -> tuple[str, ...]:
        """The categories a reviewer should choose from, likeliest first; never empty.

        `probs` [classes]: of one product.
        """
        others = self.set_scores.get("", 1.0)
        order = np.argsort(-probs, kind="stable").tolist()
        found = [
            classes[k]
            for k in order
            if 1 - float(probs[k]) <= self.set_scores.get(classes[k], others)
        ]
        return tuple(found or [classes[order[0]]])

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "max_error": self.max_error,
            "confidence": self.confidence,
            "coverage": self.coverage,
            "observed_error": self.observed_error,
            "products": self.products,
            "cut_offs": [{**asdict(one), "categories": [*one.categories]} for one in self.cut_offs],
            "set_error": self.set_error,
            "set_scores": dict(self.set_scores),
            "coverage_above": self.coverage_above,
            "above": None if self.above is None else self.above.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The promise that gave `values`."""
        cut_offs = tuple(
            CutOff(**{**one, "categories": tuple(one["categories"])}) for one in values["cut_offs"]
        )
        names = ("max_error", "confidence", "products", "set_error", "set_scores")
        above = values.get("above")  # a promise of a version without trees has none
        if above is not None:
            above = NodeCutOff(**{**above, "stated_by_depth": tuple(above["stated_by_depth"])})
        return cls(cut_offs=cut_offs, above=above, **{name: values[name] for name in names})
