"""The pictures of a profile: classes, lengths of texts, sizes of photos."""

from __future__ import annotations

from typing import Any

import numpy as np

from glasscase.pages.plot import ACCENT, INK, SOFT, WARM, plot, short_name
from glasscase.profiling.class_counts import RARE, Level
from glasscase.profiling.photos import Photos
from glasscase.profiling.words import TextLengths

MOST_CLASSES = 40


def classes_plot(level: Level) -> str:
    """Products of the most frequent classes at one level, rare ones in rust."""
    shown = level.counts[:MOST_CLASSES][::-1]
    values = np.array([count for _, count in shown])
    names = [short_name(label, 28) for label, _ in shown]

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        places = np.arange(len(shown))
        axes.barh(places, values, 0.72, color=[WARM if v < RARE else ACCENT for v in values])
        for place, value in enumerate(values):
            axes.text(value, place, f" {value}", va="center", fontsize=9, color=INK)
        axes.set_yticks(places, names)
        axes.tick_params(axis="y", length=0)
        axes.set(xlim=(0, values.max() * 1.12), ylim=(-0.6, len(shown) - 0.4), xlabel="Products")

    return plot(paint, width=6.2, height=0.9 + 0.27 * max(len(shown), 1))


def tokens_plot(texts: TextLengths) -> str:
    """How many texts have how many tokens, and where the encoder stops reading."""
    edges, counts = np.array(texts.token_histogram.edges), texts.token_histogram.counts

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        colours = [WARM if left >= texts.max_tokens else ACCENT for left in edges[:-1]]
        axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=colours, edgecolor="white")
        if texts.max_tokens <= edges[-1]:
            axes.axvline(texts.max_tokens, color=INK, linestyle="--", linewidth=1.2)
            axes.annotate(
                f"the encoder reads {texts.max_tokens}",
                (texts.max_tokens, 1),
                xycoords=("data", "axes fraction"),
                xytext=(4, -2),
                textcoords="offset points",
                va="top",
            )
        axes.set(xlim=(0, edges[-1]), xlabel="Tokens in the text", ylabel="Products")

    return plot(paint, width=5.2, height=3.6)


def sizes_plot(photos: Photos) -> str:
    """Width and height of the photos."""
    sizes = np.array(photos.sizes, np.float64).reshape(-1, 2)

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        dots, counts = np.unique(sizes, axis=0, return_counts=True)
        area = 12 + 160 * counts / counts.max()
        axes.scatter(dots[:, 0], dots[:, 1], s=area, color=ACCENT, alpha=0.45, linewidths=0)
        top = float(sizes.max()) * 1.08
        axes.plot([0, top], [0, top], color=SOFT, linewidth=0.8, linestyle="--")
        axes.set(xlim=(0, top), ylim=(0, top), xlabel="Width in px", ylabel="Height in px")
        axes.set_aspect("equal")

    return plot(paint, width=4.6, height=4.2)
