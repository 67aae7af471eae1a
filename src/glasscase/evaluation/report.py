"""The report on a model: what it gets right, what it mixes up, and what to do first."""

from __future__ import annotations

from pathlib import Path

from glasscase.evaluation.findings import Findings
from glasscase.evaluation.markdown import markdown
from glasscase.evaluation.page import page
from glasscase.files import write_text
from glasscase.pages.report_files import write_report


class Report(Findings):
    """What an evaluation found, ready to be read: as JSON, Markdown or one HTML page.

    Made by `glasscase.evaluate(model, catalog)`. All figures stand in `metrics` as
    `Interval(value, low, high)`, 95 %.
    """

    def markdown(self) -> str:
        """The report as Markdown, without plots."""
        return markdown(self)

    def html(self) -> str:
        """The report as one self-contained HTML page with plots and example photos."""
        return page(self)

    def save(self, folder: Path | str) -> Path:
        """Write `report.json`, `report.md` and `report.html` into `folder`; returns the page.

        Each file appears whole or not at all. Other files in the folder stay.

        Raises:
            CannotWrite: the disk is full or the folder may not be written to.
        """
        html = self.html()
        write_text(Path(folder) / "report.md", self.markdown())
        return write_report(folder, "report", self.to_dict(), html)
