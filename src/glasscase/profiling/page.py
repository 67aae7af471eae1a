"""The profile as one HTML page that a catalogue manager can read."""

from __future__ import annotations

from glasscase.pages.page import render
from glasscase.profiling.class_counts import best_level
from glasscase.profiling.look_alikes import SHOWN_GROUPS
from glasscase.profiling.plots import MOST_CLASSES, classes_plot, sizes_plot, tokens_plot
from glasscase.profiling.spread import Spread
from glasscase.profiling.survey import Survey

MOST_PROBLEMS = 60
MOST_SENTENCES = 15


def page(survey: Survey) -> str:
    """A self-contained page; everything from outside is escaped.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    level = best_level(survey.levels) or (survey.levels[0] if survey.levels else None)
    has_photos, has_texts = survey.photos.files > 0, survey.texts.characters.count > 0
    return render(
        "glasscase.profiling",
        "profile.html",
        survey=survey,
        level=level,
        classes=classes_plot(level) if level else "",
        hidden=max(0, level.classes - MOST_CLASSES) if level else 0,
        tokens=tokens_plot(survey.texts) if has_texts else "",
        sizes=sizes_plot(survey.photos) if has_photos else "",
        groups=survey.look_alikes.groups[:SHOWN_GROUPS],
        sentences=survey.cleaning.boilerplate[:MOST_SENTENCES],
        problems=[str(problem) for problem in survey.problems[:MOST_PROBLEMS]],
        spread=_spread,
        count=_count,
    )


def _spread(spread: Spread, digits: int = 0) -> list[str]:
    """Smallest, median, 95th percentile and largest as words."""
    values = (spread.smallest, spread.median, spread.percentile_95, spread.largest)
    return [f"{value:,.{digits}f}" for value in values]


def _count(number: int, noun: str) -> str:
    """A number and its noun.

    >>> _count(1, "photo"), _count(1200, "photo")
    ('1 photo', '1,200 photos')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
