"""A writer's sentence as tokens: names, metrics, places and plain words; what is none of these."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from glasscase.insights.fact import Ledger
from glasscase.insights.places import Part, Place, pieces, written

Kind = Literal["subject", "metric", "value", "interval", "n", "word"]
LONGEST = 600
"""Characters of one sentence; more is refused unread."""
_LONGEST_NAME = 120
_KINDS: dict[Part, Kind] = {
    "value": "value",
    "subject": "subject",
    "comparator": "subject",
    "metric": "metric",
    "interval": "interval",
    "n": "n",
}
_CLOSE = frozenset({"'s", ".", ",", ";", ":", ")"})
"""What follows without a space."""
_PLAIN = re.compile(r"\s+|(?P<word>'s\b|[A-Za-z]+|[.,;:()])")


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `text` is the name, the metric, or the word in lower case."""

    kind: Kind
    text: str
    fact: str = ""
    """The fact's id where it came from a place."""
    place: str = ""
    """The place itself, as it is written."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A sentence taken apart, or why it cannot be."""

    tokens: tuple[Token, ...] = ()
    objections: tuple[str, ...] = ()


def tokens_of(sentence: str, ledger: Ledger, vocabulary: Collection[str]) -> Tokens:
    """Take `sentence` apart.

    A name or metric may be written out where the ledger has it letter by letter and it could not
    be taken for plain words or a number; otherwise only by its place, `{{F1.subject}}`.
    """
    if len(sentence) > LONGEST:
        return Tokens(objections=(f"a sentence has at most {LONGEST} characters",))
    parts = pieces(sentence)
    if parts is None:
        return Tokens(objections=("curly brackets belong to places such as {{F1}} only",))
    tokens: list[Token] = []
    objections: list[str] = []
    for one in parts:
        if isinstance(one, Place):
            fact = ledger.by_id.get(one.id)
            text = None if fact is None else written(fact, one.part)
            if text is None:
                objections.append(f"the ledger has no {one.id}.{one.part}")
            else:
                tokens.append(Token(_KINDS[one.part], text, one.id, _place(one)))
            continue
        for found in _read(one.text, ledger, vocabulary):
            if isinstance(found, str):
                objections.append(found)
            elif found.kind == "word" and found.text not in vocabulary:
                word = found.text[:40]
                objections.append(f"{word!r} is no name of the ledger and no word to use")
            else:
                tokens.append(found)
    return Tokens(tuple(tokens), tuple(dict.fromkeys(objections)))


def _named(text: str, at: int, ledger: Ledger, vocabulary: Collection[str]) -> Token | None:
    """The longest name or metric of `ledger` that stands at `at` as whole words."""
    if at and _in_word(text[at - 1]):
        return None
    for end in range(min(len(text), at + _LONGEST_NAME), at, -1):
        if end < len(text) and _in_word(text[end]):
            continue
        said = text[at:end]
        if said in ledger.known_names and _own(said, vocabulary):
            return Token("subject", said)
        if said.lower() in ledger.by_metric and _own(said, vocabulary):
            return Token("metric", said)
    return None


def _in_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _own(name: str, vocabulary: Collection[str]) -> bool:
    """Whether `name` cannot be taken for something else than a name."""
    if any(unicodedata.numeric(letter, None) is not None for letter in name):
        return False
    words = re.findall(r"[^\W_]+", name.lower())
    return bool(words) and not all(word in vocabulary for word in words)


def _read(text: str, ledger: Ledger, vocabulary: Collection[str]) -> Iterator[Token | str]:
    """Tokens of text between places, and an objection for each character that is none."""
    at = 0
    while at < len(text):
        named = _named(text, at, ledger, vocabulary)
        if named is not None:
            yield named
            at += len(named.text)
            continue
        plain = _PLAIN.match(text, at)
        if plain is not None:
            if plain["word"]:
                yield Token("word", plain["word"].lower())
            at = plain.end()
            continue
        yield _odd(text[at])
        at += 1


def _place(place: Place) -> str:
    part = "" if place.part == "value" else f".{place.part}"
    return f"{{{{{place.id}{part}}}}}"


def tidied(tokens: Sequence[Token], ledger: Ledger) -> str:
    """The sentence of `tokens` as it is to be kept: names by their places, so that they are shown
    in quotation marks and never as words of the report; metrics as the ledger writes them; spaces
    where they belong, so that two figures never touch.
    """
    text = ""
    for token in tokens:
        word = token.place or token.text
        if not token.place and token.kind == "subject":
            word = _place_of(token.text, ledger)
        elif not token.place and token.kind == "metric":
            word = ledger.of_metric(token.text)[0].metric
        joined = not text or text.endswith("(") or (token.kind == "word" and word in _CLOSE)
        text += word if joined else f" {word}"
    return text[:1].upper() + text[1:]


def _place_of(name: str, ledger: Ledger) -> str:
    """Where the ledger writes `name`."""
    for fact in ledger:
        if name in (fact.subject, fact.comparator):
            part: Part = "subject" if name == fact.subject else "comparator"
            return _place(Place(fact.id, part))
    return name


def _odd(letter: str) -> str:
    if unicodedata.numeric(letter, None) is not None:
        return "digits stand in places such as {{F1}} only"
    shown = letter if letter.isprintable() else f"U+{ord(letter):04X}"
    return f"the character {shown!r} is not one a sentence may use"
