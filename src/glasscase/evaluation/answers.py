"""A model's answers beside the truth: the one thing every figure of a report is taken from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from glasscase.evaluation.metrics import NO_ANSWER, Floats, Ints, Mask


@dataclass(frozen=True)
class Answers:
    """Targets, probabilities and answers of n products.

    >>> answers = Answers.pair(["a", "z"], [[0.8, 0.2], [0.3, 0.7]], ["a", "b"])
    >>> answers.names, answers.targets.tolist(), answers.predicted.tolist()
    (('a', 'b', 'z'), [0, 2], [0, 1])
    """

    names: tuple[str, ...]
    """Classes the model knows, then labels of the data it does not know."""
    targets: Ints
    """[n]: numbers into `names`."""
    probs: Floats
    """[n, known classes]; where there is no answer, all classes are equally probable."""
    predicted: Ints
    """[n]: the most probable class; -1 where the product has nothing usable."""

    @classmethod
    def pair(
        cls,
        labels: Sequence[str],
        probs: ArrayLike,
        classes: Sequence[str],
        *,
        usable: ArrayLike | None = None,
    ) -> Answers:
        """Put `labels` [n] beside `probs` [n, classes].

        `usable` [n] is False where the model had neither words nor photo to go by: such a product
        counts as an error, whatever its probabilities say.
        """
        known = [str(name) for name in classes]
        strangers = sorted({str(label) for label in labels} - set(known))
        names = (*known, *strangers)
        number = {name: index for index, name in enumerate(names)}
        targets = np.array([number[str(label)] for label in labels], dtype=np.intp)
        table = np.array(probs, np.float64).reshape(len(targets), len(known))
        has = np.ones(len(targets), bool) if usable is None else np.asarray(usable, bool)
        table[~has] = 1 / len(known)
        predicted = np.where(has, table.argmax(axis=1), NO_ANSWER).astype(np.intp)
        return cls(names, targets, table, predicted)

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def n_known(self) -> int:
        """How many classes the model knows."""
        return int(self.probs.shape[1])

    @property
    def strangers(self) -> tuple[str, ...]:
        """Labels of the data the model does not know."""
        return self.names[self.n_known :]

    @property
    def correct(self) -> Mask:
        """[n]: which answers are right."""
        return np.asarray(self.targets == self.predicted)

    @property
    def answered(self) -> Mask:
        """[n]: where there is an answer."""
        return np.asarray(self.predicted != NO_ANSWER)

    @property
    def unknown(self) -> Mask:
        """[n]: products whose label the model does not know."""
        return np.asarray(self.targets >= self.n_known)

    @property
    def confidence(self) -> Floats:
        """[n]: probability of the answer; 0 where there is none."""
        return np.where(self.answered, self.probs.max(axis=1), 0.0)
