"""Everything a fitted model consists of: what a bundle stores and a classifier works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.columns import Columns
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.catalog.usable import Usable
from glasscase.models.calibration import Calibration
from glasscase.models.head import Head
from glasscase.models.held_out_answers import HeldOutAnswers
from glasscase.models.known_kinds import KnownKinds
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.promise import Promise
from glasscase.models.training_index import TrainingIndex
from glasscase.models.tree_probabilities import ClassTree
from glasscase.settings import Settings


@dataclass(frozen=True)
class ModelParts:
    """A fitted model, in parts."""

    settings: Settings
    encoder: ProductEncoder
    head: Head
    classes: NDArray[np.str_]
    """Sorted labels [classes]; the columns of all logits."""
    calibration: Calibration
    training: TrainingIndex
    taxonomy: Taxonomy
    columns: Columns = field(default_factory=Columns)
    """Of the table it was trained on."""
    card: dict[str, Any] = field(default_factory=dict)
    """JSON values: data, figures, limits."""
    promise: Promise | None = None
    """What `glasscase promise` found may be accepted unseen."""
    known_kinds: KnownKinds | None = None
    """Tells products unlike all it was trained on; None where it has no vectors to go by."""
    usable: Usable = field(default_factory=Usable)
    """What photos and texts are like at the least; those of no use are told by it."""
    held_out: HeldOutAnswers | None = None
    """Its answers to the training products while it had not seen them; None where none are kept."""

    @cached_property
    def tree(self) -> ClassTree:
        """The categories above the classes."""
        return ClassTree.of(self.classes, self.taxonomy)
