"""The smallest change that makes the answer another: words gone, a modality gone, places blurred.

What it takes to change an answer says how firmly it stands, and on what (Wachter, Mittelstadt and
Russell 2018, "Counterfactual explanations"). It is about the model: a shop that changes the product
itself changes more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glasscase.explanations.photo_flip import PhotoFlip, photo_flip
from glasscase.explanations.plain_values import fields_of
from glasscase.explanations.word_flip import WordFlip, word_flip
from glasscase.models.missing import modalities_of

if TYPE_CHECKING:
    from glasscase.explanations.blurred_photos import BlurredPhotos
    from glasscase.explanations.question import Question
    from glasscase.explanations.word_weights import WeighedWords

_SPOKEN = {"text": "text", "image": "photo"}


@dataclass(frozen=True, slots=True)
class Without:
    """What the model says when a modality is missing."""

    modality: str
    """The one that is gone."""
    label: str
    probability: float
    changes: bool
    """Whether `label` is another answer."""

    @property
    def sentence(self) -> str:
        """As a person would say it."""
        also = "" if self.changes else "still "
        return (
            f"Without the {_SPOKEN[self.modality]} the model {also}says “{self.label}” "
            f"({100 * self.probability:.0f} %)."
        )


@dataclass(frozen=True, slots=True, eq=False)
class Flip:
    """What it takes to change an answer."""

    predicted: str
    words: WordFlip | None
    """None where there are no words to remove."""
    without: tuple[Without, ...]
    """One for each modality the product has, where it has both."""
    photo: PhotoFlip | None
    """None where there is no heat map to go by."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, the smallest kind of change first."""
        found = [part.sentence for part in (self.words, self.photo) if part is not None]
        return (*found, *(one.sentence for one in self.without))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "predicted": self.predicted,
            "words": None if self.words is None else self.words.to_dict(),
            "without": [{**fields_of(one), "sentence": one.sentence} for one in self.without],
            "photo": None if self.photo is None else self.photo.to_dict(),
            "sentences": list(self.sentences),
        }


def flip(question: Question, weighed: WeighedWords, photos: BlurredPhotos | None) -> Flip:
    """Look for the smallest changes.

    Args:
        question: about the predicted class.
        weighed: its words, weighed for that class against its rival.
        photos: its photos with the heat maps of that class; None where there are none.
    """
    return Flip(
        predicted=str(question.model.classes_[question.label]),
        words=word_flip(question, weighed),
        without=_without(question),
        photo=None if photos is None else photo_flip(photos),
    )


def _without(question: Question) -> tuple[Without, ...]:
    model, features = question.model, question.features
    present = [name for name in modalities_of(model.head.blocks) if features.has(name)[0]]
    if len(present) < 2:
        return ()
    found = []
    for name in present:
        probs = model.probabilities(features.without(name))[0]
        best = int(probs.argmax())
        label = str(model.classes_[best])
        found.append(Without(name, label, float(probs[best]), best != question.label))
    return tuple(found)
