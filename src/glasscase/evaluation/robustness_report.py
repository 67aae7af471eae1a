"""A robustness report: words, figures, JSON and one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.evaluation.attack_figures import Attacks
from glasscase.evaluation.robustness import VIEWS, About, CaseFigures, changes_of
from glasscase.evaluation.robustness_plot import strength_plot
from glasscase.evaluation.robustness_words import sentences
from glasscase.evaluation.wording import bounds, figure
from glasscase.files import write_text
from glasscase.pages.page import render


@dataclass(frozen=True)
class RobustnessReport:
    """What every change costs, the costliest first. Made by `glasscase.robustness`."""

    cases: tuple[CaseFigures, ...]
    clean: Mapping[str, Mapping[str, Any]]
    """Figures of the unchanged answers, by view."""
    about: About
    attacks: Attacks | None = None
    """None where they were not asked for."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What costs most, and what to do about it."""
        error = self.clean.get("fused", {}).get("accepted_error", {}).get("high")
        return sentences(self.cases, self.about.products, 1.0 if error is None else error)

    def case(self, change: str, strength: int = 0) -> CaseFigures:
        """One of the cases. Raises `KeyError` where it was not measured."""
        for one in self.cases:
            if (one.case.change, one.case.strength) == (change, strength):
                return one
        raise KeyError(f"{change} at strength {strength}")

    def rows(self) -> list[list[str]]:
        """Every change by strength as cells: loss in points of the fused model, then its worst."""
        found = []
        for change, own in changes_of(self.cases).items():
            losses = {one.case.strength: points(one.loss.value) for one in own}
            alone = "image only" if own[0].case.modality == "image" else "text only"
            worst = max(own, key=lambda one: one.loss.value)
            shown = [losses.get(strength, "") for strength in (1, 2, 3)]
            if 0 in losses:
                shown = ["", "", losses[0]]
            found.append(
                [change, *shown, figure(worst.views["fused"].flips.value),
                 "" if 0 in losses else points(max(one.views[alone].loss.value for one in own))]
            )  # fmt: skip
        return found

    def to_dict(self) -> dict[str, Any]:
        """JSON values: everything but the pictures."""
        about = self.about
        return {
            "sample": {"products": about.products, "of": about.of, "seed": about.seed},
            "sentences": list(self.sentences),
            "unchanged": {name: dict(values) for name, values in self.clean.items()},
            "cases": [one.to_dict() for one in self.cases],
            "attacks": None if self.attacks is None else self.attacks.to_dict(),
            "notes": list(about.notes),
            "problems": list(about.problems),
        }

    def page(self) -> str:
        """A self-contained HTML page; everything from outside is escaped.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        changes = changes_of(self.cases)
        return render(
            "glasscase.evaluation",
            "robustness.html",
            report=self,
            changes=changes,
            plots={
                name: strength_plot(changes, modality)
                for name, modality in (("photos", "image"), ("words", "text"))
                if any(own[0].case.modality == modality and own[0].case.strength
                       for own in changes.values())
            },
            views=VIEWS,
            figure=figure,
            bounds=bounds,
            points=points,
        )  # fmt: skip

    def save(self, path: Path | str) -> Path:
        """Write the page. Raises `CannotWrite`."""
        place = Path(path)
        write_text(place, self.page())
        return place


def points(value: float) -> str:
    """A difference of accuracies in points, a loss with a minus.

    >>> points(0.081), points(-0.004), points(0.0)
    ('-8.1', '+0.4', '0.0')
    """
    rounded = round(100 * value, 1)
    return "0.0" if rounded == 0 else f"{-rounded:+.1f}"
