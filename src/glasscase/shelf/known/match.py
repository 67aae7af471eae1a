"""Which known product a picture shows, or that it is none of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

MatchVerdict = Literal["accept", "unknown"]


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """A product of a gallery."""

    id: str
    title: str = ""
    brand: str = ""
    category: str = ""

    @property
    def name(self) -> str:
        """How people call it: its title, else its id."""
        return self.title or self.id


@dataclass(frozen=True, slots=True)
class MatchLimits:
    """From when on the nearest product is taken for the one that is seen."""

    similarity: float
    """Cosine, -1 to 1: how near the nearest product must be."""
    margin: float
    """How much farther the second product must be, as a difference of cosines."""

    def to_dict(self) -> dict[str, float]:
        """Plain JSON values."""
        return {"similarity": round(self.similarity, 4), "margin": round(self.margin, 4)}


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest known product, and whether it may be taken."""

    product: KnownProduct
    similarity: float
    """Cosine of the picture and the nearest view of the product, -1 to 1."""
    runner_up: KnownProduct | None
    """The nearest of the other products; None in a gallery of one."""
    margin: float | None
    """Similarity less that of the runner-up."""
    verdict: MatchVerdict
    reason: str

    @classmethod
    def judged(
        cls,
        product: KnownProduct,
        similarity: float,
        second: tuple[KnownProduct, float] | None,
        limits: MatchLimits,
    ) -> Match:
        """The nearest product and the `second` with its similarity, judged by `limits`.

        >>> mug, jug = KnownProduct("mug"), KnownProduct("jug")
        >>> Match.judged(mug, 0.9, (jug, 0.88), MatchLimits(0.7, 0.05)).reason
        'nearly as like jug (0.88) as mug (0.90)'
        """
        margin = None if second is None else similarity - second[1]
        if similarity < limits.similarity:
            reason = f"like {product.name} by {similarity:.2f} only, {limits.similarity:.2f} needed"
        elif margin is not None and second is not None and margin < limits.margin:
            reason = (
                f"nearly as like {second[0].name} ({second[1]:.2f}) "
                f"as {product.name} ({similarity:.2f})"
            )
        else:
            reason = ""
        runner_up = None if second is None else second[0]
        verdict: MatchVerdict = "unknown" if reason else "accept"
        return cls(product, similarity, runner_up, margin, verdict, reason)

    @property
    def accepted(self) -> bool:
        """Whether the product may be taken for the one that is seen."""
        return self.verdict == "accept"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "product": asdict(self.product),
            "similarity": round(self.similarity, 4),
            "runner_up": None if self.runner_up is None else asdict(self.runner_up),
            "margin": None if self.margin is None else round(self.margin, 4),
            "verdict": self.verdict,
            "reason": self.reason,
        }
