"""What can be said of words when the text vector came with the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glasscase.encoders.given import is_given
from glasscase.models.features import MODALITY_OF

if TYPE_CHECKING:
    from glasscase.explanations.question import Question

NO_WORDS = "The text vector was computed elsewhere, so its words cannot be weighed."
WORDS_ALONE = (
    "The text vector was computed elsewhere and stays as it is: only what the model reads of the "
    "words themselves is weighed."
)


def given_text_note(question: Question) -> str:
    """`NO_WORDS` where the head reads given text vectors and no words, `WORDS_ALONE` where it reads
    both, else nothing."""
    if not is_given(question.model.encoder.sentence):
        return ""
    read = {block for block in question.model.head.blocks if MODALITY_OF.get(block) == "text"}
    return WORDS_ALONE if read - {"sentence"} else NO_WORDS
