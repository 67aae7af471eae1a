"""A promise in words, figures and one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.problem import Problem
from glasscase.evaluation.coverage import CoverageCurve
from glasscase.evaluation.metrics import Floats
from glasscase.evaluation.risk_control import least_products
from glasscase.files import write_text
from glasscase.models.promise import CutOff, Promise
from glasscase.pages.page import percent, render
from glasscase.pages.plot import ACCENT, INK, WARM, plot

_HOUR = 3600


@dataclass(frozen=True)
class PromiseReport:
    """What was promised, and what it leaves to people."""

    promise: Promise
    curve: CoverageCurve
    """Error against coverage of the same products, by the plain probability."""
    set_sizes: Floats
    """[n]: how many categories the set of each product has."""
    seconds_per_review: float
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    data: Mapping[str, Any] | None = None

    @property
    def review_hours(self) -> float:
        """What reviewing the rest of 1,000 products takes."""
        return 1000 * (1 - self.promise.coverage) * self.seconds_per_review / _HOUR

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, in plain words."""
        made = self.promise
        sure = as_asked(made.confidence)
        if not made.coverage:
            return (self._too_little(sure), *self._above(sure))
        pace = f"{self.seconds_per_review:g} seconds each"
        hours = f"{self.review_hours:.1f} hours per 1,000 products at {pace}"
        observed = "" if made.observed_error is None else f" (here {percent(made.observed_error)})"
        return (
            f"Accept {percent(made.coverage)} of the products unseen: with {sure} confidence at "
            f"most {as_asked(made.max_error)} of them are wrong{observed}.",
            f"A person looks at the other {percent(1 - made.coverage)}: {hours}.",
            self._sets(),
            *self._above(sure),
            *self._silent(),
        )

    def _sets(self) -> str:
        """How large the sets are, and what they promise where they promise anything."""
        size, asked = f"{self.set_sizes.mean():.1f}", as_asked(1 - self.promise.set_error)
        if self.promise.set_scores.get("", 1.0) >= 1:
            return (
                f"Reviewers choose from {size} categories on average: that the right one is among "
                f"them for {asked} of products cannot be promised, with too few labelled products "
                "or too many the model has no answer for."
            )
        return (
            f"Reviewers choose from {size} categories on average; the right one is among them for "
            f"{asked} of products."
        )

    def _above(self, sure: str) -> tuple[str, ...]:
        """What is said of categories above the answers, where the tree has any."""
        above, most = self.promise.above, as_asked(self.promise.max_error)
        if above is None or not above.products:
            return ()
        if above.probability is None or not above.stated:
            return (
                f"Of the {above.products} answers that are not accepted, no category above them "
                f"can be promised to be at most {most} wrong: too few are sure of one, or too "
                "many of the sure are wrong.",
            )
        return (
            f"Of {percent(self.promise.coverage_above)} of the products a category above can be "
            f"stated though the answer itself is not accepted (from {100 * above.probability:g} % "
            f"on): with {sure} confidence at most {most} of these are wrong "
            f"(here {percent(above.wrong / above.stated)}).",
        )

    def depths(self) -> list[list[str]]:
        """How far down the tree answers come, as cells: what is stated, products, share."""
        made = self.promise
        if made.above is None:
            return []
        accepted = sum(one.accepted for one in made.cut_offs)
        counts = [("the answer itself", accepted)]
        deepest = len(made.above.stated_by_depth)
        for depth in range(deepest, 0, -1):
            counts.append((f"a category of level {depth}", made.above.stated_by_depth[depth - 1]))
        counts.append(("nothing", made.products - accepted - made.above.stated))
        return [[name, str(n), percent(n / max(made.products, 1))] for name, n in counts]

    def _too_little(self, sure: str) -> str:
        made = self.promise
        least = least_products(made.max_error, 1 - made.confidence)
        judged = sum(one.products for one in made.cut_offs)
        if judged < least:
            why = f"there are {judged} labelled products the model answers"
            remedy = f"Label {least - judged} more at the least, or allow a larger --max-error."
        else:
            why = f"of the {judged} answers too few are sure, or too many of the sure are wrong"
            remedy = "Label more products, or allow a larger --max-error."
        return (
            f"Nothing can be promised: for at most {as_asked(made.max_error)} of errors with "
            f"{sure} confidence it takes {least} right answers in a row, and {why}. {remedy}"
        )

    def _silent(self) -> tuple[str, ...]:
        names = [
            name for one in self._met if one.probability is None
            for name in one.categories or ("all categories without a cut-off of their own",)
        ]  # fmt: skip
        return (f"Always looked at by a person: {', '.join(names)}.",) if names else ()

    def rows(self) -> list[list[str]]:
        """The cut-offs as cells: answers, from when on, products, accepted, wrong."""
        return [
            [
                _names(one, self.promise),
                _at(one),
                *map(str, (one.products, one.accepted, one.wrong)),
            ]
            for one in self._met
        ]

    @property
    def _met(self) -> list[CutOff]:
        """The cut-offs of answers that were given at all."""
        return [one for one in self.promise.cut_offs if one.products]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            **self.promise.to_dict(),
            "review_hours_per_1000": self.review_hours,
            "seconds_per_review": self.seconds_per_review,
            "mean_set_size": float(self.set_sizes.mean()) if len(self.set_sizes) else None,
            "curve": {
                "coverage": self.curve.coverage.tolist(),
                "error": self.curve.error.tolist(),
                "probability": self.curve.confidence.tolist(),
            },
            "stated": [
                {"what": what, "products": int(products)} for what, products, _ in self.depths()
            ],
            "sentences": list(self.sentences),
            "notes": list(self.notes),
            "problems": [str(problem) for problem in self.problems],
            "data": dict(self.data or {}),
        }

    def page(self) -> str:
        """A self-contained HTML page; everything from outside is escaped.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        return render(
            "glasscase.evaluation",
            "promise.html",
            report=self,
            promise=self.promise,
            confidence=as_asked(self.promise.confidence),
            max_error=as_asked(self.promise.max_error),
            curve=_curve_plot(self),
        )

    def save(self, path: Path) -> Path:
        """Write the page. Raises `CannotWrite`."""
        write_text(path, self.page())
        return path


def as_asked(share: float) -> str:
    """A share that was asked for, never rounded to another one: 99.5 % is not 100 %.

    >>> as_asked(0.95), as_asked(0.995), as_asked(0.0004)
    ('95 %', '99.5 %', '0.04 %')
    """
    return f"{100 * share:.10g} %"


def _names(one: CutOff, promise: Promise) -> str:
    if one.categories:
        return ", ".join(one.categories)
    return "all categories" if len(promise.cut_offs) == 1 else "all other categories"


def _at(one: CutOff) -> str:
    if one.probability is None:
        return "never"
    return f"from {100 * one.probability:g} % on"


def _curve_plot(report: PromiseReport) -> str:
    """Share of wrong answers against the share accepted, surest first, and the promise."""
    curve, made = report.curve, report.promise

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot(curve.coverage, curve.error, color=ACCENT, linewidth=2, label="surest first")
        axes.axhline(made.max_error, color=INK, linestyle="--", linewidth=1.2, label="allowed")
        if made.observed_error is not None:
            axes.plot(
                [made.coverage], [made.observed_error], "o", color=WARM, markersize=8,
                label="promised",
            )  # fmt: skip
        top = max(float(np.max(curve.error, initial=0)), made.max_error) * 1.15
        axes.set(xlim=(0, 1.01), ylim=(0, min(top, 1.02)))
        axes.set(xlabel="Share of products accepted unseen", ylabel="Share of these that is wrong")
        axes.grid(axis="y")
        axes.legend(loc="upper left")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{100 * value:g} %")

    return plot(paint, width=5.6, height=4.2)
