"""A report as one HTML file: sentences, pictures, and every figure linked to its source."""

from __future__ import annotations

from dataclasses import dataclass

from glasscase.insights.checked import Sentence
from glasscase.insights.fact import Ledger
from glasscase.insights.marks import Scale, scale_of
from glasscase.insights.places import Place, pieces, shown
from glasscase.insights.report import InsightReport
from glasscase.pages.page import render


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of a sentence for the page: text, and the fact it is the figure of."""

    text: str
    fact: str = ""


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section for the page."""

    metric: str
    sentences: tuple[tuple[tuple[Shown, ...], str], ...]
    """The pieces of each sentence, and who wrote it."""
    scale: Scale | None


def shown_sections(report: InsightReport) -> list[ShownSection]:
    """The sections of `report`, ready to be painted."""
    return [
        ShownSection(
            section.metric,
            tuple((_pieces(one, report.ledger), one.writer) for one in written),
            scale_of(section.alone),
        )
        for section, written in report.sections
    ]


def report_page(report: InsightReport) -> str:
    """The report as a self-contained HTML page; everything from outside is escaped."""
    return render(
        "glasscase.insights",
        "report.html",
        report=report,
        ledger=report.ledger,
        sections=shown_sections(report),
    )


def _pieces(sentence: Sentence, ledger: Ledger) -> tuple[Shown, ...]:
    figures = ("value", "interval", "n")
    return tuple(
        Shown(shown(one, ledger), one.id)
        if isinstance(one, Place) and one.part in figures
        else Shown(shown(one, ledger))
        for one in pieces(sentence.text) or ()
    )
