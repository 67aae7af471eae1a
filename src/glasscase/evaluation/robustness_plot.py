"""Accuracy against strength, a small plot for every change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any

from glasscase.evaluation.robustness import VIEWS, CaseFigures
from glasscase.pages.plot import ACCENT, INK, SOFT, WARM, plot

_LOOKS: Mapping[str, Mapping[str, Any]] = {
    "fused": {"color": ACCENT, "marker": "o", "linewidth": 2.2},
    "image only": {"color": WARM, "marker": "s", "linestyle": "--", "linewidth": 1.4},
    "text only": {"color": INK, "marker": "^", "linestyle": ":", "linewidth": 1.4},
}
_COLUMNS = 4


def strength_plot(changes: Mapping[str, Sequence[CaseFigures]], modality: str) -> str:
    """One panel for each change of a modality, the costliest first; a line for each view.

    Strength 0 is the product as it is. The shaded band is the fused model's 95 % interval.
    """
    own = {
        name: cases
        for name, cases in changes.items()
        if cases[0].case.modality == modality and cases[0].case.strength
    }
    rows = ceil(len(own) / _COLUMNS)
    lowest = min(
        min(view.accuracy.value, view.accuracy.low) if name == "fused" else view.accuracy.value
        for cases in own.values() for one in cases for name, view in one.views.items()
    )  # fmt: skip
    bottom = max(0.0, floor(10 * lowest - 0.5) / 10)

    def paint(figure: Any) -> None:
        panels = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
        for axes, (name, cases) in zip(panels, own.items(), strict=False):
            _panel(axes, name, cases)
            axes.set_ylim(bottom, 1.02)
        for axes in panels[len(own) :]:
            axes.set_axis_off()
        for axes in panels[::_COLUMNS]:
            axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(VIEWS))
        figure.supxlabel("Strength (0: as it is)", color=SOFT, fontsize=11)

    return plot(paint, width=9.6, height=0.8 + 2.0 * rows)


def _panel(axes: Any, name: str, cases: Sequence[CaseFigures]) -> None:
    strengths = [0, *(one.case.strength for one in cases)]
    for view in cases[0].views:
        seen = [one.views[view] for one in cases]
        first = seen[0].accuracy.value + seen[0].loss.value  # unchanged, on the same products
        values = [first, *(one.accuracy.value for one in seen)]
        axes.plot(strengths, values, label=view, markersize=4.5, **_LOOKS[view])
        if view == "fused":
            low, high = ([getattr(one.accuracy, end) for one in seen] for end in ("low", "high"))
            axes.fill_between(strengths[1:], low, high, color=ACCENT, alpha=0.15, linewidth=0)
    axes.set_title(name, fontsize=11, loc="left")
    axes.set(xticks=[0, 1, 2, 3], xlim=(-0.15, 3.15))
    axes.grid(axis="y")
