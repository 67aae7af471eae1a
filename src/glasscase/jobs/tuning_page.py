"""A search as one HTML page: its history, which settings mattered, the best trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.evaluation.wording import duration
from glasscase.files import write_text
from glasscase.jobs.searching.tuning import METRIC_NAMES, TunedTrial, Tuning
from glasscase.pages.page import render
from glasscase.pages.plot import ACCENT, PALE, SOFT, WARM, plot, short_name

MOST_ROWS = 15


def save_tuning(found: Tuning, path: str | Path) -> Path:
    """Write the recipe file at `path` (.toml), and a page beside it. Raises `CannotWrite`.

    Returns:
        Where the page is.
    """
    path = Path(path)
    where = path.with_suffix(".html")
    write_text(where, page(found))
    write_text(path, found.recipe_text())
    return where


def page(found: Tuning) -> str:
    """A self-contained page; everything from outside is escaped.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    recipe = found.best.settings["train.recipe"]
    return render(
        "glasscase.jobs",
        "tuning.html",
        found=found,
        metric=METRIC_NAMES[found.metric],
        recipe=recipe,
        rows=[
            {"trial": one, "settings": said(one.settings), "time": duration(one.seconds)}
            for one in found.ranking[:MOST_ROWS]
        ],
        failed=[one for one in found.trials if one.state == "failed"][:MOST_ROWS],
        history=_history(found.trials, METRIC_NAMES[found.metric]),
        everywhere=_bars(found.importance),
        within=_bars(found.importance_within),
    )


def said(settings: Mapping[str, Any]) -> str:
    """The settings of a trial in one line, without the recipe.

    >>> said({"train.recipe": "gated", "net.batch_size": 64, "net.learning_rate": 0.00123456})
    'net.batch_size=64, net.learning_rate=0.00123'
    """
    others = {name: value for name, value in settings.items() if name != "train.recipe"}
    return ", ".join(f"{name}={shown(value)}" for name, value in others.items())


def shown(value: Any) -> str:
    """A value as it is read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _history(trials: Sequence[TunedTrial], metric: str) -> str:
    """Every trial's value in the order of the trials, and the best so far."""
    done = [one for one in trials if one.state == "complete"]
    pruned = [one for one in trials if one.state == "pruned" and one.value is not None]

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        best = np.maximum.accumulate([100 * (one.value or 0) for one in done])
        axes.step(
            [one.number for one in done], best, where="post", color=ACCENT, label="best so far"
        )
        for some, colour, label in ((pruned, SOFT, "given up early"), (done, PALE, "finished")):
            values = [100 * (one.value or 0) for one in some]
            axes.scatter([one.number for one in some], values, s=26, color=colour, label=label)
        axes.set(xlabel="Trial", ylabel=f"Held-out {metric}, %")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="y")
        figure.legend(loc="outside lower center", ncols=3)

    return plot(paint, width=7.2, height=3.6)


def _bars(shares: Mapping[str, float]) -> str:
    """Settings and how much they mattered, most at the top; empty where there are none."""
    if not shares:
        return ""
    names = list(shares)[::-1]

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        axes.barh(range(len(names)), [100 * shares[name] for name in names], 0.65, color=WARM)
        axes.set_yticks(range(len(names)), [short_name(name) for name in names])
        axes.tick_params(axis="y", length=0)
        axes.set(xlabel="Share, %")
        axes.grid(axis="x")

    return plot(paint, width=6.4, height=1.1 + 0.32 * len(names))
