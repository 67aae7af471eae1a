"""Who prepares photos: the training itself, threads, or processes, whichever was measured best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["none", "threads", "processes"]
_WORTH_IT = 1.25
"""A busier way must be so many times as fast."""
_POOR_SHARE = 0.6
"""Threads that reach less than this share of the cores leave something for processes."""
_CORES_FOR_PROCESSES = 4
_LONG_EPOCH_SECONDS = 20.0
_MOST_PHOTOS, _FEWEST_PHOTOS = 64, 8
_MEASURING_SECONDS = 0.5
"""Spent on each way of doing it, about."""


@dataclass(frozen=True)
class LoadingChoice:
    """Who prepares photos, and what that was chosen by."""

    kind: Kind
    count: int
    """Threads or processes; 0 for none."""
    photos_per_second: Mapping[Kind, float] = field(default_factory=dict)
    """What was measured, by kind; empty if nothing was."""

    def describe(self) -> str:
        """One line for people.

        >>> LoadingChoice("threads", 2, {"none": 340.0, "threads": 612.4}).describe()
        'Photos are prepared by 2 threads (photos a second: none 340, threads 612).'
        >>> LoadingChoice("none", 0).describe()
        'Photos are prepared without workers.'
        """
        who = "without workers" if self.kind == "none" else f"by {self.count} {self.kind}"
        if self.count == 1:
            who = who.removesuffix("es") if self.kind == "processes" else who.removesuffix("s")
        speeds = ", ".join(f"{kind} {rate:.0f}" for kind, rate in self.photos_per_second.items())
        measured = f" (photos a second: {speeds})" if speeds else ""
        return f"Photos are prepared {who}{measured}."


def fastest(photos_per_second: Mapping[Kind, float]) -> Kind:
    """The first kind that no later one beats by a quarter.

    >>> fastest({"none": 100.0, "threads": 120.0}), fastest({"none": 100.0, "threads": 180.0})
    ('none', 'threads')
    """
    kinds = list(photos_per_second)
    best = kinds[0]
    for kind in kinds[1:]:
        if photos_per_second[kind] > _WORTH_IT * photos_per_second[best]:
            best = kind
    return best


def processes_may_help(photos_per_second: Mapping[Kind, float], *, cores: int, photos: int) -> bool:
    """Whether starting processes to measure them is worth its seconds.

    Only where threads leave much of several cores idle, and an epoch is long.

    >>> processes_may_help({"none": 300, "threads": 900}, cores=16, photos=100_000)
    True
    >>> processes_may_help({"none": 300, "threads": 580}, cores=2, photos=100_000)
    False
    """
    one, many = photos_per_second["none"], photos_per_second["threads"]
    poor = many < _POOR_SHARE * cores * one
    return cores >= _CORES_FOR_PROCESSES and poor and photos / many > _LONG_EPOCH_SECONDS


def measured_choice(
    seconds: Callable[[Kind, int, Sequence[int]], float], rows: Sequence[int], *, cores: int
) -> LoadingChoice:
    """Choose by doing some of the work in every way that may pay.

    Args:
        seconds: how long the photos of some rows take, by kind and count of workers.
        rows: of the products with a photo, in the order of the first epoch. With fewer than 64
            nothing is measured: there is nothing to gain.
        cores: that this process may use.
    """
    if cores < 2 or len(rows) < _MOST_PHOTOS:
        return LoadingChoice("none", 0)
    few = rows[:_FEWEST_PHOTOS]
    rate = len(few) / seconds("none", 0, few)
    sample = rows[: min(_MOST_PHOTOS, max(_FEWEST_PHOTOS, int(rate * _MEASURING_SECONDS)))]
    seconds("threads", cores, sample)  # the files come from the disk once, whoever is measured

    def speed(kind: Kind, count: int) -> float:
        return len(sample) / seconds(kind, count, sample)

    speeds: dict[Kind, float] = {"none": speed("none", 0), "threads": speed("threads", cores)}
    if processes_may_help(speeds, cores=cores, photos=len(rows)):
        speeds["processes"] = speed("processes", cores)
    kind = fastest(speeds)
    return LoadingChoice(kind, 0 if kind == "none" else cores, speeds)
