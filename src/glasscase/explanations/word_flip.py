"""The smallest set of words whose removal changes the answer.

Up to `explain.exact_words` different words every set is known, so the smallest is the smallest. In
longer texts words go in the order of what they do for the answer rather than for its rival until it
changes, and every word that can be put back is put back: no word of what remains can be spared,
but another, smaller set may exist. A counterfactual in the sense of Martens and Provost 2014,
"Explaining data-driven document classifications".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from glasscase.explanations.curves import removal_masks
from glasscase.explanations.mask_sampling import all_masks
from glasscase.explanations.plain_values import fields_of
from glasscase.models.head import softmax

if TYPE_CHECKING:
    from glasscase.explanations.question import Question
    from glasscase.explanations.word_weights import WeighedWords

Masks = NDArray[np.bool_]
_SIZES = ((1, 3, 6), (9, 12))
"""How many of the heaviest words go at a time; nobody checks a longer list, so none is sought."""


@dataclass(frozen=True, slots=True)
class WordFlip:
    """Words without which the answer is another; none where no removal does that."""

    words: tuple[str, ...]
    """All occurrences of each are removed; empty where nothing was found."""
    places: tuple[tuple[int, int], ...]
    """Where they stand in the text."""
    label: str | None
    """What the model says then."""
    probability: float
    """Of `label` then; of the old answer without any words where nothing was found."""
    how: Literal["smallest", "minimal", "none", "none of few"]
    """`smallest`: every smaller set was asked; `minimal`: no word of it can be put back; `none`: no
    set does it; `none of few`: the heaviest words do not do it."""
    tried: int
    """Words that were removed at most."""

    @property
    def sentence(self) -> str:
        """What was found, as a person would say it."""
        if self.how == "none":
            return "No removal of words changes the answer."
        if self.how == "none of few":
            return f"Removing its {self.tried} heaviest words does not change the answer."
        count, quoted = len(self.words), ", ".join(f"“{word}”" for word in self.words)
        then = f"the model says “{self.label}” ({100 * self.probability:.0f} %)"
        if count == 1:
            return f"Without the word {quoted} {then}."
        if self.how == "smallest":
            return f"Without the {count} words {quoted} {then}; no fewer words do that."
        return f"Without the {count} words {quoted} {then}; none of them can be spared for that."

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        lists = {"words": list(self.words), "places": [list(place) for place in self.places]}
        return {**fields_of(self), **lists, "sentence": self.sentence}


@dataclass(frozen=True)
class _Search:
    """Asks what the model says with some words removed."""

    question: Question
    weighed: WeighedWords

    def probabilities(self, masks: Masks) -> NDArray[np.float64]:
        """[n, classes] for masks [n, columns] of the words that stay."""
        texts = self.weighed.split.render_all(masks)
        return softmax(self.question.texts.logits(texts))

    def other(self, masks: Masks) -> NDArray[np.bool_]:
        """[n]: whether the answer is another one. Where nothing is left there is none."""
        changed = self.probabilities(masks).argmax(axis=1) != self.question.label
        return np.asarray(changed & (self.question.features.has("image")[0] | masks.any(axis=1)))

    def found(self, mask: NDArray[np.bool_], how: Literal["smallest", "minimal"]) -> WordFlip:
        """The words `mask` removes, heaviest first."""
        split, weights = self.weighed.split, self.weighed.found.weights
        gone = sorted(np.flatnonzero(~mask), key=lambda column: -weights[column])
        probs = self.probabilities(mask[None])[0]
        return WordFlip(
            words=tuple(self.weighed.names[column] for column in gone),
            places=tuple((w.start, w.end) for w in split.words if not mask[w.column]),
            label=str(self.question.model.classes_[int(probs.argmax())]),
            probability=float(probs.max()),
            how="smallest" if len(gone) == 1 else how,
            tried=len(gone),
        )

    def nothing(self, how: Literal["none", "none of few"], tried: int) -> WordFlip:
        """No set was found."""
        empty = np.zeros((1, self.weighed.split.columns), bool)
        left = float(self.probabilities(empty)[0, self.question.label])
        return WordFlip((), (), None, left, how, tried)


def word_flip(question: Question, weighed: WeighedWords) -> WordFlip | None:
    """Look for the smallest set of words that changes the answer; None where there are no words.

    Args:
        question: about the predicted class.
        weighed: its words, weighed for the predicted class against its rival.
    """
    if not weighed.split.columns:
        return None
    search = _Search(question, weighed)
    return _of_all(search) if weighed.found.exact else _of_heaviest(search)


def _of_all(search: _Search) -> WordFlip:
    columns = search.weighed.split.columns
    masks = all_masks(columns)[0]
    flips = np.flatnonzero(search.other(masks))
    if not len(flips):
        return search.nothing("none", columns)
    sizes = (~masks[flips]).sum(axis=1)
    fewest = flips[sizes == sizes.min()]
    surest = search.probabilities(masks[fewest]).max(axis=1)
    return search.found(masks[fewest[int(surest.argmax())]], "smallest")


def _of_heaviest(search: _Search) -> WordFlip:
    order = np.argsort(-search.weighed.found.weights, kind="stable")
    columns, below = len(order), 0
    for sizes in _SIZES:
        asked = [size for size in sizes if size <= columns]
        flips = search.other(removal_masks(order, asked))
        if flips.any():
            first = asked[int(flips.argmax())]
            below = max([below, *(size for size in asked if size < first)])
            between = [*range(below + 1, first), first]
            flips = search.other(removal_masks(order, between))
            return search.found(
                spared(search, removal_masks(order, [between[int(flips.argmax())]])[0]), "minimal"
            )
        below = max([below, *asked])
    return search.nothing("none of few", below)


def spared(search: _Search, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`mask` with every word put back that the change can do without, the most useless first."""
    while (~mask).sum() > 1:
        gone = np.flatnonzero(~mask)
        single = np.repeat(mask[None], len(gone), axis=0)
        single[np.arange(len(gone)), gone] = True
        able = np.flatnonzero(search.other(single))
        if not len(able):
            break
        kept = search.probabilities(single[able])[:, search.question.label]
        back = gone[able[np.argsort(kept, kind="stable")]]
        together = np.repeat(mask[None], len(back), axis=0)
        for row in range(len(back)):
            together[row, back[: row + 1]] = True
        still = np.flatnonzero(search.other(together))
        mask = together[still[-1]]
    return mask
