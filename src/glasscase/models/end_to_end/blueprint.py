"""What a recipe that learns its encoders is made of, before anything is learnt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.encoders.encoder import EncoderCard
from glasscase.encoders.photo_network import PhotoNetwork
from glasscase.models.end_to_end.choices import NetChoices
from glasscase.models.training.losses import ClassLoss
from glasscase.models.training.plan import TrainingPlan


@dataclass(frozen=True)
class TextBranch:
    """Token numbers become vectors."""

    module: Any
    """Torch: ids [n, length], `padding` after each text's end -> vectors [n, dim]."""
    dim: int
    tokenizer: Path
    max_tokens: int
    padding: int
    store: Callable[[Path, EncoderCard], None]
    """Exports the trained branch as an encoder into a folder."""
    origin: str
    """What it began as, for the card."""


@dataclass(frozen=True)
class Phase:
    """One training after another on the same network."""

    plan: TrainingPlan
    thawed: bool = False
    """Whether everything is learnt from here on."""


@dataclass(frozen=True)
class Blueprint:
    """Branches, what joins them, what stays as it is, and how it is learnt."""

    photo: PhotoNetwork | None
    text: TextBranch | None
    body: Callable[[Mapping[str, int], int], Any]
    """Widths of the blocks (text first) and number of classes -> torch module."""
    phases: tuple[Phase, ...]
    frozen: Sequence[Any] = ()
    """Modules of the branches that are not learnt in the first phase."""
    slow: Sequence[tuple[float, list[Any]]] = ()
    """(factor of the rate, parameters)."""
    choices: NetChoices = NetChoices()
    """Side of the photos, augmentation and the like, as the settings and the recipe say."""
    photo_origin: str = ""
    """What the photo branch began as, for the card."""
    drop: float = 0.25
    """Modality dropout."""
    objective: Callable[[ClassLoss], Any] | None = None
    """What is made of the loss of the classes; None: it alone counts."""

    def loss(self, classes: ClassLoss) -> Any:
        """What the network is punished by."""
        return classes if self.objective is None else self.objective(classes)
