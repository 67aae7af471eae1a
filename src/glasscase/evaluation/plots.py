"""The pictures of a report: reliability, confusion, classes, coverage."""

from __future__ import annotations

from typing import Any

import numpy as np

from glasscase.evaluation.findings import Findings
from glasscase.pages.plot import ACCENT, INK, LINE, PALE, SOFT, WARM, plot, short_name

MOST_CLASSES = 80
"""A matrix of more is cut to the classes with the most errors."""


def reliability_plot(findings: Findings) -> str:
    """How right the answers are against how sure they are; below, how many are how sure."""
    bins = findings.reliability
    has = bins.counts > 0
    left, width = bins.edges[:-1], np.diff(bins.edges)

    def paint(figure: Any) -> None:
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
        options = {"align": "edge", "edgecolor": "white", "linewidth": 0.6}
        axes.bar(left[has], bins.accuracy[has], width[has], color=PALE, **options)
        axes.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1.2, label="honest")
        dots = {"color": INK, "markersize": 4, "linestyle": "none", "clip_on": False}
        axes.plot(bins.confidence[has], bins.accuracy[has], marker="o", label="mean of bin", **dots)
        axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="Share right")
        axes.legend(
            loc="upper left" if bins.edges[:-1][has].min(initial=1) > 0.3 else "lower right"
        )
        below.bar(left, bins.counts, width, color=SOFT, **options)
        below.set(xlabel="How sure the answer is", ylabel="Products")
        _in_percent(axes.yaxis)
        _in_percent(below.xaxis)

    return plot(paint, width=5.2, height=4.6)


def coverage_plot(findings: Findings) -> str:
    """Share of wrong answers against the share of products decided, surest first."""
    curve = findings.coverage
    accepted = next((part for part in findings.by_verdict if part.name == "accept"), None)

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot(curve.coverage, curve.error, color=ACCENT, linewidth=2)
        if accepted is not None and accepted.count:
            error = 1 - accepted.accuracy.value
            axes.plot([accepted.share], [error], "o", color=WARM, markersize=8, label="accepted")
        limit = 0.0 if findings.promise is None else findings.promise.max_error
        if limit:
            axes.axhline(limit, color=INK, linestyle="--", linewidth=1.2, label="promised at most")
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="upper left")
        top = max(float(curve.error.max(initial=0)) * 1.15, 1.3 * limit, 0.02)
        axes.set(xlim=(0, 1.01), ylim=(0, min(top, 1.02)))
        axes.set(xlabel="Share of products decided, surest first", ylabel="Share wrong")
        axes.grid(axis="y")
        _in_percent(axes.xaxis)
        _in_percent(axes.yaxis)

    return plot(paint, width=5.2, height=4.6)


def classes_plot(findings: Findings) -> str:
    """F1 of every class with its interval, lowest at the top."""
    rows = [row for row in findings.classes if row.f1.defined]
    rows.sort(key=lambda row: (row.f1.value, row.label), reverse=True)
    values = np.array([row.f1.value for row in rows])
    arms = np.array([[row.f1.value - row.f1.low, row.f1.high - row.f1.value] for row in rows]).T
    names = [f"{short_name(row.label, 24)}  ({row.support})" for row in rows]

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        places = np.arange(len(rows))
        colours = [ACCENT if row.known else WARM for row in rows]
        style = {"ecolor": INK, "elinewidth": 1, "capsize": 2.5}
        axes.barh(places, values, 0.7, color=colours, xerr=arms, error_kw=style)
        axes.set_yticks(places, names)
        axes.tick_params(axis="y", length=0)
        axes.set(xlim=(0, 1), ylim=(-0.6, len(rows) - 0.4), xlabel="F1, with 95 % interval")
        axes.grid(axis="x")
        _in_percent(axes.xaxis)

    return plot(paint, width=5.8, height=0.9 + 0.27 * max(len(rows), 1))


def confusion_plot(findings: Findings) -> str:
    """True classes (rows) against answers, coloured by share of the row, with counts."""
    chosen = confusion_classes(findings)
    silent = bool(findings.matrix[:, -1].any())
    columns = [*chosen, *([len(findings.classes)] if silent else [])]
    counts = findings.matrix[np.ix_(chosen, columns)]
    totals = findings.matrix[chosen].sum(axis=1)
    names = [short_name(findings.classes[i].label, 26) for i in chosen]
    size, wide = len(chosen), len(columns)
    cell = 0.62 if size <= 10 else 0.42 if size <= 20 else 0.2
    letters = 10 if size <= 20 else 7

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        shares = counts / np.maximum(totals, 1)[:, None]
        axes.imshow(_colours(counts, shares, chosen, columns), aspect="equal")
        for y, x in zip(*np.nonzero(counts), strict=True):
            ink = "white" if shares[y, x] > 0.55 else INK
            text = str(counts[y, x])
            axes.text(
                x, y, text, ha="center", va="center", color=ink, fontsize=letters - len(text) / 2
            )
        axes.set_xticks(np.arange(wide), [*names, *(["(no answer)"] if silent else [])])
        axes.set_yticks(np.arange(size), names)
        axes.tick_params(axis="both", length=0, labelsize=letters)
        axes.tick_params(axis="x", labelrotation=90 if size > 4 else 0)
        axes.set_xticks(np.arange(wide + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(size + 1) - 0.5, minor=True)
        axes.grid(which="minor", color=LINE, linewidth=0.6)
        axes.tick_params(which="minor", length=0)
        axes.set(xlabel="Answer", ylabel="True class")
        for side in axes.spines.values():
            side.set_visible(False)

    return plot(paint, width=max(2.9 + cell * wide, 5.0), height=2.6 + cell * size)


def confusion_classes(findings: Findings) -> list[int]:
    """Numbers of the classes the matrix shows: those that occur; of very many, the worst."""
    matrix = findings.matrix
    square = matrix[:, :-1]
    occurs = matrix.sum(axis=1) + square.sum(axis=0)
    shown = np.flatnonzero(occurs)
    if len(shown) > MOST_CLASSES:
        wrong = occurs - 2 * np.diag(square)
        shown = np.sort(shown[np.argsort(-wrong[shown], kind="stable")][:MOST_CLASSES])
    return [int(number) for number in shown]


def _colours(counts: Any, shares: Any, rows: list[int], columns: list[int]) -> Any:
    """[rows, columns, 3]: right answers from white to teal, wrong ones to rust."""
    right = np.asarray(rows)[:, None] == np.asarray(columns)[None, :]
    ends = np.where(right[..., None], _rgb(ACCENT), _rgb(WARM))
    strength = np.where(counts > 0, 0.12 + 0.88 * np.sqrt(shares), 0)[..., None]
    return 1 + strength * (ends - 1)


def _rgb(colour: str) -> Any:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _in_percent(axis: Any) -> None:
    axis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
