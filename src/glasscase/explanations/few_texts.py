"""Word weights from a few texts really read: LIME's numbers through a stand-in for the encoder.

As `lime`, but what is expensive about an answer, the sentence vector, is guessed for most masks
(`SentenceStandIn`), and everything behind it is the model itself. How far that can be trusted is
measured on texts left out: a jackknife over parts of the texts that were read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from glasscase.explanations.answer_curve import with_one
from glasscase.explanations.lime import (
    SMALL_ERROR,
    LimeWeights,
    expected_overlap,
    explained_share,
    least_squares,
)
from glasscase.explanations.mask_sampling import EvenMasks
from glasscase.explanations.sentence_stand_in import SentenceStandIn

if TYPE_CHECKING:
    from glasscase.explanations.question import Question
    from glasscase.explanations.text_answers import TextAnswers
    from glasscase.explanations.word_masks import SplitText
    from glasscase.models.features import Block

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]

LEAST_TEXTS, FIRST_TEXTS, MORE_TEXTS = 20, 48, 24
MOST_CHARACTERS = 11_000
"""Characters that are read at most, but never fewer than the least texts: about half a second of
the default sentence encoder on 2 cores."""
_ENOUGH_OVERLAP = 0.9
_GUESSED, _GUESSED_SEED, _FOLDS = 500, 1, 6
_RIDGES, _AS_GOOD = (3.0, 1.0, 0.3, 0.1), 0.02
"""The largest is taken that explains texts left out as well as any, but for so much: it makes the
least of which texts happened to be read."""


@dataclass(frozen=True)
class _Guess:
    """Logits of all classes that a stand-in leads to, so that they serve every question."""

    whole: Floats
    """[many, classes]: for each guessed mask."""
    parts: tuple[Floats, ...]
    """The same without each part of the texts read."""
    left_out: Floats
    """[read, classes]: for each text read, had it not been read."""


@dataclass(frozen=True)
class FewTexts:
    """What is known of a product's text, whichever class is asked about."""

    split: SplitText
    texts: TextAnswers
    alone: Floats
    """[columns, dim]: the vector of each word read alone."""
    guessed: Masks
    """[many, columns]: masks whose answers are guessed; always the same ones."""
    mass: Floats
    """[many]: what each of them counts."""
    counts: dict[str, Block]
    """Words and characters of the texts they leave."""
    left: list[str]
    """Those texts, [many]."""
    _guesses: dict[int, _Guess] = field(default_factory=dict)
    """By the number of masks read."""

    @classmethod
    def of(cls, split: SplitText, texts: TextAnswers) -> FewTexts:
        """Read each word alone, and count the words of the texts to be guessed."""
        source = EvenMasks(split.columns, seed=_GUESSED_SEED)
        guessed = source.draw(_GUESSED)
        left = split.render_all(guessed)
        lone = np.eye(split.columns, dtype=bool)
        words = [word or split.render(lone[column]) for column, word in enumerate(split.distinct)]
        counts = texts.model.encoder.lexical_blocks(left)
        alone = texts.read_alone(words)
        return cls(split, texts, alone, guessed, source.mass(guessed), counts, left)

    def weights(self, question: Question, *, masks: int | None = None) -> LimeWeights:
        """Weigh the words for `question`.

        Reads until the five heaviest words are known or enough characters were read; with `masks`
        given exactly so many masks, as for another question before.
        """
        explain = question.settings.explain
        source = EvenMasks(self.split.columns, seed=explain.seed)
        if masks is not None:
            return self._estimate(question, source.draw(masks))
        length = max(1, len(self.split.text) // 2)
        first = min(FIRST_TEXTS, max(LEAST_TEXTS, MOST_CHARACTERS // length), explain.max_samples)
        number = first
        while True:
            found = self._estimate(question, source.draw(number))
            ahead = number + MORE_TEXTS
            too_many = ahead > explain.max_samples or ahead * length > MOST_CHARACTERS
            small = found.errors.max() < SMALL_ERROR[question.answer]
            if found.overlap >= _ENOUGH_OVERLAP or small or too_many:
                return found
            number, source = ahead, EvenMasks(self.split.columns, seed=explain.seed)

    def _estimate(self, question: Question, read: Masks) -> LimeWeights:
        texts = self.split.render_all(read)
        answers = question.texts.logits(texts)
        if len(read) not in self._guesses:
            self._guesses[len(read)] = self._guess(question, read, texts)
        guess = self._guesses[len(read)]
        bent = _Bent.to(question, guess.left_out, answers)
        guesses = bent.answers(guess.whole)
        solution = least_squares(self.guessed, guesses, self.mass)
        weights = [
            least_squares(self.guessed, bent.answers(part), self.mass)[:-1] for part in guess.parts
        ]
        covariance = _jackknife(np.stack(weights))
        return LimeWeights(
            weights=solution[:-1],
            errors=np.sqrt(np.diag(covariance)),
            exact=False,
            samples=len(set(texts)),
            fit=explained_share(guesses, with_one(self.guessed) @ solution, self.mass),
            masks=len(read),
            overlap=expected_overlap(solution[:-1], covariance, _GUESSED_SEED),
            stand_in=bent.explained,
        )

    def _guess(self, question: Question, read: Masks, texts: list[str]) -> _Guess:
        vectors = self.texts.vectors(texts)
        answers, counts = self.texts.logits(texts), self.texts.model.encoder.lexical_blocks(texts)
        tried = []
        for ridge in _RIDGES:
            made = SentenceStandIn.fit(read, vectors, self.alone, ridge=ridge)
            left_out = self.texts.guessed(texts, made.left_out, counts)
            tried.append((made, ridge, left_out, _Bent.to(question, left_out, answers).explained))
        best = max(explained for *_, explained in tried)
        whole, ridge, left_out, _ = next(one for one in tried if one[3] >= best - _AS_GOOD)
        part = np.arange(len(read)) % _FOLDS
        parts = [
            SentenceStandIn.fit(read[part != k], vectors[part != k], self.alone, ridge=ridge)
            for k in range(_FOLDS)
        ]
        return _Guess(self._logits(whole), tuple(self._logits(one) for one in parts), left_out)

    def _logits(self, stand_in: SentenceStandIn) -> Floats:
        return self.texts.guessed(self.left, stand_in.vectors(self.guessed), self.counts)


@dataclass(frozen=True)
class _Bent:
    """Guessed log-odds on a line to those of texts that were read, each guessed without itself."""

    question: Question
    slope: float
    start: float
    explained: float
    """R squared of the answers so guessed."""

    @classmethod
    def to(cls, question: Question, guessed: Floats, answers: Floats) -> _Bent:
        """Fit the line to logits [n, classes] guessed and true."""
        x, y = question.log_odds(guessed), question.log_odds(answers)
        spread = float(np.var(x))
        slope = max(0.0, float(np.mean((x - x.mean()) * (y - y.mean()))) / max(spread, 1e-9))
        bent = cls(question, slope, float(y.mean() - slope * x.mean()), 0.0)
        alike = np.full(len(y), 1 / len(y))
        true = question.measure(answers)
        return replace(bent, explained=explained_share(true, bent.answers(guessed), alike))

    def answers(self, logits: Floats) -> Floats:
        """What is explained, of guessed logits [n, classes]."""
        bent = self.slope * self.question.log_odds(logits) + self.start
        return np.asarray(bent if self.question.against is not None else expit(bent))


def _jackknife(weights: Floats) -> Floats:
    """Covariance [columns, columns] of weights, from those without each part of the texts, [parts,
    columns] (Efron and Stein 1981)."""
    apart = weights - weights.mean(axis=0)
    return np.asarray(apart.T @ apart * (len(weights) - 1) / len(weights))
