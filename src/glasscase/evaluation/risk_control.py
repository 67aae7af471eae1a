"""Cut-offs and sets whose error is bounded with certainty, whatever the model is.

A cut-off accepts answers that are at least so sure. Each of a fixed list of cut-offs is tested:
"more than `max_error` of what it accepts is wrong". Given how many are accepted, the wrong ones
are binomial, so the test is exact (Bates et al. 2021 and Angelopoulos et al. 2021, "Learn then
Test"). The list is gone through from strict to loose by the fallback procedure (Wiens and
Dmitrienko 2005): each test has a share of the allowed error, and one that rejects hands its own on
to the next. So with the confidence asked for *no* cut-off that is found is too loose, without any
assumption on how errors and probabilities go together, and the loosest found is taken.

Sets come from split conformal prediction (Vovk et al. 2005; Sadinle et al. 2019): the smallest
score that covers as many labelled products as asked for, counted as if there were one more.

Not covered: products drawn in another way than the labelled ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from glasscase.evaluation.answers import Answers
from glasscase.evaluation.metrics import NO_ANSWER, Floats, Mask
from glasscase.models.promise import CutOff, Promise

CUT_OFFS = (0.999, 0.995, 0.99, 0.98, 0.97, 0.95, 0.92, 0.9, 0.85, 0.8, 0.7, 0.6)
"""Probabilities that are tested, from strict to loose, the same for all data. What is wrong in
more than two of five cases is never accepted unseen, however good the others are."""
_FALLING = np.linspace(2, 1, len(CUT_OFFS))
SHARES = (_FALLING / _FALLING.sum()).tolist()
"""Of the doubt, for each: the strict ones begin, and hand theirs on."""
_ENOUGH = 6.0
"""A category has a cut-off of its own from so many times the least number of products on."""


@dataclass(frozen=True)
class Wanted:
    """What is to be promised."""

    max_error: float
    """Largest share of wrong answers among the accepted, above 0 and below 1."""
    confidence: float = 0.95
    by_category: bool = True
    set_error: float = 0.1
    """Largest share of sets without the right category."""
    sets_by_category: bool = False


def cut_off(confidence: Floats, wrong: Mask, *, max_error: float, doubt: float) -> float | None:
    """The loosest cut-off of `CUT_OFFS` that can be promised, None where none can.

    Args:
        confidence: [n], 0 to 1.
        wrong: [n].
        max_error: largest share of wrong answers among those accepted.
        doubt: chance, 0 to 1, that the promise does not hold.

    >>> sure, right = np.full(200, 0.995), np.zeros(200, bool)
    >>> cut_off(sure, right, max_error=0.05, doubt=0.05)
    0.6
    >>> cut_off(sure[:40], right[:40], max_error=0.05, doubt=0.05) is None
    True
    """
    found, level = None, 0.0
    for least, share in zip(CUT_OFFS, SHARES, strict=True):
        level += doubt * share
        taken = confidence >= least
        chance = stats.binom.cdf(int((wrong & taken).sum()), int(taken.sum()), max_error)
        if taken.any() and chance <= level:
            found = least
        else:
            level = 0.0
    return found


def least_products(max_error: float, doubt: float) -> int:
    """How many right answers in a row it takes, at the least, to promise anything.

    >>> least_products(0.05, 0.05), least_products(0.02, 0.05)
    (102, 258)
    """
    return math.ceil(math.log(doubt * SHARES[0]) / math.log(1 - max_error))


def promised(answers: Answers, wanted: Wanted) -> Promise:
    """The promise that independent, labelled products [n] allow.

    Products without an answer are never accepted. Where several categories have cut-offs of their
    own, the doubt is divided among them and the rest, so that all hold at once.
    """
    there = answers.answered
    confidence, wrong = answers.confidence, ~answers.correct
    own = _own_categories(answers, wanted) if wanted.by_category else []
    doubt = (1 - wanted.confidence) / (len(own) + 1)

    def made(names: tuple[str, ...], rows: Mask) -> CutOff:
        least = cut_off(confidence[rows], wrong[rows], max_error=wanted.max_error, doubt=doubt)
        taken = rows & (confidence >= (2.0 if least is None else least))
        return CutOff(names, least, int(rows.sum()), int(taken.sum()), int((taken & wrong).sum()))

    cut_offs = [made((answers.names[c],), there & (answers.predicted == c)) for c in own]
    cut_offs.append(made((), there & ~np.isin(answers.predicted, own)))
    return Promise(
        wanted.max_error, wanted.confidence, tuple(cut_offs), len(answers), wanted.set_error,
        set_scores(answers, wanted),
    )  # fmt: skip


def _own_categories(answers: Answers, wanted: Wanted) -> list[int]:
    """Answers given so often that a cut-off of their own can be had: as many as can share."""
    counts = np.bincount(
        answers.predicted[answers.predicted != NO_ANSWER], minlength=answers.n_known
    )
    order = np.argsort(-counts, kind="stable")
    for many in range(len(order), 0, -1):
        doubt = (1 - wanted.confidence) / (many + 1)
        if counts[order[many - 1]] >= _ENOUGH * least_products(wanted.max_error, doubt):
            return sorted(order[:many].tolist())
    return []


def set_scores(answers: Answers, wanted: Wanted) -> Mapping[str, float]:
    """Category -> largest score (one less the probability) inside a set; "" for all others.

    A product whose category the model does not know, or that has no answer, has the score 1.
    """
    n = len(answers)
    known = answers.answered & ~answers.unknown
    scores = np.ones(n)
    scores[known] = 1 - answers.probs[known, answers.targets[known]]
    found = {"": _covering(scores, wanted.set_error)}
    if wanted.sets_by_category:
        for c in range(answers.n_known):
            mine = scores[answers.targets == c]
            if math.ceil((len(mine) + 1) * (1 - wanted.set_error)) <= len(mine):
                found[answers.names[c]] = _covering(mine, wanted.set_error)
    return found


def _covering(scores: Floats, set_error: float) -> float:
    rank = math.ceil((len(scores) + 1) * (1 - set_error))
    return 1.0 if rank > len(scores) else float(np.sort(scores)[rank - 1])
