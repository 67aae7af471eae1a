"""The words of a product weighed for one question, as a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from glasscase.explanations.few_texts import FewTexts
from glasscase.explanations.given_text import NO_WORDS, given_text_note
from glasscase.explanations.lime import LimeWeights, lime_weights
from glasscase.explanations.word_masks import SplitText
from glasscase.explanations.word_report import WordReport, WordWeight

if TYPE_CHECKING:
    from glasscase.explanations.question import Question

MOST_WORDS = 100
"""Different words weighed one by one; the rest of a very long text is weighed together."""
MOST_CHARACTERS, LEAST_SAMPLES = 2_000_000, 200
"""A very long text is asked about less often, but not less than so many times."""


@dataclass(frozen=True)
class WeighedWords:
    """A text cut into words, and what each of them does."""

    split: SplitText
    found: LimeWeights
    report: WordReport
    few: FewTexts | None = None
    """What is known of the text whichever class is asked about, where few texts were read."""

    @property
    def names(self) -> tuple[str, ...]:
        """The word of each column; the shared last column of a very long text by what it is."""
        return tuple(name or "all words after these" for name in self.split.distinct)


def weigh_words(question: Question, *, like: WeighedWords | None = None) -> WeighedWords:
    """Weigh the words of the product for `question`.

    Args:
        question: what is asked.
        like: words weighed for another question about the same product: the same masks are used,
            so that no text is asked about that is not known yet.
    """
    if like is not None:
        split, most, left_out, unread = like.split, like.found.masks, 0, ""
    else:
        text, left_out, unread = _text(question)
        split = SplitText.of(
            text, distinct_repeats=question.settings.explain.distinct_repeats, most=MOST_WORDS
        )
        most = min(
            question.settings.explain.max_samples,
            max(LEAST_SAMPLES, MOST_CHARACTERS // (len(text) + 1)),
        )
    few = None if like is None else like.few
    if like is None and _few_do(question, split):
        few = FewTexts.of(split, question.texts)
    if few is not None:
        found = few.weights(question, masks=None if like is None else most)
    else:
        found = _many_texts(question, split, most)
    report = WordReport(
        text=split.text,
        words=tuple(_word_weights(split, found)),
        answer=question.answer,
        method=("exact" if found.exact else "sampled") if split.columns else "none",
        samples=found.samples,
        fit=found.fit,
        overlap=found.overlap,
        stand_in=found.stand_in,
        note=_note(split, found, left_out=left_out) + unread,
    )
    return WeighedWords(split, found, report, few)


def _few_do(question: Question, split: SplitText) -> bool:
    return split.columns > question.settings.explain.exact_words and question.texts.can_be_guessed


def _many_texts(question: Question, split: SplitText, most: int) -> LimeWeights:
    explain = question.settings.explain
    return lime_weights(
        split,
        question.answers,
        answer=question.answer,
        exact_words=explain.exact_words,
        max_samples=most,
        seed=explain.seed,
    )


def no_words(question: Question, why: str) -> WeighedWords:
    """The report where words were not asked about."""
    split = SplitText.of("")
    found = lime_weights(split, question.answers)
    return WeighedWords(split, found, WordReport("", (), question.answer, "none", 0, 1.0, 1.0, why))


def _text(question: Question) -> tuple[str, int, str]:
    """What is weighed, how many characters are left out, and why nothing is where that is so."""
    whole = question.product.text if question.features.has("text")[0] else ""
    given = given_text_note(question)
    whole = "" if given == NO_WORDS else whole
    text = whole[: question.settings.text.max_characters]
    unread = "" if whole or not question.product.text.strip() else " This model reads none."
    return text, len(whole) - len(text), f" {given}" if given else unread


def _word_weights(split: SplitText, found: LimeWeights) -> list[WordWeight]:
    return [
        WordWeight(
            word.text,
            word.start,
            word.end,
            float(found.weights[word.column]),
            float(found.errors[word.column]),
        )
        for word in split.words
        if word.column != split.tail
    ]


def _note(split: SplitText, found: LimeWeights, *, left_out: int) -> str:
    notes = []
    if not split.columns:
        notes.append("There are no words.")
    if split.tail is not None:
        number = len({word.text for word in split.words if word.column == split.tail})
        weight = found.weights[split.tail]
        notes.append(
            f"The first {split.columns - 1} different words are weighed one by one, "
            f"the other {number} together: {weight:+.3f}."
        )
    if left_out:
        notes.append(f"The last {left_out} characters are beyond text.max_characters.")
    return " ".join(notes)
