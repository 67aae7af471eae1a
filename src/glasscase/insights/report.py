"""A report from a ledger: every sentence checked, every figure linked, every writer named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from glasscase.errors import BadService
from glasscase.insights.checked import Sentence, checked_sentence
from glasscase.insights.fact import Ledger
from glasscase.insights.sections import Section, sections_of
from glasscase.insights.template_writer import NAME as TEMPLATE
from glasscase.insights.template_writer import template_sentences

_MOST_PER_SECTION = 8


class Writer(Protocol):
    """Writes sentences with places about a ledger; see `chat_writer.ChatWriter`."""

    @property
    def name(self) -> str:
        """Who writes."""
        ...

    def sentences(self, ledger: Ledger) -> list[str]:
        """First try. Raises `BadService`."""
        ...

    def repaired(self, ledger: Ledger, refused: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
        """Second try at what was refused. Raises `BadService`."""
        ...


@dataclass(frozen=True, slots=True)
class InsightReport:
    """Sections of sentences, each from the ledger."""

    ledger: Ledger
    sections: tuple[tuple[Section, tuple[Sentence, ...]], ...]
    refused: tuple[str, ...] = ()
    """Why sentences of the writer were dropped, one reason each; what they said is not kept."""
    trouble: str = ""
    """What was wrong with the endpoint, where the template wrote in its place."""

    @property
    def sentences(self) -> list[Sentence]:
        """All sentences in order."""
        return [sentence for _, written in self.sections for sentence in written]

    @property
    def writers(self) -> dict[str, int]:
        """Who wrote how many sentences."""
        counts: dict[str, int] = {}
        for sentence in self.sentences:
            counts[sentence.writer] = counts.get(sentence.writer, 0) + 1
        return counts

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "kind": "insights",
            "schema": 1,
            "ledger": self.ledger.to_dict(),
            "sections": [
                {
                    "metric": section.metric,
                    "sentences": [sentence.to_dict(self.ledger) for sentence in written],
                }
                for section, written in self.sections
            ],
            "writers": self.writers,
            "refused": list(self.refused),
            "trouble": self.trouble,
            "notes": list(self.ledger.notes),
        }


def written_report(ledger: Ledger, writer: Writer | None = None) -> InsightReport:
    """The report on `ledger`.

    What `writer` writes is checked sentence by sentence; what is refused may be repaired once, then
    it is dropped. A section without a sentence is the template's, whose sentences are checked too.
    An endpoint that is away costs its sentences, never the report.
    """
    accepted: list[Sentence] = []
    refused: list[tuple[str, Sequence[str]]] = []
    trouble = ""
    if writer is not None:
        try:
            accepted, refused = _checked(writer.sentences(ledger), ledger, writer.name)
            if refused:
                more, refused = _checked(writer.repaired(ledger, refused), ledger, writer.name)
                accepted = list(dict.fromkeys((*accepted, *more)))
        except BadService as error:
            trouble = str(error)
    sections = tuple(
        (section, tuple(_of_section(section, accepted, ledger))) for section in sections_of(ledger)
    )
    reasons = tuple(why[0] for _, why in refused)
    return InsightReport(ledger, sections, reasons, trouble)


def _checked(
    texts: Iterable[str], ledger: Ledger, writer: str
) -> tuple[list[Sentence], list[tuple[str, Sequence[str]]]]:
    passed: list[Sentence] = []
    refused: list[tuple[str, Sequence[str]]] = []
    for text in dict.fromkeys(" ".join(text.split()) for text in texts):
        found = checked_sentence(text, ledger, writer)
        if isinstance(found, Sentence):
            passed.append(found)
        else:
            refused.append((text, found))
    return list(dict.fromkeys(passed)), refused


def _of_section(section: Section, accepted: list[Sentence], ledger: Ledger) -> list[Sentence]:
    """The writer's sentences whose first figure belongs to the section, else the template's."""
    ids = {fact.id for fact in section.facts}
    mine = [sentence for sentence in accepted if sentence.facts[0] in ids][:_MOST_PER_SECTION]
    if mine:
        return mine
    return _checked(template_sentences(section, ledger), ledger, TEMPLATE)[0]
