"""A writer's sentence as tokens: names, metrics, places and plain words; what is none of these."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from glasscase.insights.fact import Ledger
from glasscase.insights.places import Part, Place, pieces, written

Kind = Literal["subject", "metric", "value", "interval", "n", "word"]
LONGEST = 600
"""Characters of one sentence; more is refused unread."""
_KINDS: dict[Part, Kind] = {
    "value": "value",
    "subject": "subject",
    "comparator": "subject",
    "metric": "metric",
    "interval": "interval",
    "n": "n",
}
_PLAIN = re.compile(r"\s+|(?P<word>'s\b|[A-Za-z]+|[.,;:()])")


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `text` is the name, the metric, or the word in lower case."""

    kind: Kind
    text: str
    fact: str = ""
    """The fact's id where it came from a place."""


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
                tokens.append(Token(_KINDS[one.part], text, one.id))
            continue
        for found in _read(one.text, _known(ledger, frozenset(vocabulary))):
            if isinstance(found, str):
                objections.append(found)
            elif found.kind == "word" and found.text not in vocabulary:
                objections.append(f"{found.text!r} is no name of the ledger and no word to use")
            else:
                tokens.append(found)
    return Tokens(tuple(tokens), tuple(dict.fromkeys(objections)))


@lru_cache(maxsize=64)
def _spellings(
    names: tuple[str, ...], metrics: tuple[str, ...], vocabulary: frozenset[str]
) -> re.Pattern[str] | None:
    """What may be written out, longest first: names as they are, metrics in any case."""
    usable = sorted((n for n in names if _own(n, vocabulary)), key=len, reverse=True)
    counted = sorted((m for m in metrics if _own(m, vocabulary)), key=len, reverse=True)
    choices = [re.escape(name) for name in usable]
    if counted:
        choices.append(f"(?P<metric>(?i:{'|'.join(map(re.escape, counted))}))")
    return re.compile(rf"(?<!\w)(?:{'|'.join(choices)})(?!\w)") if choices else None


def _known(ledger: Ledger, vocabulary: frozenset[str]) -> re.Pattern[str] | None:
    metrics = tuple(dict.fromkeys(fact.metric for fact in ledger))
    return _spellings(ledger.names, metrics, vocabulary)


def _own(name: str, vocabulary: frozenset[str]) -> bool:
    """Whether `name` cannot be taken for something else than a name."""
    if any(unicodedata.numeric(letter, None) is not None for letter in name):
        return False
    words = re.findall(r"[^\W_]+", name.lower())
    return bool(words) and not set(words) <= vocabulary


def _read(text: str, known: re.Pattern[str] | None) -> Iterator[Token | str]:
    """Tokens of text between places, and an objection for each character that is none."""
    at = 0
    while at < len(text):
        named = known.match(text, at) if known is not None else None
        if named is not None and named.end() > at:
            metric = named.groupdict().get("metric") is not None
            yield Token("metric" if metric else "subject", named[0])
            at = named.end()
            continue
        plain = _PLAIN.match(text, at)
        if plain is not None:
            if plain["word"]:
                yield Token("word", plain["word"].lower())
            at = plain.end()
            continue
        yield _odd(text[at])
        at += 1


def _odd(letter: str) -> str:
    if unicodedata.numeric(letter, None) is not None:
        return "digits stand in places such as {{F1}} only"
    shown = letter if letter.isprintable() else f"U+{ord(letter):04X}"
    return f"the character {shown!r} is not one a sentence may use"
