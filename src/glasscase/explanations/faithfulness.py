"""The check of an explanation by the model itself: curves of words and of photo places."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glasscase.explanations.curves import Curves, removal_masks
from glasscase.explanations.mask_sampling import all_masks

if TYPE_CHECKING:
    from glasscase.explanations.blurred_photos import BlurredPhotos
    from glasscase.explanations.question import Question
    from glasscase.explanations.word_weights import WeighedWords

NAMED_WORDS, NAMED_PHOTO = 5, 0.2
WORD_ORDERS, PHOTO_ORDERS = 3, 3
_WORD_STEPS, _PHOTO_STEPS = 4, 5
LONG_CHARACTERS, _LONG_STEPS, _LONG_ORDERS = 600, 2, 2
_VERY_LONG, _FEWEST_STEPS = 1500, 1
"""Of longer texts fewer points and fewer random orders are asked: reading one takes as long as
reading several short ones, and a card is to be there in two seconds."""

Measure = Callable[[NDArray[np.bool_]], NDArray[np.float64]]
"""What stays [n, parts] -> the answer, [n]."""


def word_curves(question: Question, weighed: WeighedWords) -> Curves | None:
    """Words in the order of what they do for the answer; None where there are none.

    Up to `explain.exact_words` words the mean over all random orders is known; otherwise it is
    taken over some, seeded.
    """
    columns = weighed.split.columns
    if not columns:
        return None
    named = min(NAMED_WORDS, max(1, columns // 2))
    is_long = len(weighed.split.text) > LONG_CHARACTERS
    steps, some = (_LONG_STEPS, _LONG_ORDERS) if is_long else (_WORD_STEPS, WORD_ORDERS)
    if len(weighed.split.text) > _VERY_LONG:
        steps = _FEWEST_STEPS
    even = np.linspace(0, columns, steps + 1).round().astype(int).tolist()
    counts = sorted({named, *even})
    if weighed.found.exact:
        counts = list(range(columns + 1))

    def measure(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        return question.answers(weighed.split.render_all(masks))

    order = np.argsort(-weighed.found.weights, kind="stable")
    first, last = _ordered(measure, order, counts)
    if weighed.found.exact:
        masks = all_masks(columns)[0]
        answers, gone = measure(masks), (~masks).sum(axis=1)
        random = np.array([answers[gone == count].mean() for count in counts])
    else:
        random = _random(measure, columns, counts, orders=some, seed=_seed(question))
    orders = 0 if weighed.found.exact else some
    return _curves("words", question, counts, (first, last, random), orders=orders, named=named)


def photo_curves(photos: BlurredPhotos) -> Curves:
    """Places of the photos in the order of heat, blurred instead of removed."""
    question, order = photos.question, photos.order
    places = len(order)
    named = max(1, round(NAMED_PHOTO * places))
    even = np.linspace(0, places, _PHOTO_STEPS + 1).round().astype(int).tolist()
    counts = sorted({*even, named})

    def measure(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        return question.measure(photos.logits(~masks))

    first, last = _ordered(measure, order, counts)
    random = _random(measure, places, counts, orders=PHOTO_ORDERS, seed=_seed(question))
    return _curves(
        "photo", question, counts, (first, last, random), orders=PHOTO_ORDERS, named=named
    )


def _seed(question: Question) -> int:
    return question.settings.explain.seed


def _ordered(
    measure: Measure, order: NDArray[np.intp], counts: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The answers with the first, and with the last of `order` gone; asked in one go."""
    both = np.concatenate([removal_masks(order, counts), removal_masks(order[::-1], counts)])
    answers = measure(both)
    return answers[: len(counts)], answers[len(counts) :]


def _random(
    measure: Measure, parts: int, counts: list[int], *, orders: int, seed: int
) -> NDArray[np.float64]:
    """Mean answers over seeded random orders."""
    random = np.random.default_rng(seed)
    masks = [removal_masks(random.permutation(parts), counts) for _ in range(orders)]
    return np.asarray(measure(np.concatenate(masks)).reshape(orders, -1).mean(axis=0))


def _curves(
    what: str,
    question: Question,
    counts: list[int],
    answers: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    *,
    orders: int,
    named: int,
) -> Curves:
    first, last, random = answers
    at = counts.index(named)
    return Curves(
        what=what,
        answer=question.answer,
        shares=tuple(count / counts[-1] for count in counts),
        heaviest_first=tuple(map(float, first)),
        heaviest_last=tuple(map(float, last)),
        random=tuple(map(float, random)),
        orders=orders,
        named=named,
        at_named=float(first[at]),
        random_at_named=float(random[at]),
    )
