"""A report on slices: words, figures, JSON and one page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.evaluation.left_out import BrandsLeftOut
from glasscase.evaluation.slices import LEAST, Slice, noticed_below
from glasscase.evaluation.wording import bounds, figure
from glasscase.files import write_text
from glasscase.intervals import Interval
from glasscase.pages.page import render
from glasscase.pages.plot import ACCENT, INK, LINE, SOFT, WARM, plot, short_name

_MOST_PLOTTED = 40
_TOLD, _MOST_NAMED = 3, 12


@dataclass(frozen=True)
class SlicesReport:
    """Every slice, those worse than the rest first. Made by `glasscase.slices`."""

    slices: tuple[Slice, ...]
    accuracy: Interval
    """Of all products."""
    right: tuple[int, int]
    """Right answers, products."""
    left_out: BrandsLeftOut | None = None
    """Brands left out of training; None where that was not asked for or cannot be done."""
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def worse(self) -> tuple[Slice, ...]:
        """The slices that are warned of."""
        return tuple(one for one in self.slices if one.verdict == "worse")

    @property
    def tested(self) -> tuple[Slice, ...]:
        """The slices with enough products to say anything."""
        return tuple(one for one in self.slices if one.verdict != "too few")

    def of(self, dimension: str) -> tuple[Slice, ...]:
        """The slices of one dimension."""
        return tuple(one for one in self.slices if one.dimension == dimension)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, and what it takes to find more."""
        found = [_warned(one) for one in self.worse[:_TOLD]]
        if len(self.worse) > _TOLD:
            others = [f"{one.dimension} “{one.name}”" for one in self.worse[_TOLD:]]
            more = ", ".join(others[:_MOST_NAMED]) + (" ..." if len(others) > _MOST_NAMED else "")
            found.append(f"Worse too: {more}.")
        if not found and self.tested:
            found.append(
                f"None of the {len(self.tested)} slices tested is surely worse than the rest."
            )
        if not self.slices:
            found.append("These products cannot be divided: they are alike in all that is known.")
        few = len(self.slices) - len(self.tested)
        if few:
            found.append(
                f"Too few to say of {few} slice{'' if few == 1 else 's'}: fewer than {LEAST} "
                "independent products, in the slice or in the rest."
            )
        if self.tested:
            found.append(self._power())
        if self.left_out is not None:
            found.append(self.left_out.sentence)
        return tuple(found)

    def _power(self) -> str:
        smallest = min(self.tested, key=lambda one: one.independent)
        right, count = self.right
        below = noticed_below(
            len(self.tested), smallest.independent,
            round(right / count * (count - smallest.independent)), count - smallest.independent,
        )  # fmt: skip
        told = f"The smallest slice tested has {smallest.independent} independent products"
        if below is None:
            return f"{told}: too few to notice anything among {len(self.tested)} tests."
        return f"{told}: it would be warned of if less than {figure(below)} of them were right."

    def rows(self) -> list[list[str]]:
        """The slices tested as cells: name, verdict, products, accuracy, against the rest."""
        return [
            [
                f"{one.dimension}: {one.name}",
                one.verdict,
                f"{one.products:,}",
                figure(one.accuracy.value),
                f"{100 * one.difference.value:+.1f}",
                figure(one.expected),
            ]
            for one in self.tested
        ]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "sentences": list(self.sentences),
            "accuracy": self.accuracy.to_dict(),
            "products": self.right[1],
            "least_independent_products": LEAST,
            "slices": [one.to_dict() for one in self.slices],
            "left_out": None if self.left_out is None else self.left_out.to_dict(),
            "notes": list(self.notes),
            "problems": list(self.problems),
        }

    def page(self) -> str:
        """A self-contained HTML page; everything from outside is escaped.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        return render(
            "glasscase.evaluation",
            "slices.html",
            report=self,
            dots=_dots(self) if self.tested else "",
            hidden=max(0, len(self.tested) - _MOST_PLOTTED),
            brands=_brand_dots(self.left_out) if self.left_out else "",
            least=LEAST,
            figure=figure,
            bounds=bounds,
        )

    def save(self, path: Path | str) -> Path:
        """Write the page. Raises `CannotWrite`."""
        place = Path(path)
        write_text(place, self.page())
        return place


def _warned(one: Slice) -> str:
    rest = one.accuracy.value - one.difference.value
    told = (
        f"Worse than the rest: {one.dimension} “{one.name}”, {figure(one.accuracy.value)} right "
        f"of {one.products:,} against {figure(rest)} elsewhere"
    )
    if not np.isfinite(one.expected):
        return f"{told}. Hardly any other product is of its categories: label more of these."
    if one.expected - one.accuracy.value < 0.25 * -one.difference.value:
        return f"{told}. Its categories explain it: look at these first."
    return (
        f"{told} and {figure(one.expected)} in the same categories. Label and train on more of it."
    )


def _dots(report: SlicesReport) -> str:
    """Accuracy of every slice tested with its interval, the worst at the top."""
    shown = report.tested[:_MOST_PLOTTED][::-1]
    names = [f"{one.dimension}: {short_name(one.name, 28)}  ({one.products:,})" for one in shown]
    warned = [one.verdict == "worse" for one in shown]
    values = [one.accuracy for one in shown]

    def paint(figure_: Any) -> None:
        axes = figure_.subplots()
        axes.axvspan(report.accuracy.low, report.accuracy.high, color=LINE, alpha=0.7, zorder=0)
        axes.axvline(report.accuracy.value, color=SOFT, linestyle="--", linewidth=1.2)
        _lay_out(axes, values, [(WARM, "D") if bad else (ACCENT, "o") for bad in warned], names)
        for place, one in enumerate(shown):
            if np.isfinite(one.expected):
                axes.plot([one.expected], [place], "|", color=INK, markersize=9)
        axes.set_xlabel("Share right, with 95 % interval")

    return plot(paint, width=8.6, height=1.0 + 0.27 * max(len(shown), 1))


def _brand_dots(left: BrandsLeftOut) -> str:
    """Accuracy on each brand with and without its other products in training."""
    shown = [*left.brands, left.together][::-1]
    names = [f"{short_name(one.name, 24)}  ({one.products})" for one in shown]

    def paint(figure_: Any) -> None:
        axes = figure_.subplots()
        _lay_out(axes, [one.known for one in shown], [(ACCENT, "o")] * len(shown), names, up=0.15)
        _lay_out(axes, [one.unknown for one in shown], [(WARM, "D")] * len(shown), names, up=-0.15)
        axes.plot([], [], "o", color=ACCENT, label="brand known from training")
        axes.plot([], [], "D", color=WARM, label="brand never seen")
        figure_.legend(loc="outside upper center", ncols=2)
        axes.set_xlabel("Share right, 95 % interval")

    return plot(paint, width=7.4, height=1.6 + 0.42 * len(shown))


def _lay_out(
    axes: Any, values: list[Interval], looks: list[tuple[str, str]], names: list[str], up: float = 0
) -> None:
    for place, (one, (colour, marker)) in enumerate(zip(values, looks, strict=True)):
        axes.plot([one.low, one.high], [place + up] * 2, color=colour, linewidth=1.6)
        axes.plot([one.value], [place + up], marker, color=colour, markersize=6)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.grid(axis="x")
    axes.locator_params(axis="x", nbins=7, steps=[1, 2, 5, 10])
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
