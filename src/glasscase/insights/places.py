"""Places in a sentence where code writes: `{{F12}}`, `{{F12.subject}}`, `{{F12.interval}}` ..."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from glasscase.insights.display import display
from glasscase.insights.fact import Fact, Ledger

Part = Literal["value", "subject", "comparator", "metric", "interval", "n"]
_BY_NAME: dict[str, Part] = {part: part for part in get_args(Part)}
_PLACE = re.compile(r"\{\{(F[1-9][0-9]{0,5})(?:\.([a-z]+))?\}\}")


@dataclass(frozen=True, slots=True)
class Words:
    """Text between places, written by the writer."""

    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where code writes a part of a fact."""

    id: str
    part: Part


Piece = Words | Place


def pieces(text: str) -> tuple[Piece, ...] | None:
    """`text` taken apart at its places; None where a bracket belongs to no place.

    >>> pieces("It is {{F1}}.")
    (Words(text='It is '), Place(id='F1', part='value'), Words(text='.'))
    >>> pieces("It is {F1}.") is None
    True
    """
    found: list[Piece] = []
    end = 0
    for match in _PLACE.finditer(text):
        part = _BY_NAME.get(match[2] or "value")
        if part is None:
            return None
        if match.start() > end:
            found.append(Words(text[end : match.start()]))
        found.append(Place(match[1], part))
        end = match.end()
    if end < len(text):
        found.append(Words(text[end:]))
    if any(isinstance(one, Words) and ("{" in one.text or "}" in one.text) for one in found):
        return None
    return tuple(found)


def written(fact: Fact, part: Part) -> str | None:
    """What code writes for this part of `fact`; None where the fact has no such part."""
    if part == "value":
        return display(fact.value, fact.unit)
    if part == "interval":
        return f"95 % interval {fact.interval}" if fact.interval else None
    if part == "n":
        return None if fact.n is None else f"{fact.n:,}"
    return {"subject": fact.subject, "comparator": fact.comparator, "metric": fact.metric}[
        part
    ] or None


def filled(sentence: Sequence[Piece], ledger: Ledger) -> str:
    """The sentence as it is read, names in quotation marks where code wrote them.

    Raises `KeyError` for a fact that is not in the ledger.
    """
    return "".join(shown(one, ledger) for one in sentence)


def shown(piece: Piece, ledger: Ledger) -> str:
    """One piece as it is read. Raises `KeyError` for a fact that is not in the ledger."""
    if isinstance(piece, Words):
        return piece.text
    text = written(ledger.by_id[piece.id], piece.part) or ""
    return f"“{text}”" if piece.part in ("subject", "comparator") else text
