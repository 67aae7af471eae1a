"""Reports as `/v1/insights` answers them."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field

from glasscase.insights.fact import Fact
from glasscase.insights.report import InsightReport
from glasscase.insights.report_page import ShownSection, shown_sections


class FactAnswer(BaseModel):
    """One measured figure and where it comes from."""

    id: str
    metric: str
    subject: str
    comparator: str
    value: float
    unit: str
    display: str = Field(description="The figure as people read it.")
    interval: str = Field(description="Its 95 % interval as people read it; may be empty.")
    exact: bool = Field(description="Counted, so that it has no interval to know.")
    n: int | None
    where: str = Field(description="JSON pointer into the result that was sent.")
    source: str = Field(description="SHA-256 of that result.")

    @classmethod
    def of(cls, fact: Fact) -> Self:
        """The answer for `fact`."""
        return cls(**{name: getattr(fact, name) for name in cls.model_fields})


class PieceAnswer(BaseModel):
    """Some words of a sentence."""

    text: str
    fact: str = Field(description="Id of the fact whose figure this is; else empty.")


class SentenceAnswer(BaseModel):
    """A sentence that follows from the facts."""

    text: str
    pieces: list[PieceAnswer]
    writer: str = Field(description="template, or the model that wrote it.")


class MarkAnswer(BaseModel):
    """A figure in the section's picture, in hundredths of its width."""

    fact: str
    at: float
    low: float
    high: float


class SectionAnswer(BaseModel):
    """What is said of one metric."""

    metric: str
    sentences: list[SentenceAnswer]
    marks: list[MarkAnswer] = Field(description="Empty where there is nothing to compare.")
    zero: float | None = Field(description="Where zero lies, if some figures are negative.")

    @classmethod
    def of(cls, section: ShownSection) -> Self:
        """The answer for `section`."""
        scale = section.scale
        return cls(
            metric=section.metric,
            sentences=[
                SentenceAnswer(
                    text="".join(piece.text for piece in pieces),
                    pieces=[PieceAnswer(text=piece.text, fact=piece.fact) for piece in pieces],
                    writer=writer,
                )
                for pieces, writer in section.sentences
            ],
            marks=[]
            if scale is None
            else [
                MarkAnswer(fact=mark.fact.id, at=mark.at, low=mark.low, high=mark.high)
                for mark in scale.marks
            ],
            zero=None if scale is None else scale.zero,
        )


class InsightsAnswer(BaseModel):
    """A report whose every figure is a fact of its ledger."""

    title: str
    kind: str
    sections: list[SectionAnswer]
    facts: list[FactAnswer]
    notes: list[str]
    refused: list[str] = Field(description="Why sentences of the model were dropped.")
    trouble: str = Field(description="Why the model did not write, where it should have.")

    @classmethod
    def of(cls, report: InsightReport) -> Self:
        """The answer for `report`."""
        return cls(
            title=report.ledger.title,
            kind=report.ledger.kind,
            sections=[SectionAnswer.of(section) for section in shown_sections(report)],
            facts=[FactAnswer.of(fact) for fact in report.ledger],
            notes=list(report.ledger.notes),
            refused=list(report.refused),
            trouble=report.trouble,
        )
