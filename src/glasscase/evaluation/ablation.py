"""What each part of a model is worth: it is taken away, and the rest judged on the same folds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.evaluation.ablation_page import page
from glasscase.evaluation.parts import About, CalibrationWorth, Worth
from glasscase.evaluation.standings import Standing
from glasscase.evaluation.verdict_words import listed, points
from glasscase.pages.report_files import write_report


@dataclass(frozen=True)
class Ablation:
    """A model, and the model without each of its parts, the dearest loss first.

    Made by `glasscase.ablate(catalog, model="late")`.
    """

    model: Standing
    worths: tuple[Worth, ...]
    calibration: CalibrationWorth
    about: About

    @property
    def advice(self) -> str:
        """What earns its place and what may go, in a sentence or two."""
        if not self.worths:
            return f"{self.model.name} has one part only, so nothing could be taken away."
        needed = [one for one in self.worths if one.pair.verdict == "real" and one.gain.value > 0]
        spare = [one.part for one in self.worths if one.pair.verdict != "real"]
        harmful = [
            one.part for one in self.worths if one.pair.verdict == "real" and one.gain.value < 0
        ]
        lines = []
        if needed:
            lines.append(f"Most is owed to {needed[0].part}: {points(needed[0].pair)}.")
        if harmful:
            lines.append(f"Better without {listed(harmful)}: that loss is real.")
        if spare:
            lines.append(f"What {listed(spare)} add may be chance.")
        return " ".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """JSON values; what is not defined is None."""
        return {
            "advice": self.advice,
            "model": self.model.to_dict(),
            "parts": [worth.to_dict() for worth in self.worths],
            "calibration": self.calibration.to_dict(),
            "notes": list(self.about.notes),
            "failed": dict(self.about.failed),
            "problems": [str(problem) for problem in self.about.problems],
            "data": dict(self.about.data),
        }

    def html(self) -> str:
        """One self-contained HTML page. Raises `MissingExtra` without matplotlib."""
        return page(self.model, self.worths, self.calibration, advice=self.advice, about=self.about)

    def save(self, folder: Path | str) -> Path:
        """Write `ablation.json` and `ablation.html` into `folder`; returns the page.

        Raises:
            CannotWrite: the disk is full or the folder may not be written to.
        """
        return write_report(folder, "ablation", self.to_dict(), self.html())
