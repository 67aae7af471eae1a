"""A writer's sentence, checked against the ledger before anybody reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from glasscase.insights.claims import Tell
from glasscase.insights.fact import Ledger
from glasscase.insights.grammar import VOCABULARY, readings
from glasscase.insights.places import Place, filled, pieces
from glasscase.insights.relations import objection
from glasscase.insights.sentence_tokens import Token, Tokens, tidied, tokens_of

FORMS = (
    "{{F1.subject}} has a {{F1.metric}} of {{F1}} ({{F1.interval}}).",
    "The {{F1.metric}} of {{F1.subject}} is {{F1}}, higher than {{F2.subject}} at {{F2}}.",
    "In {{F1.metric}}, {{F1.subject}} stands at {{F1}} and {{F2.subject}} at {{F2}}.",
    "{{F1.subject}} has the highest {{F1.metric}}: {{F1}}.",
    "In {{F1.metric}}, {{F1.subject}} at {{F1}} is not told apart from {{F2.subject}} at {{F2}}.",
    "The {{F3.metric}} of {{F3.subject}} against {{F3.comparator}} is {{F3}}.",
)
"""Examples of sentences that fit, shown to writers."""

_ABOUT = {
    "photo": {"shelf", "product"},
    "shelf": {"shelf"},
    "catalogue": {"catalogue"},
    "comparison": {"packs"},
}
"""Words of openers -> the kinds of ledger they are true of."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that passed, and who wrote it."""

    text: str
    """With its places."""
    facts: tuple[str, ...]
    """Ids of the facts whose figures it tells, in the order of the text."""
    writer: str

    def shown(self, ledger: Ledger) -> str:
        """The sentence as it is read, every place filled."""
        return filled(pieces(self.text) or (), ledger)

    def to_dict(self, ledger: Ledger) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "text": self.shown(ledger),
            "with_places": self.text,
            "facts": list(self.facts),
            "writer": self.writer,
        }


def objections(text: str, ledger: Ledger) -> tuple[str, ...]:
    """Why the sentence `text` may not stand in a report; () where it may.

    It may stand where every way to understand it claims only what follows from the ledger.

    Not covered: whether what is told is what matters; several facts that mislead together.
    """
    return _objections(tokens_of(text, ledger, VOCABULARY), ledger)


def checked_sentence(text: str, ledger: Ledger, writer: str) -> Sentence | tuple[str, ...]:
    """The sentence as it is kept, or why it may not stand."""
    taken = tokens_of(text, ledger, VOCABULARY)
    why = _objections(taken, ledger)
    if why:
        return why
    kept = tidied(taken.tokens, ledger)
    return Sentence(kept, told_facts(kept), writer)


def _objections(taken: Tokens, ledger: Ledger) -> tuple[str, ...]:
    if taken.objections:
        return taken.objections
    elsewhere = [token.text for token in taken.tokens if _elsewhere(token, ledger)]
    if elsewhere:
        return (f"the report is not about a {elsewhere[0]}",)
    every = readings(taken.tokens)
    if not every:
        return ("it fits no form of sentence; write as in the examples, one sentence, ended by a "
                "point",)  # fmt: skip
    found: dict[str, None] = {}
    for reading in every:
        if not any(isinstance(claim, Tell) for claim in reading.claims):
            found["it tells no figure"] = None
        found |= dict.fromkeys(filter(None, (objection(c, ledger) for c in reading.claims)))
    return tuple(found)


def _elsewhere(token: Token, ledger: Ledger) -> bool:
    """Whether a word places the sentence where the ledger is not, as "in this photo" does."""
    about = _ABOUT.get(token.text) if token.kind == "word" else None
    return about is not None and ledger.kind not in about


def told_facts(text: str) -> tuple[str, ...]:
    """Ids of the facts whose figures `text` shows."""
    places = [one for one in pieces(text) or () if isinstance(one, Place)]
    shown = [one.id for one in places if one.part in ("value", "interval", "n")]
    return tuple(dict.fromkeys(shown))
