"""How much each word speaks for the answer: LIME, exact where that is cheap.

Source: Ribeiro, Singh and Guestrin 2016, "Why should I trust you?", as the authors' package `lime`
does it for text: remove words, ask the model, fit a weighted linear model to its answers. A weight
is what one word adds to the answer on average over the texts in which other words are missing.
The numbers here are those LIME approaches as its samples grow: no seed up to `exact_words` words,
and no ridge penalty (LIME's is fixed, so it vanishes as samples grow).

Not covered: what a word does together with one other word, and word order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glasscase.explanations.answer_curve import AnswerCurve, with_one
from glasscase.explanations.mask_sampling import EvenMasks, all_masks
from glasscase.explanations.word_masks import SplitText, unique_texts

Floats = NDArray[np.float64]
Ask = Callable[[Sequence[str]], NDArray[np.floating]]
"""Texts [n] -> the answer of the model for each, [n]: a probability or a log-odds."""

TOP = 5
FIRST_SAMPLES, FIRST_PER_WORD, FIRST_AT_MOST, MORE_SAMPLES = 288, 9, 600, 96
ENOUGH_OVERLAP = 0.85
SMALL_ERROR = {"probability": 0.005, "log-odds": 0.02}
"""Standard errors nobody would act on: when all are smaller, the weights are known well enough."""
_STAND_IN_MASKS = 3000


@dataclass(frozen=True)
class LimeWeights:
    """Weights of the columns of a `SplitText`, and how far they can be trusted."""

    weights: Floats
    """[columns], in units of the answer: 0.2 is 20 points of probability (or 0.2 log-odds)."""
    errors: Floats
    """[columns]: standard error of each; zeros where all masks were asked."""
    exact: bool
    samples: int
    """Different texts the model was asked about."""
    fit: float
    """R squared of the linear model under LIME's weights: 1 means words simply add up."""
    masks: int
    """Masks that were asked about; several may leave the same text."""
    overlap: float
    """Expected share of the five heaviest words that a run with no sampling error would name."""
    stand_in: float = 1.0
    """Where sentence vectors are guessed: R squared of guessed answers about texts left out."""


def lime_weights(
    split: SplitText,
    ask: Ask,
    *,
    answer: Literal["probability", "log-odds"] = "probability",
    exact_words: int = 9,
    max_samples: int = 1000,
    seed: int = 0,
) -> LimeWeights:
    """Weigh the words of `split` by asking the model about texts that lack some of them.

    Args:
        split: the words.
        ask: the model's answer for each text; identical texts are asked about once.
        answer: what `ask` gives; decides the shape of the curve used to save samples.
        exact_words: up to this many columns all 2^d masks are asked.
        max_samples: beyond that, at most so many.
        seed: of the sampled masks; unused when exact.

    >>> words = SplitText.of("blue coffee mug")
    >>> found = lime_weights(words, lambda texts: np.array([0.9 * ("mug" in t) for t in texts]))
    >>> abs(found.weights).round(3).tolist(), found.samples, round(found.fit, 3)
    ([0.0, 0.0, 0.9], 8, 1.0)
    """
    if split.columns == 0:
        nothing = np.zeros(0)
        return LimeWeights(nothing, nothing, exact=True, samples=0, fit=1.0, masks=0, overlap=1.0)
    if split.columns <= exact_words:
        return _exact(split, ask)
    return _sampled(split, ask, _Plan(answer, max_samples, seed))


def _exact(split: SplitText, ask: Ask) -> LimeWeights:
    masks, mass = all_masks(split.columns)
    texts, where = unique_texts(split.render_all(masks))
    answers = np.asarray(ask(texts), np.float64)[where]
    solution = least_squares(masks, answers, mass)
    fit = explained_share(answers, with_one(masks) @ solution, mass)
    errors = np.zeros(split.columns)
    return LimeWeights(
        solution[:-1],
        errors,
        exact=True,
        samples=len(texts),
        fit=fit,
        masks=len(masks),
        overlap=1.0,
    )


