"""Plots of a KPI's result: models, drivers, effects, and answers beside the truth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from glasscase.pages.plot import ACCENT, INK, PALE, SOFT, WARM, plot, short_name

MOST_ROWS, MOST_PANELS = 16, 9
_COLUMNS = 3
Result = Mapping[str, Any]


def kpi_plots(result: Result) -> dict[str, str]:
    """Name -> SVG as a `data:` address, of those that the result has something for.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    found = {"models": models_plot(result["models"])}
    drivers = result["drivers"]
    if drivers is not None and drivers["rows"]:
        found["drivers"] = drivers_plot(drivers["rows"])
        if drivers["effects"]:
            found["effects"] = effects_plot(drivers, result["target"]["scale"])
    if result["predictions"]:
        found["predictions"] = predictions_plot(result)
    return found


def models_plot(models: Sequence[Result]) -> str:
    """R2 of every model with its interval, the best on top; baselines are hollow."""
    rows = list(reversed(models[:MOST_ROWS]))

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        for at, one in enumerate(rows):
            r2, colour = one["r2"], WARM if one["chosen"] else ACCENT
            axes.plot([r2["low"], r2["high"]], [at, at], color=colour, linewidth=2)
            face = "white" if one["baseline"] else colour
            axes.plot(r2["value"], at, "o", color=colour, markerfacecolor=face, markersize=7)
        axes.axvline(0, color=SOFT, linewidth=1, linestyle="--")
        lowest = min(one["r2"]["value"] for one in rows)
        axes.set_xlim(left=max(-1.0, min(one["r2"]["low"] for one in rows) - 0.05, lowest - 0.5))
        axes.set_yticks(range(len(rows)), [short_name(one["name"], 44) for one in rows])
        axes.set_xlabel("R2 on held-out products (0: the mean)")
        axes.grid(axis="x")

    return plot(paint, width=8.6, height=1.1 + 0.34 * len(rows))


def drivers_plot(drivers: Sequence[Result]) -> str:
    """Importance of every named feature with its interval; those not shown are pale."""
    rows = list(reversed(drivers[:MOST_ROWS]))

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        for at, one in enumerate(rows):
            found, colour = one["importance"], ACCENT if one["associated"] else PALE
            axes.barh(at, 100 * found["value"], color=colour, height=0.62)
            ends = [100 * found["low"], 100 * found["high"]]
            axes.plot(ends, [at, at], color=INK, linewidth=1.4)
        axes.axvline(0, color=SOFT, linewidth=1)
        axes.set_yticks(range(len(rows)), [short_name(one["name"]) for one in rows])
        axes.set_xlabel("Points of R2 lost when its values change hands")
        axes.grid(axis="x")

    return plot(paint, width=8.6, height=1.1 + 0.34 * len(rows))


def effects_plot(drivers: Result, scale: str) -> str:
    """A panel for each feature: how the model's answer moves along it, the others as they are."""
    effects = drivers["effects"][:MOST_PANELS]
    rows = ceil(len(effects) / _COLUMNS)
    multiplies = scale != "identity"

    def paint(figure: Any) -> None:
        panels = figure.subplots(rows, min(_COLUMNS, len(effects)), sharey=True, squeeze=False)
        for axes, one in zip(panels.ravel(), effects, strict=False):
            _panel(axes, one, multiplies=multiplies)
        for axes in panels.ravel()[len(effects) :]:
            axes.set_axis_off()
        label = {"identity": "Effect on the answer", "logit": "Effect on the odds (times)"}
        figure.supylabel(label.get(scale, "Effect on the answer (times)"), color=SOFT, fontsize=11)

    return plot(paint, width=9.2, height=0.5 + 2.5 * rows)


def _panel(axes: Any, one: Result, *, multiplies: bool) -> None:
    turn = math.exp if multiplies else float
    points = one["points"]
    middle, low, high = ([turn(p[key]) for p in points] for key in ("effect", "low", "high"))
    axes.axhline(1 if multiplies else 0, color=SOFT, linewidth=1, linestyle="--")
    if one["kind"] == "number":
        at = [p["at"] for p in points]
        axes.fill_between(at, low, high, color=ACCENT, alpha=0.18, linewidth=0)
        axes.plot(at, middle, color=ACCENT, marker="o", markersize=3.5)
    else:
        places = list(range(len(points)))
        for place, under, over in zip(places, low, high, strict=True):
            axes.plot([place, place], [under, over], color=PALE, linewidth=5)
        axes.plot(places, middle, "o", color=ACCENT, markersize=6)
        names = [short_name(str(p["at"]), 14) for p in points]
        axes.set_xticks(places, names, rotation=35, ha="right", fontsize=9)
        axes.set_xlim(-0.5, len(points) - 0.5)
    axes.set_title(short_name(one["name"]), fontsize=11, loc="left")
    axes.grid(axis="y")


def _logged(axes: Any, *, bottom: float) -> None:
    """Both axes with powers of ten and plain numbers (letters are not parsed as formulas)."""
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(lambda value, _: "")
    axes.set_ylim(bottom=bottom)


def predictions_plot(result: Result) -> str:
    """Held-out answers beside the truth, with a few of their intervals."""
    rows = [one for one in result["predictions"] if one["predicted"] is not None]
    positive = all(one["actual"] > 0 and one["predicted"] > 0 for one in rows)
    logged = positive and result["target"]["scale"] in ("log1p", "log-rate")

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        ends = [one for one in rows if one["low"] is not None and one["high"] is not None]
        for one in ends[:: max(1, len(ends) // 60)]:
            low = max(one["low"], 1e-9) if logged else one["low"]
            axes.plot([one["predicted"]] * 2, [low, one["high"]], color=PALE, linewidth=1)
        answers = [one["predicted"] for one in rows]
        truth = [one["actual"] for one in rows]
        axes.plot(answers, truth, "o", color=ACCENT, markersize=3.2, alpha=0.7)
        both = [min(*answers, *truth), max(*answers, *truth)]
        axes.plot(both, both, color=SOFT, linewidth=1, linestyle="--")
        if logged:
            _logged(axes, bottom=0.6 * min(truth))
        axes.set_xlabel("Predicted, not having seen it")
        axes.set_ylabel(short_name(result["target"]["name"]))
        axes.grid()

    return plot(paint, width=6.2, height=4.6)
