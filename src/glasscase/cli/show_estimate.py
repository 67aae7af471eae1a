"""How an estimate looks on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glasscase.cli.show import print_table

if TYPE_CHECKING:
    from glasscase.jobs.estimating.estimated import Estimate
    from glasscase.jobs.estimating.span import Span


def print_estimate(found: Estimate) -> None:
    """Print what a training would take: every step, the sum, memory, disk, and the method."""
    from glasscase.jobs.estimating.estimated import METHOD

    print_table(
        ["step", "of", "time", "between"],
        [
            [step.name, f"{step.items} {step.what}", *_times(step.seconds)]
            for step in (*found.steps,)
        ]
        + [["All", "", *_times(found.seconds)]],
    )
    print(f"Memory at the highest: {_sizes(found.memory_bytes)}.")
    print(
        f"Disk: {_sizes(found.cache_bytes)} in the cache, {_sizes(found.bundle_bytes)} the bundle."
    )
    if found.checkpoint_bytes.high:
        print(f"Checkpoints while it learns: {_sizes(found.checkpoint_bytes)} more in the cache.")
    for line in (*found.notes, *METHOD):
        print(line)
    print("Nothing was trained. Leave --dry-run out to train.")


def _times(seconds: Span) -> list[str]:
    from glasscase.evaluation.wording import duration

    if not seconds.high:
        return ["nothing", ""]
    return [duration(seconds.expected), f"{duration(seconds.low)} to {duration(seconds.high)}"]


def _sizes(size: Span) -> str:
    from glasscase.evaluation.wording import megabytes

    expected, low, high = (megabytes(round(v)) for v in (size.expected, size.low, size.high))
    return f"{expected} ({low} to {high})" if size.high else "nothing"
