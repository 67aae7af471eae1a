"""What happened in a training, epoch by epoch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """The figures of one pass over the training products."""

    number: int
    """From 1."""
    rate: float
    """Learning rate at its end."""
    training_loss: float
    validation_loss: float
    validation_accuracy: float
    """0 to 1."""
    text_share: float | None = None
    """How much its answers for held-out products hang on the text, 0 to 1; None: not watched."""
    image_share: float | None = None
    """The same of the photos. Near 1, the network listens to the photos alone."""


@dataclass
class History:
    """All epochs so far, the best of them, and why it ended."""

    epochs: list[Epoch] = field(default_factory=list)
    best: int = 0
    """Number of the epoch whose weights are kept; 0 while there is none."""
    ended: str = ""
    """In words, empty while training goes on."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> History:
        """The history that gave `values`."""
        epochs = [Epoch(**one) for one in values["epochs"]]
        return cls(epochs, values["best"], values["ended"])
