"""A comparison of models, ready to be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.evaluation.comparison_page import page
from glasscase.evaluation.duel import Duel
from glasscase.evaluation.standings import Standings
from glasscase.evaluation.verdict_words import advice
from glasscase.pages.report_files import write_report


@dataclass(frozen=True)
class Comparison:
    """The table of models, and, of two finished bundles, what changes from one to the other.

    Made by `glasscase.compare(catalog)` and `glasscase.compare_bundles([old, new], table)`.
    """

    table: Standings
    duel: Duel | None = None
    """Product by product; only of two bundles."""

    @property
    def advice(self) -> str:
        """What to ship, in a sentence or two."""
        return self.duel.advice if self.duel else advice(self.table)

    @property
    def passed(self) -> bool:
        """Whether every protected category kept its recall; True where none is protected."""
        return self.duel is None or all(guard.passed for guard in self.duel.guards)

    def to_dict(self) -> dict[str, Any]:
        """JSON values; what is not defined is None."""
        duel = {"duel": self.duel.to_dict()} if self.duel else {}
        return {"advice": self.advice, "passed": self.passed, **self.table.to_dict(), **duel}

    def html(self) -> str:
        """One self-contained HTML page. Raises `MissingExtra` without matplotlib."""
        return page(self.table, self.duel, self.advice)

    def save(self, folder: Path | str) -> Path:
        """Write `comparison.json` and `comparison.html` into `folder`; returns the page.

        Each file appears whole or not at all. Other files in the folder stay.

        Raises:
            CannotWrite: the disk is full or the folder may not be written to.
        """
        return write_report(folder, "comparison", self.to_dict(), self.html())
