"""The audit of a catalogue's labels, ready to be read."""

from __future__ import annotations

from pathlib import Path

from glasscase.errors import BadSetting
from glasscase.files import write_text
from glasscase.review.findings import Findings
from glasscase.review.page import page


class Audit(Findings):
    """Where a catalogue's labels are likely wrong, and why.

    Made by `glasscase.audit(catalog)`; `worklist[0]` is the first label to look at.
    """

    def html(self) -> str:
        """One self-contained HTML page with thumbnails."""
        return page(self)

    def save(self, path: Path | str) -> Path:
        """Write the page to `path`, whole or not at all; returns it.

        Raises:
            BadSetting: the name does not end in .html.
            CannotWrite: the disk is full or the folder may not be written to.
        """
        place = Path(path)
        if place.suffix.lower() not in (".html", ".htm"):
            raise BadSetting(f"the page cannot be {place.name!r}", "End its name in .html.")
        write_text(place, self.html())
        return place
