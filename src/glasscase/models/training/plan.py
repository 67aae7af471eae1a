"""A training plan: everything that decides how a network is trained, declared in one place."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Literal, Self

from glasscase.settings import NetSettings


@dataclass(frozen=True)
class TrainingPlan:
    """How a network is trained. Recipes bring one; `net.*` settings change it.

    >>> TrainingPlan(epochs=100).told(NetSettings(epochs=3)).epochs
    3
    """

    epochs: int = 30
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    """Decoupled (AdamW, Loshchilov and Hutter 2019) where it is not 0; else plain Adam."""
    schedule: Literal["constant", "plateau", "cosine"] = "constant"
    """`plateau` halves the rate when the validation loss stands still; `cosine` warms up and then
    falls to zero."""
    warmup_share: float = 0.1
    """Share of all steps in which the rate rises from zero (cosine only)."""
    plateau_patience: int = 5
    plateau_factor: float = 0.5
    least_rate: float = 1e-7
    patience: int = 5
    """Epochs without a better validation score after which training stops."""
    watch: Literal["accuracy", "loss"] = "accuracy"
    """What the best epoch is chosen by; accuracy settles ties by loss."""
    class_weights: bool = True
    """Weigh each class by n / (k * n_c) in the loss."""
    balanced: bool = False
    """Draw classes alike often instead (with replacement)."""
    focal_gamma: float = 0.0
    """Focal loss (Lin et al. 2017): 0 is plain cross-entropy."""
    label_smoothing: float = 0.0
    dropout: float | None = None
    """Of every dropout layer; None leaves each as the network declares it."""
    clip_norm: float = 0.0
    """Gradients are scaled down to this norm; 0 leaves them."""
    accumulate: int = 1
    """Batches whose gradients are added up before each step."""
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    accelerator: str = "auto"
    devices: int = 1
    seed: int = 0

    def told(self, settings: NetSettings) -> Self:
        """The plan with whatever the settings say of it."""
        chosen = settings.model_dump(exclude_none=True)
        known = {name: value for name, value in chosen.items() if name in self.__dataclass_fields__}
        return replace(self, **known)

    def fingerprint(self) -> str:
        """SHA-256 of everything that decides the weights; the machine does not count."""
        values = asdict(self)
        for name in ("accelerator", "devices"):
            values.pop(name)
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
