"""What a model costs: time to train and to answer, room on disk, memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Costs:
    """As measured in one run on one machine; None where it could not be measured.

    Other work on the machine makes times longer, so differences below a third mean little.
    """

    train_seconds: float | None
    """To train it once on what one fold leaves, encoding those products included."""
    product_seconds: float | None
    """To answer for one product of many, encoding included, no vector taken from the cache."""
    disk_bytes: int | None
    """The model and the encoders it reads; the bundle of a finished model, as it is."""
    peak_bytes: int | None
    """Memory at its highest while it is trained (a finished model: while it is opened and
    answers), less what the process held before."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return dict(vars(self))


UNKNOWN = Costs(None, None, None, None)
