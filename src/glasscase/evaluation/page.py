"""The report as one HTML page that a catalogue manager can read."""

from __future__ import annotations

from typing import NamedTuple

from glasscase.evaluation.findings import Findings
from glasscase.evaluation.plots import (
    classes_plot,
    confusion_classes,
    confusion_plot,
    coverage_plot,
    reliability_plot,
)
from glasscase.evaluation.wording import NAMES, bounds, figure, milliseconds
from glasscase.pages.page import render

CHIEF = ("accuracy", "macro_f1", "top_3_accuracy", "ece")


class Line(NamedTuple):
    """One figure as it is read."""

    title: str
    value: str
    bounds: str
    meaning: str


def page(findings: Findings) -> str:
    """A self-contained page; everything from outside is escaped.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    known = [name for name in NAMES if name in findings.metrics]
    lines = {name: _line(findings, name) for name in known}
    shown = confusion_classes(findings)
    return render(
        "glasscase.evaluation",
        "report.html",
        findings=findings,
        chief=[lines[name] for name in CHIEF if findings.metrics[name].defined],
        lines=list(lines.values()),
        reliability=reliability_plot(findings),
        coverage=coverage_plot(findings),
        classes=classes_plot(findings),
        confusion=confusion_plot(findings),
        many=len(shown) > 20,
        hidden=len(findings.classes) - len(shown) if len(shown) >= 80 else 0,
        figure=figure,
        bounds=bounds,
        milliseconds=milliseconds,
    )


def _line(findings: Findings, name: str) -> Line:
    found, (title, meaning) = findings.metrics[name], NAMES[name]
    return Line(title, figure(found.value, name), bounds(found, name), meaning)
