"""How far boxes and names may be wrong on a photo nobody has checked: rates drawn at random.

A detector is right in a share of what it finds (precision) and finds a share of what is there
(recall). Both differ from photo to photo by more than chance, so a photo's rate is drawn from a
beta distribution around the measured one (beta-binomial model: Skellam 1948, J. R. Stat. Soc. B 10,
257-261; moments after Kleinman 1973, J. Am. Stat. Assoc. 68, 46-54). Where the detector was counted
photo by photo, a measured photo is drawn and then its rates given its counts, so that precision and
recall go together as they did there.

Not covered: photos unlike those the detector was measured on; rates that depend on the row, the
size or the score of a box.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.shelf.detector import MeasuredDetector

Floats = NDArray[np.float64]

LEAST_RECALL = 0.05
"""Below it, what is missed cannot be told from what is found."""
_PHOTO_RHO = 0.1  # correlation of two boxes of one photo, where photos were not counted apart
_BOXES_A_PHOTO = 30  # the same: how many boxes shared a photo
_ENOUGH_PHOTOS = 8
_RHO_WITHIN = (0.005, 0.5)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is known about errors of boxes and of names.

    >>> Doubt.none().exact, Doubt().exact
    (True, False)
    """

    detector: MeasuredDetector | None = None
    """None: the detector was never measured (or there was none, see `drawn`)."""
    drawn: bool = False
    """A person drew the boxes: nothing is missed and nothing is false."""
    named: tuple[int, int] | None = None
    """Names that were right and names that were checked; None takes names as right."""
    counted_from: float | None = None
    """Score from which boxes count here; None: that of the measurement. With another one nothing is
    known of precision and recall."""

    def __post_init__(self) -> None:
        if self.named is not None and not 0 <= self.named[0] <= self.named[1]:
            raise BadSetting(
                f"{self.named[0]} of {self.named[1]} names are said to be right",
                "Give how many names were right, then how many were checked.",
            )
        measured = self.detector
        if measured is not None and not (0 <= measured.right <= min(measured.found, measured.true)):
            raise BadSetting(
                f"the detector is said to be right {measured.right} times, with {measured.found} "
                f"found and {measured.true} true boxes",
                "Measure it again: glasscase detector check.",
            )

    @classmethod
    def none(cls) -> Doubt:
        """Boxes and names by a person."""
        return cls(drawn=True)

    @property
    def exact(self) -> bool:
        """Whether figures have no doubt at all."""
        return self.drawn and self.named is None

    @property
    def believed(self) -> MeasuredDetector | None:
        """The measurement that intervals may rest on: none on drawn scenes, none of nothing, none
        at another score."""
        measured = self.detector
        if measured is None or measured.drawn or not (measured.found and measured.true):
            return None
        return measured if self.counted_from in (None, measured.score) else None

    def note(self) -> str:
        """What the intervals rest on, in a sentence."""
        if self.drawn:
            return "Boxes were drawn by a person: figures are exact where names are."
        measured = self.believed
        if measured is None:
            seen = self._unbelieved()
            return (
                f"The detector was {seen}, so intervals are wide: it may find as little as a sixth "
                "of what is there, and as little as a sixth of what it finds may be right. Correct "
                "the boxes for exact figures, or measure it on your photos: "
                "glasscase detector check."
            )
        return (
            f"Intervals rest on the detector's precision of {measured.precision:.0%} and recall of "
            f"{measured.recall:.0%}, measured on {measured.on}."
        )

    def _unbelieved(self) -> str:
        measured = self.detector
        if measured is None:
            return "never measured"
        if measured.drawn:
            return "measured on drawn shelves only"
        if self.counted_from is not None and self.counted_from != measured.score:
            return f"measured at a score of {measured.score:g}, not at {self.counted_from:g}"
        return "measured on photos without products, or found none"


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Rates of this photo, [draws] each, 0 to 1."""

    precision: Floats
    recall: Floats
    naming: Floats


def drawn_rates(doubt: Doubt, draws: int, rng: np.random.Generator) -> Rates:
    """Rates this photo may have, given what was measured."""
    ones = np.ones(draws)
    naming = ones
    if doubt.named is not None:
        right, tried = doubt.named
        naming = _around(_mean_rate(right, tried, draws, rng), 1 / _PHOTO_RHO, rng)
    if doubt.drawn:
        return Rates(ones, ones, naming)
    measured = doubt.believed
    if measured is None:
        precision, recall = rng.beta(2.0, 1.0, draws), rng.beta(2.0, 1.0, draws)
    elif len(measured.photos) >= _ENOUGH_PHOTOS:
        precision, recall = _of_measured_photos(measured, draws, rng)
    else:
        spread = (1 - _PHOTO_RHO) / _PHOTO_RHO
        precision = _around(_mean_rate(measured.right, measured.found, draws, rng), spread, rng)
        recall = _around(_mean_rate(measured.right, measured.true, draws, rng), spread, rng)
    return Rates(precision, np.maximum(recall, LEAST_RECALL), naming)


def _mean_rate(right: int, tried: int, draws: int, rng: np.random.Generator) -> Floats:
    """Draws of a mean rate; boxes of one photo count for fewer than as many photos would."""
    effect = 1 + (_BOXES_A_PHOTO - 1) * _PHOTO_RHO
    return np.asarray(rng.beta(right / effect + 0.5, (tried - right) / effect + 0.5, draws))


def _around(mean: Floats, spread: float, rng: np.random.Generator) -> Floats:
    mean = np.clip(mean, 1e-3, 1 - 1e-3)
    return np.asarray(rng.beta(mean * spread, (1 - mean) * spread))


def _of_measured_photos(
    measured: MeasuredDetector, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    counts = np.asarray(measured.photos, np.float64).reshape(-1, 3)
    counts = counts[counts.max(axis=1) > 0]
    photo = rng.integers(0, len(counts), draws)
    right, found, true = counts.T
    return (
        _posterior(right, found, photo, rng),
        _posterior(right, true, photo, rng),
    )


def _posterior(
    right: Floats, tried: Floats, photo: NDArray[np.int64], rng: np.random.Generator
) -> Floats:
    """Rates of the drawn photos given their counts, with a beta prior fitted to all photos."""
    mean = (right.sum() + 0.5) / (tried.sum() + 1)
    spread = (1 - (rho := correlation(right, tried))) / rho
    before, wrong_before = mean * spread, (1 - mean) * spread
    return np.asarray(rng.beta(before + right[photo], wrong_before + (tried - right)[photo]))


def correlation(right: Floats, tried: Floats) -> float:
    """Of two boxes on one photo: how much more photos differ than chance makes them, 0.005 to 0.5.

    Moments of the beta-binomial distribution (Kleinman 1973, eq. 2.2 with weights by size).

    >>> round(correlation(np.array([10.0, 0, 10, 0]), np.array([10.0, 10, 10, 10])), 2)
    0.5
    """
    known = tried > 0
    right, tried = right[known], tried[known]
    photos, total = len(tried), tried.sum()
    mean = right.sum() / max(total, 1.0)
    if photos < 2 or not 0 < mean < 1:
        return _RHO_WITHIN[0]
    weights = tried / total
    scatter = float((weights * (right / tried - mean) ** 2).sum())
    chance = mean * (1 - mean)
    alone = float((weights * (1 - weights) / tried).sum())
    together = float((weights * (1 - weights)).sum())
    rho = (scatter - chance * alone) / (chance * (together - alone))
    return float(np.clip(rho, *_RHO_WITHIN))
