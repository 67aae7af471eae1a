"""A catalogue looked at before training, ready to be read."""

from __future__ import annotations

from pathlib import Path

from glasscase.pages.report_files import write_report
from glasscase.profiling.page import page
from glasscase.profiling.survey import Survey


class Profile(Survey):
    """What is in a catalogue: gaps, classes, texts, photos, near-duplicates, problems.

    Made by `glasscase.profile(catalog)`; `todo[0]` is the first thing to do before training.
    """

    def html(self) -> str:
        """One self-contained HTML page with plots and thumbnails."""
        return page(self)

    def save(self, folder: Path | str) -> Path:
        """Write `profile.json` and `profile.html` into `folder`; returns the page.

        Each file appears whole or not at all. Other files in the folder stay.

        Raises:
            CannotWrite: the disk is full or the folder may not be written to.
        """
        return write_report(folder, "profile", self.to_dict(), self.html())
