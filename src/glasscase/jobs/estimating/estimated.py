"""What a training would take: time by step, memory, and disk, each with a range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from glasscase.jobs.estimating.span import NOTHING, Span

METHOD = (
    "Encoding was measured on up to 64 products that are not in the cache, fitting on up to 5,000 "
    "products (200, then doubled until a fit takes 0.4 s), with stand-ins for vectors that are not "
    "there; both were carried on to all products. The range holds what is known of how each head's "
    "time grows, and 15 to 20 % for a machine that does other things too.",
    "What else runs on this machine then, or ran now, is not foreseen.",
)


@dataclass(frozen=True)
class Step:
    """One part of the job."""

    name: str
    seconds: Span
    items: int
    """What the time is for: texts, products with photos, fits ..."""
    what: str
    """Of what: `texts`."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "name": self.name,
            "seconds": self.seconds.to_dict(),
            "items": self.items,
            "what": self.what,
        }


@dataclass(frozen=True)
class Estimate:
    """What `train` would take here. Nothing was trained."""

    steps: tuple[Step, ...]
    memory_bytes: Span
    """Of the whole process at its highest."""
    cache_bytes: Span
    """What the vector cache grows by."""
    bundle_bytes: Span
    notes: tuple[str, ...]
    """What is not included, and what the ranges hang on."""
    data: Mapping[str, Any]
    checkpoint_bytes: Span = NOTHING
    """What lies in the cache while encoders are learnt."""

    @property
    def seconds(self) -> Span:
        """Of all steps, after the table was read."""
        return reduce(add, (step.seconds for step in self.steps), NOTHING)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "seconds": self.seconds.to_dict(),
            "memory_bytes": self.memory_bytes.to_dict(),
            "cache_bytes": self.cache_bytes.to_dict(),
            "bundle_bytes": self.bundle_bytes.to_dict(),
            "checkpoint_bytes": self.checkpoint_bytes.to_dict(),
            "steps": [step.to_dict() for step in self.steps],
            "notes": list(self.notes),
            "method": list(METHOD),
            "data": dict(self.data),
        }
