"""The one sentence to act on: the cause behind most of the errors, in numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from glasscase.evaluation.answers import Answers
from glasscase.evaluation.confusion import confusion_matrix
from glasscase.evaluation.metrics import Mask
from glasscase.intervals import Interval

WIDE = 0.15
"""From this width of the accuracy's interval on, more labelled products come first."""
NOTABLE = 0.15
"""A cause is worth a sentence if it explains this share of the errors."""

LITTLE = 0.05
"""Accepting less than this share of the products unseen saves nobody work."""


class Cause(NamedTuple):
    """Why there are errors: how many it explains, and what to do."""

    errors: float
    sentence: str


def advise(
    answers: Answers, metrics: Mapping[str, Interval], *, accepted: Mask, present: Mask
) -> str:
    """One sentence: what to do first about the errors, or that the answers can be used.

    Each possible cause is weighed by the errors it explains: labels the model was not taught,
    products without words and photo, one confused pair, one missing modality, boastful
    probabilities. Where the data are too few to say anything, that is said instead.

    Args:
        answers: of the model, beside the truth.
        metrics: the figures by name; `accuracy` and `ece` are read.
        accepted: [n], answers the model would accept unseen.
        present: [n, 2], words and photo.
    """
    accuracy = metrics["accuracy"]
    if accuracy.high - accuracy.low > WIDE:
        return _too_few(answers, accuracy)
    errors = int((~answers.correct).sum())
    if errors == 0:
        return (
            f"All {len(answers)} products are right; before relying on it, check that none of "
            "them was in the training data and try harder ones."
        )
    causes = [
        _strangers(answers, errors),
        _nothing(answers, errors),
        _confused_pair(answers, errors),
        _missing(answers, present),
        _boastful(answers, metrics["ece"]),
    ]
    chief = max(causes, key=lambda cause: cause.errors)
    if chief.errors >= NOTABLE * errors:
        return chief.sentence
    return _spread(answers, errors, accepted)


def _too_few(answers: Answers, accuracy: Interval) -> str:
    p = min(max(accuracy.value, 0.05), 0.95)
    wanted = math.ceil(1.96**2 * p * (1 - p) / 0.03**2 / 50) * 50
    return (
        f"{_products(len(answers))} cannot tell good from bad: accuracy may lie anywhere between "
        f"{accuracy.low:.0%} and {accuracy.high:.0%}. Label about {max(wanted, 100)} before "
        "deciding anything."
    )


def _strangers(answers: Answers, errors: int) -> Cause:
    count = int(answers.unknown.sum())
    names = ", ".join(repr(name) for name in answers.strangers[:3])
    more = ", ..." if len(answers.strangers) > 3 else ""
    return Cause(
        count,
        f"{count} of {errors} errors ({count / errors:.0%}) are products with labels the model "
        f"was never taught ({names}{more}): train again with them, or correct their spelling.",
    )


def _nothing(answers: Answers, errors: int) -> Cause:
    count = int((~answers.answered).sum())
    return Cause(
        count,
        f"{count} of {errors} errors ({count / errors:.0%}) are products with neither usable "
        "words nor a usable photo: complete those rows first; the model is not to blame.",
    )


def _confused_pair(answers: Answers, errors: int) -> Cause:
    if answers.n_known < 3:
        return Cause(0, "")  # there is no other pair to compare with
    wrong = confusion_matrix(answers)[: answers.n_known, : answers.n_known].copy()
    np.fill_diagonal(wrong, 0)
    both = np.triu(wrong + wrong.T)
    one, other = np.unravel_index(int(both.argmax()), both.shape)
    count = int(both[one, other])
    if wrong[other, one] > wrong[one, other]:
        one, other = other, one
    label, answer = answers.names[one], answers.names[other]
    gain = count / len(answers)
    return Cause(
        count,
        f"Start with '{label}' and '{answer}': taking one for the other makes {count} of {errors} "
        f"errors ({count / errors:.0%}). Look at the examples below for wrong labels and for what "
        f"tells the two apart; settling it would lift accuracy by up to {100 * gain:.1f} points.",
    )


def _missing(answers: Answers, present: Mask) -> Cause:
    """Errors beyond the rate of complete products, where words or photo are missing."""
    whole = present.all(axis=1)
    best = Cause(0, "")
    if whole.sum() < 20:
        return best
    usual = float((~answers.correct[whole]).mean())
    for column, what in ((0, "words"), (1, "a photo")):
        lacking = ~present[:, column] & present[:, 1 - column]
        count = int(lacking.sum())
        if count < 5:
            continue
        wrong = int((~answers.correct[lacking]).sum())
        extra = wrong - usual * count
        if extra > 2 * math.sqrt(max(usual * (1 - usual) * count, 1)) and extra > best.errors:
            best = Cause(
                extra,
                f"Add {what} to the {_products(count)} without: {wrong / count:.0%} of them are "
                f"wrong, against {usual:.0%} of the complete products.",
            )
    return best


def _boastful(answers: Answers, ece: Interval) -> Cause:
    has = answers.answered
    promised, kept = float(answers.confidence[has].mean()), float(answers.correct[has].mean())
    gap = promised - kept
    if gap <= 0 or not ece.low > 0.03:
        return Cause(0, "")
    return Cause(
        gap * int(has.sum()),
        f"Do not take the probabilities at their word: the answers are {promised:.0%} sure on "
        f"average and {kept:.0%} right. Train again with products like these, or raise "
        "decision.accept_at before accepting answers unseen.",
    )


def _spread(answers: Answers, errors: int, accepted: Mask) -> str:
    pairs = {
        (int(t), int(p)) for t, p in zip(answers.targets, answers.predicted, strict=True) if t != p
    }
    count = int(accepted.sum())
    across = f"No cause stands out among the {errors} errors"
    if len(pairs) > 2:
        across += f", spread over {len(pairs)} pairs of classes"
    right, share = float(answers.correct[accepted].mean()) if count else 0.0, count / len(answers)
    if share < LITTLE or right <= answers.correct.mean():
        return f"{across}; more labelled products of the classes with the lowest F1 help most."
    return (
        f"{across}: let the model decide the {share:.0%} of products it accepts "
        f"({right:.1%} of them right) and look through the others by hand."
    )


def _products(count: int) -> str:
    return "1 product" if count == 1 else f"{count} products"
