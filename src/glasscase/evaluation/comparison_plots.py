"""The pictures of a comparison: distances to the best, every two models, wins and losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glasscase.evaluation.duel import CategoryChange
from glasscase.evaluation.pairs import Pair, Verdict
from glasscase.evaluation.standings import Standings
from glasscase.intervals import Interval
from glasscase.pages.plot import ACCENT, INK, LINE, PALE, SOFT, WARM, plot, short_name

MOST_CATEGORIES = 40
COLOURS: dict[Verdict, str] = {"real": ACCENT, "doubtful": WARM, "chance": SOFT}
_LABELS: dict[Verdict, str] = {
    "real": "real",
    "doubtful": "doubtful: one test of two",
    "chance": "may be chance",
}


@dataclass(frozen=True)
class Arm:
    """One line of a forest plot."""

    name: str
    difference: Interval
    verdict: Verdict


def behind_best_plot(table: Standings) -> str:
    """How far every model is behind the best, in points of accuracy, with its interval."""
    best, *others = table.models
    arms = [
        Arm(one.name, (p := table.pair(best.name, one.name)).difference, p.verdict)
        for one in others
    ]
    return forest_plot(arms, label=f"Points of accuracy behind {short_name(best.name)}")


def forest_plot(arms: Sequence[Arm], *, label: str) -> str:
    """Differences with 95 % intervals, one line each, the first at the top; 0 is no difference."""
    names = [short_name(arm.name, 34) for arm in arms]
    places = np.arange(len(arms))[::-1]

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=INK, linewidth=1.2)
        for verdict, colour in COLOURS.items():
            chosen = [i for i, arm in enumerate(arms) if arm.verdict == verdict]
            if not chosen:
                continue
            values = np.array([100 * arms[i].difference.value for i in chosen])
            ends = [(100 * arms[i].difference.low, 100 * arms[i].difference.high) for i in chosen]
            low, high = np.array(ends).T
            style = {"fmt": "o", "color": colour, "elinewidth": 2, "markersize": 6}
            arms_of = [values - low, high - values]
            axes.errorbar(
                values, places[chosen], xerr=arms_of, label=_LABELS[verdict], capsize=3, **style
            )
        axes.set_yticks(places, names)
        axes.tick_params(axis="y", length=0)
        axes.set(ylim=(-0.6, len(arms) - 0.4), xlabel=label)
        axes.grid(axis="x")
        figure.legend(loc="outside lower center", ncols=3)

    return plot(paint, width=7.2, height=1.5 + 0.34 * max(len(arms), 1))


def pairs_plot(table: Standings) -> str:
    """Every two models: the row's accuracy less the column's, in points, coloured where real."""
    names = [one.name for one in table.models]
    size = len(names)
    place = {name: i for i, name in enumerate(names)}

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        axes.imshow(_shades(table.pairs, place), aspect="equal")
        for pair in table.pairs:
            a, b = place[pair.a], place[pair.b]
            for row, column, sign in ((a, b, 1), (b, a, -1)):
                ink = "white" if pair.verdict == "real" else INK
                points = round(sign * 100 * pair.difference.value, 1) + 0.0  # no minus before zero
                text = f"{points:+.1f}" if points else "0"
                axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=9)
        axes.set_xticks(np.arange(size), [short_name(name, 20) for name in names])
        axes.set_yticks(np.arange(size), [short_name(name, 20) for name in names])
        axes.tick_params(axis="both", length=0)
        axes.tick_params(axis="x", labelrotation=90 if size > 4 else 0)
        axes.set_xticks(np.arange(size + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(size + 1) - 0.5, minor=True)
        axes.grid(which="minor", color=LINE, linewidth=0.6)
        axes.tick_params(which="minor", length=0)
        axes.set(xlabel="less the accuracy of", ylabel="Accuracy of")
        for side in axes.spines.values():
            side.set_visible(False)

    return plot(paint, width=2.6 + 0.58 * size, height=2.3 + 0.58 * size)


def wins_plot(categories: Sequence[CategoryChange]) -> str:
    """Products lost (left) and won (right) in each category, the greatest net loss at the top."""
    changed = [one for one in categories if one.won or one.lost]
    shown = sorted(changed, key=lambda one: -(one.won + one.lost))[:MOST_CATEGORIES]
    shown.sort(key=lambda one: (one.won - one.lost, one.label), reverse=True)
    names = [f"{short_name(one.label, 28)}  ({one.products})" for one in shown]

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        places = np.arange(len(shown))
        axes.barh(places, [-one.lost for one in shown], 0.7, color=WARM, label="lost")
        axes.barh(places, [one.won for one in shown], 0.7, color=PALE, label="won")
        axes.axvline(0, color=INK, linewidth=1.2)
        axes.set_yticks(places, names)
        axes.tick_params(axis="y", length=0)
        widest = max((max(one.won, one.lost) for one in shown), default=1)
        axes.set(ylim=(-0.6, max(len(shown), 1) - 0.4), xlim=(-widest - 0.5, widest + 0.5))
        axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set(xlabel="Products lost and won")
        axes.grid(axis="x")
        axes.legend(loc="best")

    return plot(paint, width=6.4, height=1.2 + 0.28 * max(len(shown), 1))


def _shades(pairs: Sequence[Pair], place: dict[str, int]) -> Any:
    """[k, k, 3]: teal where the row is better and it is real, rust where it is worse, else pale."""
    size = len(place)
    colours = np.ones((size, size, 3))
    for pair in pairs:
        a, b = place[pair.a], place[pair.b]
        ahead, behind = _rgb(ACCENT), _rgb(WARM)
        strength = {"real": 1.0, "doubtful": 0.3, "chance": 0.0}[pair.verdict]
        colours[a, b] = 1 + strength * (ahead - 1)
        colours[b, a] = 1 + strength * (behind - 1)
    return colours


def _rgb(colour: str) -> Any:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
