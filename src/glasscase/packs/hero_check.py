"""One rule for a product's main photo, checked: what was found, where, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from glasscase.packs.claims import Block
from glasscase.packs.measure import Evidence
from glasscase.packs.pack import Pack
from glasscase.packs.product_box import ProductBox
from glasscase.packs.reading import Reading

Verdict = Literal["pass", "fail", "cannot tell"]
Limits = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class HeroCheck:
    """The outcome of one rule."""

    kind: str
    """Which rule, such as `white_ground`; docs/hero.md explains each."""
    verdict: Verdict
    says: str
    """What was found, in a sentence."""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    remedy: str = ""
    """What to do; empty where it passes."""
    required: bool = True
    """Without it the photo fails; otherwise it is advice."""
    evidence: tuple[Evidence, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "kind": self.kind,
            "verdict": self.verdict,
            "says": self.says,
            "value": self.value,
            "limit": self.limit,
            "unit": self.unit,
            "remedy": self.remedy,
            "required": self.required,
            "evidence": [{"box": list(e.box), "words": e.words} for e in self.evidence],
        }


@dataclass(frozen=True, slots=True, eq=False)
class HeroView:
    """Everything a rule may look at."""

    pack: Pack
    reading: Reading
    blocks: tuple[Block, ...]
    product: ProductBox
    variety: str = ""
    """The variety's name, as it should stand on the pack."""

    @property
    def unread(self) -> str:
        """Why words cannot be judged; empty where they can."""
        return self.reading.why_not

    def part(self, name: str) -> tuple[Block, ...]:
        """The blocks of one part, such as `brand`."""
        return tuple(block for block in self.blocks if block.part == name)
