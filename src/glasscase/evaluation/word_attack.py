"""How few characters flip an answer: a greedy attack on the words a model hangs on.

Words are ranked by what taking each away costs the answer's probability; then, word by word, the
one-character edit is kept that lowers it most, until the answer flips or the budget is spent. The
scheme of DeepWordBug (Gao et al. 2018, arXiv:1801.04354) and TextBugger (Li et al. 2019,
arXiv:1812.05271), with their four edits, asked of the model's probabilities alone.

Not covered: edits of several words at once, synonyms, look-alike letters of other scripts. A model
this attack does not flip may still be flipped by another: it is a lower bound of the harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glasscase.augmentation.keyboards import keys_beside
from glasscase.augmentation.text_units import Unit, clusters, joined, text_units

MOST_EDITS = 5
"""Words that may be changed, one character each."""
MOST_WORDS = 80
"""Only so many words from the start of a text are tried."""
_SHORTEST = 2

Ask = Callable[[Sequence[str]], NDArray[np.float64]]
"""Texts [n] -> probabilities [n, classes], everything else about the product unchanged."""


@dataclass(frozen=True)
class WordAttack:
    """What became of one product."""

    text: str
    """As it was changed in the end."""
    edits: int
    """Words that were changed, one character each."""
    asked: int
    """Texts the model was asked for."""
    flipped: bool


def attack_words(text: str, answer: int, ask: Ask, *, most_edits: int = MOST_EDITS) -> WordAttack:
    """Change single characters of `text` until the model no longer says class `answer`.

    Deterministic. The same words with the same model give the same attack.
    """
    units = text_units(text)
    order, asked = _by_importance(units, answer, ask)
    edits = 0
    for at in order:
        if edits == most_edits:
            break
        candidates = [replace(units[at], word=word) for word in one_character_edits(units[at].word)]
        texts = [joined([*units[:at], one, *units[at + 1 :]]) for one in candidates]
        if not texts:
            continue
        probs = ask(texts)
        asked += len(texts)
        flips = probs.argmax(axis=1) != answer
        best = int(np.argmin(np.where(flips, -1.0, 0.0) + probs[:, answer]))
        units[at] = candidates[best]
        edits += 1
        if flips[best]:
            return WordAttack(joined(units), edits, asked, flipped=True)
    return WordAttack(joined(units), edits, asked, flipped=False)


def one_character_edits(word: str) -> list[str]:
    """`word` with two letters swapped, one left out, one hit beside, one put in between.

    At the start, the middle and the end of the word; a word of one character has none. The first
    character stays where the word has more than two.

    >>> one_character_edits("mug")
    ['mgu', 'mg', 'mu', 'm ug', 'mu g', 'myg', 'muf']
    """
    letters = clusters(word)
    if len(letters) < _SHORTEST:
        return []
    first = 1 if len(letters) > _SHORTEST else 0
    places = sorted({first, len(letters) // 2, len(letters) - 1})
    found: list[list[str]] = []
    for at in places:
        if at + 1 < len(letters):
            found.append([*letters[:at], letters[at + 1], letters[at], *letters[at + 2 :]])
    found += [[*letters[:at], *letters[at + 1 :]] for at in places]
    found += [[*letters[:at], " ", *letters[at:]] for at in places if at]
    for at in places:
        beside = keys_beside(letters[at])
        if beside:
            found.append([*letters[:at], beside[0], *letters[at + 1 :]])
    edited = ("".join(one) for one in found)
    return list(dict.fromkeys(one for one in edited if one != word))


def _by_importance(units: Sequence[Unit], answer: int, ask: Ask) -> tuple[list[int], int]:
    """Places of the words that can be edited, the most important first, and texts asked for."""
    places = [
        at
        for at, unit in enumerate(units[:MOST_WORDS])
        if unit.speaks and len(clusters(unit.word)) >= _SHORTEST
    ]
    if not places:
        return [], 0
    without = [joined([*units[:at], *units[at + 1 :]]) for at in places]
    left = ask(without)[:, answer]
    return [places[i] for i in np.argsort(left, kind="stable")], len(without)
