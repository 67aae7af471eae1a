"""Products that were found, as they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from glasscase.models.training_index import TrainingIndex


@dataclass(frozen=True, slots=True)
class Hit:
    """A product that was found."""

    id: str
    label: str
    title: str
    photo: str
    similarity: float
    """A cosine, -1 to 1, of what was compared: whoever finds says what with what."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def hits(index: TrainingIndex, found: Iterable[tuple[int, float]]) -> list[Hit]:
    """The products at some rows of `index`, each with its similarity, in their order."""
    return [
        Hit(
            id=index.ids[row],
            label=index.labels[row],
            title=index.titles[row],
            photo=index.photo_names[row],
            similarity=similarity,
        )
        for row, similarity in found
    ]
