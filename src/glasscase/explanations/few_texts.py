"""Word weights from a few texts really read: LIME's numbers through a stand-in for the encoder.

As `lime`, but what is expensive about an answer, the sentence vector, is guessed for most masks
(`SentenceStandIn`), and everything behind it is the model itself. How far that can be trusted is
measured on texts left out: a jackknife over parts of the texts that were read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

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

LEAST_TEXTS, FIRST_TEXTS, MORE_TEXTS = 24, 48, 24
MOST_CHARACTERS = 12_000
"""Characters that are read at most, but never fewer than the least texts: about half a second of
the default sentence encoder on 2 cores."""
_ENOUGH_OVERLAP = 0.9
_GUESSED, _GUESSED_SEED, _FOLDS = 1000, 1, 6


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
        answers = question.answers(texts)
        if len(read) not in self._guesses:
            self._guesses[len(read)] = self._guess(read, texts)
        guess = self._guesses[len(read)]
        guesses = question.measure(guess.whole)
        solution = least_squares(self.guessed, guesses, self.mass)
        covariance = self._covariance(question, guess)
        alike = np.full(len(read), 1 / len(read))
        return LimeWeights(
            weights=solution[:-1],
            errors=np.sqrt(np.diag(covariance)),
            exact=False,
            samples=len(set(texts)),
            fit=explained_share(guesses, with_one(self.guessed) @ solution, self.mass),
            masks=len(read),
            overlap=expected_overlap(solution[:-1], covariance, _GUESSED_SEED),
            stand_in=explained_share(answers, question.measure(guess.left_out), alike),
        )

    def _guess(self, read: Masks, texts: list[str]) -> _Guess:
        vectors = self.texts.vectors(texts)
        part = np.arange(len(read)) % _FOLDS
        whole = SentenceStandIn.fit(read, vectors, self.alone)
        parts = [
            SentenceStandIn.fit(read[part != fold], vectors[part != fold], self.alone)
            for fold in range(_FOLDS)
        ]
        counts = self.texts.model.encoder.lexical_blocks(texts)
        return _Guess(
            whole=self._logits(whole),
            parts=tuple(self._logits(one) for one in parts),
            left_out=self.texts.guessed(texts, whole.left_out, counts),
        )

    def _logits(self, stand_in: SentenceStandIn) -> Floats:
        return self.texts.guessed(self.left, stand_in.vectors(self.guessed), self.counts)

    def _covariance(self, question: Question, guess: _Guess) -> Floats:
        """Of the weights [columns, columns], by a jackknife over parts (Efron and Stein 1981)."""
        weights = np.stack(
            [
                least_squares(self.guessed, question.measure(logits), self.mass)[:-1]
                for logits in guess.parts
            ]
        )
        apart = weights - weights.mean(axis=0)
        return np.asarray(apart.T @ apart * (_FOLDS - 1) / _FOLDS)
