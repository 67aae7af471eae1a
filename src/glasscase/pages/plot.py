"""Plots as self-contained SVG images, the same bytes for the same figures."""

from __future__ import annotations

import io
import threading
import unicodedata
import warnings
from collections.abc import Callable
from typing import Any

from glasscase.extras import need
from glasscase.pages.page import data_uri

INK, SOFT, LINE = "#1d1f24", "#5b6069", "#dfdcd3"
ACCENT, PALE, WARM = "#0b6e6e", "#8cc4c1", "#b3541e"
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "glasscase",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "legend.frameon": False,
}
_ONE_AT_A_TIME = threading.Lock()


def plot(paint: Callable[[Any], None], *, width: float, height: float) -> str:
    """What `paint(figure)` draws, as an SVG `data:` address of `width` x `height` inches.

    Drawn through matplotlib's objects, without pyplot; its style is set for the moment of drawing
    only, one plot at a time. Letters stay text, so any script the reader's browser knows is shown;
    as an image the SVG can neither run nor load anything.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    matplotlib = need("matplotlib", extra="train")
    figures = need("matplotlib.figure", extra="train")
    stream = io.BytesIO()
    with _ONE_AT_A_TIME, matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*[Gg]lyph", category=UserWarning)
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        figure = figures.Figure(figsize=(width, height), layout="constrained")
        paint(figure)
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return data_uri(stream.getvalue(), "image/svg+xml")


def short_name(name: str, length: int = 30) -> str:
    """`name` in one line of at most `length` characters, cut in the middle: paths end with what
    tells them apart.

    >>> short_name("Home Decor & Festive Needs > Showpieces", 20)
    'Home D… > Showpieces'
    """
    seen = "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in name)
    line = " ".join(seen.split())
    if len(line) <= length:
        return line
    head = length // 3
    return f"{line[:head]}…{line[head + 1 - length :]}"
