"""Two models on the products they both answered in service: agreement, and who people sided with.

Where people decided, each product is a match: only one was right, or both, or neither. McNemar's
exact test says whether the difference may be chance.

Not covered: products nobody reviews, such as those that are accepted; and reviewers see the answer
of the model that answers, never the shadow's, which favours the former.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasscase.evaluation.mcnemar import mcnemar_exact
from glasscase.intervals import wilson_interval
from glasscase.pages.page import percent
from glasscase.store.shadows import ShadowPair

MOST_DIFFERENCES = 40
_CHANCE = 0.05


@dataclass(frozen=True)
class ShadowAgreement:
    """What two models in service have in common, and which of them people confirm."""

    products: int
    agreed: int
    model_accepted: int
    shadow_accepted: int
    decided: int
    """Products people decided about."""
    model_right: int
    shadow_right: int
    only_model: int
    """Decided products on which only the answering model was right."""
    only_shadow: int
    differences: tuple[tuple[str | None, str | None, int], ...]
    """Answer, the shadow's, products; the most frequent first."""

    @classmethod
    def of(cls, pairs: Sequence[ShadowPair]) -> ShadowAgreement:
        """Count `pairs`."""
        decided = [one for one in pairs if one.decided is not None]
        model = [one.label == one.decided for one in decided]
        shadow = [one.shadow_label == one.decided for one in decided]
        differ = Counter(
            (one.label, one.shadow_label) for one in pairs if one.label != one.shadow_label
        )
        return cls(
            products=len(pairs),
            agreed=sum(one.label == one.shadow_label for one in pairs),
            model_accepted=sum(one.verdict == "accept" for one in pairs),
            shadow_accepted=sum(one.shadow_verdict == "accept" for one in pairs),
            decided=len(decided),
            model_right=sum(model),
            shadow_right=sum(shadow),
            only_model=sum(a and not b for a, b in zip(model, shadow, strict=True)),
            only_shadow=sum(b and not a for a, b in zip(model, shadow, strict=True)),
            differences=tuple((*pair, n) for pair, n in differ.most_common(MOST_DIFFERENCES)),
        )

    @property
    def p_value(self) -> float | None:
        """McNemar's exact test, two-sided; None where nothing was decided."""
        return mcnemar_exact(self.only_model, self.only_shadow) if self.decided else None

    @property
    def sentence(self) -> str:
        """What to make of it."""
        if not self.products:
            return "The shadow has answered nothing yet."
        share = self.agreed / self.products
        said = f"They agree on {percent(share)} of {self.products:,} products."
        p = self.p_value
        if p is None:
            return f"{said} Nobody has reviewed one of them yet, so who is right is not known."
        won = f"people sided {self.only_shadow} times with the shadow alone and {self.only_model} "
        won += "times with the answering model alone"
        if p >= _CHANCE:
            return f"{said} Of {self.decided:,} reviewed, {won}: this may be chance (p = {p:.2g})."
        better = "shadow" if self.only_shadow > self.only_model else "answering model"
        return f"{said} Of {self.decided:,} reviewed, {won}: the {better} is better (p = {p:.2g})."

    def to_dict(self) -> dict[str, Any]:
        """JSON values; shares as value, low, high."""
        counted = {name: value for name, value in vars(self).items() if name != "differences"}
        return {
            **counted,
            "agreement": _share(self.agreed, self.products),
            "model_accuracy": _share(self.model_right, self.decided),
            "shadow_accuracy": _share(self.shadow_right, self.decided),
            "p_value": self.p_value,
            "sentence": self.sentence,
            "differences": [
                {"answer": a, "shadow": b, "products": n} for a, b, n in self.differences
            ],
        }


def _share(count: int, of: int) -> dict[str, Any] | None:
    return wilson_interval(count / of, of).to_dict() if of else None
