"""The worth of a model's parts as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence

from glasscase.evaluation.comparison_plots import Arm, forest_plot
from glasscase.evaluation.parts import About, CalibrationWorth, Worth
from glasscase.evaluation.standings import Standing
from glasscase.evaluation.verdict_words import VERDICTS
from glasscase.evaluation.wording import bounds, duration, figure, p_value
from glasscase.pages.page import render


def page(
    model: Standing,
    worths: Sequence[Worth],
    calibration: CalibrationWorth,
    *,
    advice: str,
    about: About,
) -> str:
    """A self-contained page; everything from outside is escaped.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    arms = [Arm(one.part, one.gain, one.pair.verdict) for one in worths]
    return render(
        "glasscase.evaluation",
        "ablation.html",
        model=model,
        worths=worths,
        calibration=calibration,
        advice=advice,
        about=about,
        forest=forest_plot(arms, label="Points of accuracy it adds") if arms else "",
        verdicts=VERDICTS,
        figure=figure,
        bounds=bounds,
        duration=duration,
        p_value=p_value,
    )
