"""The report on a model: what it gets right, what it mixes up, and what to do first."""

from __future__ import annotations

from pathlib import Path

from glasscase.evaluation.findings import Findings
from glasscase.evaluation.markdown import markdown
from glasscase.evaluation.page import page
from glasscase.files import write_json, write_text


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
        place = Path(folder)
        html = self.html()
        write_json(place / "report.json", self.to_dict())
        write_text(place / "report.md", self.markdown())
        write_text(place / "report.html", html)
        return place / "report.html"