@dataclass(frozen=True)
class _Plan:
    answer: Literal["probability", "log-odds"]
    max_samples: int
    seed: int


def _sampled(split: SplitText, ask: Ask, plan: _Plan) -> LimeWeights:
    source = EvenMasks(split.columns, seed=plan.seed)
    masks = np.empty((0, split.columns), dtype=bool)
    known: dict[str, float] = {}
    answers = np.empty(0)
    number = min(FIRST_AT_MOST, max(FIRST_SAMPLES, FIRST_PER_WORD * split.columns))
    while True:
        fresh = source.draw(min(number, plan.max_samples - len(masks)))
        texts = split.render_all(fresh)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, map(float, ask(new)), strict=True))
        answers = np.concatenate([answers, [known[text] for text in texts]])
        masks = np.concatenate([masks, fresh])
        found = _estimate(source, masks, answers, plan)
        enough = found.overlap >= ENOUGH_OVERLAP or found.errors.max() < SMALL_ERROR[plan.answer]
        if enough or len(masks) >= plan.max_samples:
            return replace(found, samples=len(known))
        number = MORE_SAMPLES


def _estimate(
    source: EvenMasks, masks: NDArray[np.bool_], answers: Floats, plan: _Plan
) -> LimeWeights:
    """LIME's weights of the quick stand-in over many masks, plus those of what it gets wrong."""
    curve = AnswerCurve.fit(masks, answers, curved=plan.answer == "probability")
    mass = source.mass(masks)
    many = EvenMasks(masks.shape[1], seed=plan.seed + 1).draw(_STAND_IN_MASKS)
    weights = least_squares(many, curve.answers(many), source.mass(many))
    weights += least_squares(masks, answers - curve.answers(masks), mass)
    covariance = _covariance(masks, answers - curve.left_out, mass)
    return LimeWeights(
        weights[:-1],
        np.sqrt(np.diag(covariance)),
        exact=False,
        samples=len(masks),
        fit=explained_share(answers, with_one(masks) @ weights, mass),
        masks=len(masks),
        overlap=expected_overlap(weights[:-1], covariance, plan.seed),
    )


def least_squares(masks: NDArray[np.bool_], answers: Floats, mass: Floats) -> Floats:
    """Coefficients [columns + 1], the intercept last, of the weighted linear model."""
    design = with_one(masks)
    weighted = design * mass[:, None]
    gram = weighted.T @ design + 1e-12 * np.eye(design.shape[1])
    return np.asarray(np.linalg.solve(gram, weighted.T @ answers))


def _covariance(masks: NDArray[np.bool_], left: Floats, mass: Floats) -> Floats:
    """Of the weights [columns, columns]: White's sandwich with the small-sample factor."""
    design = with_one(masks)
    n, k = design.shape
    bread = np.linalg.inv((design * mass[:, None]).T @ design + 1e-9 * np.eye(k))
    scaled = design * (mass * left)[:, None]
    full = bread @ (scaled.T @ scaled) @ bread * (n / max(1, n - k))
    return np.asarray(full[:-1, :-1])


def expected_overlap(weights: Floats, covariance: Floats, seed: int, draws: int = 200) -> float:
    """Expected share of the heaviest words that weights with these errors would name."""
    count = min(TOP, len(weights))
    random = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = weights + random.standard_normal((draws, len(weights))) @ root.T
    named = np.argsort(-np.abs(drawn), axis=1, kind="stable")[:, :count]
    top = np.argsort(-np.abs(weights), kind="stable")[:count]
    return float(np.isin(named, top).sum(axis=1).mean() / count)


def explained_share(answers: Floats, predicted: Floats, mass: Floats) -> float:
    """R squared of `predicted` [n], each counted by `mass`; 1 where all answers are alike."""
    centre = np.average(answers, weights=mass)
    spread = float(np.sum(mass * (answers - centre) ** 2))
    missed = float(np.sum(mass * (answers - predicted) ** 2))
    return 1.0 - missed / spread if spread > 1e-12 else 1.0
