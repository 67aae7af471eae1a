"""What a model answered about products it had not seen, kept beside it for its figures.

`held_out.json` names the classes, `held_out.safetensors` holds one number of each kind for every
product. Both are optional: bundles of before have none. No words, photos or ids are in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glasscase.errors import BadBundle
from glasscase.files import write_json
from glasscase.models.arrays_file import read_arrays, write_arrays
from glasscase.models.stored_json import laid_out_as_now, read_json

VERSION = 1
NO_CLASS = -1
_NAME = "held_out"


@dataclass(frozen=True)
class HeldOutAnswers:
    """Answers to n labelled products.

    >>> made = HeldOutAnswers.of(["a", "b"], [0, 1], [[0.9, 0.1], [0.6, 0.4]])
    >>> made.predicted.tolist(), made.right.tolist()
    ([0, 0], [True, False])
    """

    classes: tuple[str, ...]
    targets: NDArray[np.int32]
    """[n]: numbers into `classes`."""
    predicted: NDArray[np.int32]
    """[n]: the same of the answer; -1 where the product had nothing usable."""
    confidence: NDArray[np.float32]
    """[n]: calibrated probability of the answer, 0 where there is none."""
    groups: NDArray[np.int32]
    """[n]: near-duplicates have the same number."""

    @classmethod
    def of(
        cls,
        classes: Sequence[str],
        targets: ArrayLike,
        probs: ArrayLike,
        *,
        usable: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """The answers whose probabilities are `probs` [n, known classes].

        `targets` [n] may be numbers of classes behind the known ones: labels the model does not
        know.
        """
        truth, table = np.asarray(targets, np.int32), np.asarray(probs, np.float64)
        n = len(truth)
        has = np.ones(n, bool) if usable is None else np.asarray(usable, bool)
        best = table.argmax(axis=1) if n else np.zeros(0, np.intp)
        sure = table.max(axis=1) if n else np.zeros(0)
        same = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
        return cls(
            tuple(str(name) for name in classes),
            truth,
            np.where(has, best, NO_CLASS).astype(np.int32),
            np.where(has, sure, 0.0).astype(np.float32),
            np.asarray(same, np.int32),
        )

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def right(self) -> NDArray[np.bool_]:
        """[n]: which answers are right."""
        return np.asarray(self.targets == self.predicted)

    def save(self, folder: Path) -> None:
        """Store in the folder of a bundle. Raises `CannotWrite`."""
        write_json(folder / f"{_NAME}.json", {"version": VERSION, "classes": list(self.classes)})
        names = ("targets", "predicted", "confidence", "groups")
        write_arrays(folder / f"{_NAME}.safetensors", {name: getattr(self, name) for name in names})

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """What `save` stored; None where nothing was, or a newer version in another way.

        Raises:
            BadBundle: it is damaged.
        """
        if not (folder / f"{_NAME}.json").is_file():
            return None
        with laid_out_as_now("what the model answered about held-out products"):
            about = read_json(folder / f"{_NAME}.json")
            if about["version"] != VERSION:
                return None
            classes = tuple(str(name) for name in about["classes"])
            arrays = read_arrays(folder / f"{_NAME}.safetensors")
            found = cls(
                classes,
                arrays["targets"],
                arrays["predicted"],
                arrays["confidence"],
                arrays["groups"],
            )
        found._check()
        return found

    def _check(self) -> None:
        """Raises `BadBundle` where the numbers fit neither each other nor the classes."""
        whole = (self.targets, self.predicted, self.groups)
        fits = all(one.shape == self.confidence.shape == (len(self),) for one in whole)
        fits = fits and all(one.dtype == np.int32 for one in whole)
        if fits and len(self):
            fits = self.targets.min() >= 0 and self.predicted.min() >= NO_CLASS
            fits = fits and max(self.targets.max(), self.predicted.max()) < len(self.classes)
            fits = fits and bool(((self.confidence >= 0) & (self.confidence <= 1)).all())
        if not fits:
            raise BadBundle(
                "what the model answered about held-out products does not fit together",
                "Train or copy it again.",
            )
