"""A report as a PDF: the same sentences, pictures and ledger, figures linked to their rows."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from glasscase.extras import need
from glasscase.insights.fact import Ledger
from glasscase.insights.marks import Scale
from glasscase.insights.report import InsightReport
from glasscase.insights.report_page import Shown, shown_sections
from glasscase.pages.plot import ACCENT, LINE, PALE, SOFT, short_name

_FONT, _BOLD = "GlasscaseText", "GlasscaseBold"
_WIDTH, _NAME, _VALUE = 480.0, 170.0, 80.0
_ROW = 13.0
_MOST_ROWS = 2_000
_ABOUT = (
    "Code measures and writes the ledger; a writer sees nothing else and writes sentences with "
    "places, which code fills. Higher and lower are computed, and said only where 95 % intervals "
    "do not touch. What goes together is not a cause."
)


def report_pdf(report: InsightReport) -> bytes:
    """The report as a PDF file of A4 pages, the same bytes for the same report.

    Raises:
        MissingExtra: reportlab is not installed.

    Not covered: scripts that the font at hand lacks (with matplotlib installed DejaVu Sans, which
    has Latin, Greek, Cyrillic, Arabic and Hebrew; else Latin only) show as boxes; text is not
    shaped from right to left.
    """
    platypus = need("reportlab.platypus", extra="pdf")
    styles = _styles()
    stream = io.BytesIO()
    document = platypus.SimpleDocTemplate(
        stream, title=report.ledger.title, author="Glasscase", invariant=1,
        leftMargin=56, rightMargin=56, topMargin=56, bottomMargin=56,
    )  # fmt: skip
    flow = [*_top(report, platypus, styles), *_sections(report, platypus, styles)]
    flow += _notes(report.ledger, platypus, styles)
    flow += _facts(report, platypus, styles)
    document.build(flow, onFirstPage=_foot, onLaterPages=_foot)
    return stream.getvalue()


@lru_cache(maxsize=1)
def _styles() -> dict[str, Any]:
    """The few styles; the fonts are made known to the library the first time."""
    sheets = need("reportlab.lib.styles", extra="pdf")
    metrics = need("reportlab.pdfbase.pdfmetrics", extra="pdf")
    fonts = need("reportlab.pdfbase.ttfonts", extra="pdf")
    for name, path in zip((_FONT, _BOLD), _font_files(), strict=True):
        metrics.registerFont(fonts.TTFont(name, str(path)))
    plain = sheets.ParagraphStyle("text", fontName=_FONT, fontSize=9.5, leading=13.5, spaceAfter=4)
    more: dict[str, dict[str, Any]] = {
        "title": {"fontName": _BOLD, "fontSize": 18, "leading": 23, "spaceAfter": 8},
        "head": {
            "fontName": _BOLD,
            "fontSize": 12,
            "leading": 16,
            "spaceBefore": 10,
            "keepWithNext": 1,
        },
        "soft": {"textColor": SOFT, "fontSize": 8.5, "leading": 12},
        "cell": {"fontSize": 7, "leading": 9, "spaceAfter": 0},
    }
    made = {name: sheets.ParagraphStyle(name, parent=plain, **how) for name, how in more.items()}
    return {"text": plain, **made}


def _font_files() -> tuple[Path, Path]:
    found = importlib.util.find_spec("matplotlib")
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
        if (folder / "DejaVuSans.ttf").is_file():
            return folder / "DejaVuSans.ttf", folder / "DejaVuSans-Bold.ttf"
    folder = Path(str(need("reportlab", extra="pdf").__file__)).parent / "fonts"
    return folder / "Vera.ttf", folder / "VeraBd.ttf"


def _top(report: InsightReport, platypus: Any, styles: dict[str, Any]) -> Iterator[Any]:
    writers = ", ".join(f"{count} by {name}" for name, count in report.writers.items())
    facts = len(report.ledger.facts)
    yield platypus.Paragraph(escape(report.ledger.title), styles["title"])
    yield platypus.Paragraph(
        escape(f"Every figure was written by code from a ledger of {facts} measured facts. "
               f"Sentences: {writers}."), styles["soft"])  # fmt: skip
    if report.trouble:
        told = f"The language model could not help: {report.trouble} The template wrote."
        yield platypus.Paragraph(escape(told), styles["soft"])
    if report.refused:
        told = f"Sentences of the language model that did not follow: {len(report.refused)}."
        yield platypus.Paragraph(escape(told), styles["soft"])


def _sections(report: InsightReport, platypus: Any, styles: dict[str, Any]) -> Iterator[Any]:
    for section in shown_sections(report):
        title = section.metric[:1].upper() + section.metric[1:]
        yield platypus.Paragraph(escape(title), styles["head"])
        for pieces, writer in section.sentences:
            text = "".join(map(_linked, pieces))
            by = f' <font size="7" color="{SOFT}">[{escape(writer)}]</font>'
            yield platypus.Paragraph(text + by, styles["text"])
        if section.scale is not None:
            yield _picture(section.scale)


def _linked(piece: Shown) -> str:
    text = escape(piece.text)
    return f'<a href="#{piece.fact}" color="{ACCENT}">{text}</a>' if piece.fact else text


def _picture(scale: Scale) -> Any:
    shapes = need("reportlab.graphics.shapes", extra="pdf")
    colours = need("reportlab.lib.colors", extra="pdf")
    height = _ROW * len(scale.marks) + 6
    drawing = shapes.Drawing(_WIDTH, height)
    room = _WIDTH - _NAME - _VALUE

    def line(start: float, end: float, y: float, colour: str, width: float) -> None:
        x1, x2 = _NAME + room * start / 100, _NAME + room * end / 100
        ink = colours.HexColor(colour)
        drawing.add(shapes.Line(x1, y, x2, y, strokeColor=ink, strokeWidth=width))

    for row, mark in enumerate(scale.marks):
        y = height - _ROW * (row + 0.7)
        line(0, 100, y, LINE, 0.5)
        line(mark.low, mark.high, y, PALE, 2.5)
        dot = shapes.Circle(_NAME + room * mark.at / 100, y, 3)
        dot.fillColor, dot.strokeColor = colours.HexColor(ACCENT), None
        drawing.add(dot)
        name = short_name(mark.fact.subject, 32)
        drawing.add(shapes.String(0, y - 2.5, name, fontName=_FONT, fontSize=7.5))
        shown = shapes.String(_WIDTH, y - 2.5, mark.fact.display, fontName=_FONT, fontSize=7.5)
        shown.textAnchor = "end"
        drawing.add(shown)
    return drawing


def _notes(ledger: Ledger, platypus: Any, styles: dict[str, Any]) -> Iterator[Any]:
    yield platypus.Paragraph("What these figures are not", styles["head"])
    for note in (*ledger.notes, _ABOUT):
        yield platypus.Paragraph(escape(note), styles["text"])


def _facts(report: InsightReport, platypus: Any, styles: dict[str, Any]) -> Iterator[Any]:
    """The first facts, and whichever others a sentence links to."""
    ledger = report.ledger
    told = {id for sentence in report.sentences for id in sentence.facts}
    late = [fact for fact in ledger.facts[_MOST_ROWS:] if fact.id in told]
    yield platypus.Paragraph("Every fact and its source", styles["head"])
    yield platypus.Paragraph(f"Result: SHA-256 {ledger.facts[0].source}", styles["soft"])
    cell = styles["cell"]
    header = ["Fact", "Metric", "Subject", "Figure", "95 % interval", "Where"]
    rows: list[list[Any]] = [[platypus.Paragraph(name, cell) for name in header]]
    for fact in (*ledger.facts[:_MOST_ROWS], *late):
        texts = (fact.metric, fact.whose, fact.display, fact.how_sure, fact.where)
        anchor = f'<a name="{fact.id}"/>{fact.id}'
        rows.append([platypus.Paragraph(anchor, cell)])
        rows[-1] += [platypus.Paragraph(escape(text), cell) for text in texts]
    table = platypus.Table(rows, colWidths=[28, 100, 120, 68, 76, 88], repeatRows=1)
    table.setStyle(
        [("LINEBELOW", (0, 0), (-1, -1), 0.25, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    )
    yield table
    more = len(ledger.facts) - len(rows) + 1
    if more:
        yield platypus.Paragraph(f"{more:,} more stand in the JSON.", styles["soft"])


def _foot(canvas: Any, document: Any) -> None:
    canvas.setFont(_FONT, 7)
    canvas.drawRightString(56 + _WIDTH, 32, f"Glasscase   {document.page}")
