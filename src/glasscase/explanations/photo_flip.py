"""The region of the photos whose blurring changes the answer: the hottest places, grown until it
does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glasscase.models.head import softmax

if TYPE_CHECKING:
    from glasscase.explanations.blurred_photos import BlurredPhotos

_SHARES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
"""Shares of the places tried at once; between the last that does not and the first that does, a few
more are tried."""
_BETWEEN = 4


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFlip:
    """Places without whose detail the answer is another; none where no share of them does that."""

    label: str | None
    """What the model says then; None where nothing changes it."""
    probability: float
    """Of `label` then; of the old answer with everything blurred where nothing changes it."""
    share: float
    """Part of all the photos' area that is blurred, 0 to 1; the most that was tried where nothing
    changes the answer."""
    regions: tuple[tuple[str, NDArray[np.bool_]], ...]
    """Photo and its grid of blurred places; photos without any are left out."""

    @property
    def sentence(self) -> str:
        """What was found, as a person would say it."""
        if self.label is None:
            blurred = "the whole photo" if self.share > 0.999 else "the photos looked at"
            return f"Blurring the photo does not change the answer, not even {blurred}."
        part = f"the strongest {100 * self.share:.0f} % of the photo"
        blurred = "the whole photo" if self.share > 0.999 else part
        return (
            f"With {blurred} blurred the model says “{self.label}” "
            f"({100 * self.probability:.0f} %)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "label": self.label,
            "probability": self.probability,
            "share": self.share,
            "regions": [{"photo": name, "places": grid.tolist()} for name, grid in self.regions],
            "sentence": self.sentence,
        }


def photo_flip(photos: BlurredPhotos) -> PhotoFlip:
    """Grow the blurred region over the places in the order of heat, at most 14 steps in all.

    Not covered: another region that is smaller; places are only tried in the order of heat.
    """
    order = photos.order
    counts = sorted({max(1, round(share * len(order))) for share in _SHARES})
    probs = softmax(photos.logits(photos.first(order, counts)))
    flips = probs.argmax(axis=1) != photos.question.label
    if not flips.any():
        left = float(probs[-1, photos.question.label])
        return PhotoFlip(None, left, photos.share_of_photos, ())
    at = int(flips.argmax())
    low, high = (counts[at - 1] if at else 0), counts[at]
    between = sorted({*np.linspace(low, high, _BETWEEN + 2)[1:-1].astype(int)} - {low, high})
    tried = [*(int(count) for count in between), high]
    probs = softmax(photos.logits(photos.first(order, tried)))
    first = int((probs.argmax(axis=1) != photos.question.label).argmax())
    places = photos.first(order, [tried[first]])[0]
    grids = zip(photos.names, photos.grids(places), strict=True)
    return PhotoFlip(
        label=str(photos.question.model.classes_[int(probs[first].argmax())]),
        probability=float(probs[first].max()),
        share=tried[first] / len(order) * photos.share_of_photos,
        regions=tuple((name, grid) for name, grid in grids if grid.any()),
    )
