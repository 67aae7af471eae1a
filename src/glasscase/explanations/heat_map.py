"""What of a photo spoke for a class, and what a network attended to: numbers on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """Where one photo speaks for the class, at the resolution the network really has."""

    photo: str
    values: NDArray[np.float32]
    """[rows, columns], 0 or more, in logits: what the place adds to the score, to first order."""
    signed_sum: float
    """Sum over the map before negatives are cut: the photo's part of the logit where the head is
    linear in the vector, near 0 where it reads only the vector's direction."""
    method: str
    against: NDArray[np.float32] | None = None
    """[rows, columns], 0 or more, in logits: what the place takes from the score; None where that
    is not known."""

    @property
    def signed(self) -> NDArray[np.float32]:
        """[rows, columns]: what speaks for the class less what speaks against it."""
        return self.values if self.against is None else self.values - self.against

    @property
    def peak(self) -> float:
        """The largest value, in logits; 0 where nothing speaks for the class."""
        return float(self.values.max(initial=0.0))

    @property
    def resolution(self) -> str:
        """True resolution, rows by columns, before anything is drawn smoothly."""
        return f"{self.values.shape[0]} x {self.values.shape[1]}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the map as nested lists."""
        return {
            "photo": self.photo,
            "rows": self.values.shape[0],
            "columns": self.values.shape[1],
            "values": self.values.astype(float).tolist(),
            "peak": self.peak,
            "signed_sum": self.signed_sum,
            "method": self.method,
            "unit": "logit",
        }


@dataclass(frozen=True, slots=True, eq=False)
class AttentionMap:
    """Which places of a photo a network attended to, whatever class it was asked about."""

    photo: str
    """Its name; empty where all photos of the product were looked at together."""
    title: str
    """Whose attention it is, in words."""
    values: NDArray[np.float32]
    """[rows, columns], shares of the attention; they sum to 1."""
    method: str

    @property
    def sentence(self) -> str:
        """The place most looked at, in words."""
        rows, columns = self.values.shape
        row, column = divmod(int(self.values.argmax()), columns)
        times = float(self.values.max()) * self.values.size
        return (
            f"most on row {row + 1} of {rows}, column {column + 1} of {columns}, "
            f"{times:.1f} times an even look"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the map as nested lists."""
        return {
            "photo": self.photo,
            "title": self.title,
            "rows": self.values.shape[0],
            "columns": self.values.shape[1],
            "values": self.values.astype(float).tolist(),
            "method": self.method,
            "unit": "share of attention",
        }
