"""How the shell shows that work goes on: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TextIO, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

Item = TypeVar("Item")
SECONDS_BETWEEN_LINES = 10.0
SECONDS_TO_ESTIMATE = 2.0
SHARE_TO_ESTIMATE = 0.05


class Bars:
    """Draws a bar with an estimate for each running step; for a terminal.

    Use as a context: leaving it clears the bars, also after an error.
    """

    def __init__(self) -> None:
        self._display: RichProgress | None = None
        self._running = 0

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *_: object) -> None:
        if self._display is not None:
            self._display.stop()

    def track(self, items: Iterable[Item], *, total: int, what: str) -> Iterator[Item]:
        """Hand on `items` one by one; the bar goes when they are done."""
        display = self._shown()
        task = display.add_task(_titled(what), total=total)
        self._running += 1
        try:
            for item in items:
                yield item
                display.advance(task)
        finally:
            display.remove_task(task)
            self._running -= 1
            if not self._running:
                display.stop()

    def say(self, message: str) -> None:
        """Print one line above the bars."""
        self._shown().console.print(message, markup=False, highlight=False, soft_wrap=True)

    def _shown(self) -> RichProgress:
        from rich import progress
        from rich.console import Console

        if self._display is None:
            self._display = progress.Progress(
                progress.TextColumn("{task.description}", markup=False),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
        self._display.start()
        return self._display


class Lines:
    """Says how far a step is every ten seconds; for log files and pipes.

    What is said before the first ten seconds are over is held back until the end of the context,
    so that a mistake found at once is the only line on stderr.

    >>> import io
    >>> now = iter([0.0, 0.0, 6.0, 12.0, 13.0]).__next__
    >>> with Lines(out := io.StringIO(), clock=now) as lines:
    ...     done = list(lines.track("abc", total=3, what="Reading"))
    >>> print(out.getvalue(), end="")
    Reading: 2 of 3, about 6 s left
    """

    def __init__(
        self, stream: TextIO | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._last = clock()
        self._held: list[str] | None = []

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._release()

    def track(self, items: Iterable[Item], *, total: int, what: str) -> Iterator[Item]:
        """Hand on `items` one by one, saying now and then how many are done."""
        started = self._clock()
        for done, item in enumerate(items, start=1):
            yield item
            now = self._clock()
            if now - self._last >= SECONDS_BETWEEN_LINES and now - started >= SECONDS_TO_ESTIMATE:
                self._last = now
                self._release()
                self._print(
                    f"{_titled(what)}: {done} of {total}{_left(now - started, done, total)}"
                )

    def say(self, message: str) -> None:
        """Print one line, now or when the context ends well."""
        if self._held is None:
            self._print(message)
        else:
            self._held.append(message)

    def _release(self) -> None:
        held, self._held = self._held or [], None
        for message in held:
            self._print(message)

    def _print(self, message: str) -> None:
        print(message, file=self._stream, flush=True)


def _titled(what: str) -> str:
    return what[:1].upper() + what[1:]


def _left(seconds: float, done: int, total: int) -> str:
    if done < SHARE_TO_ESTIMATE * total:
        return ""  # the first ones say little about the rest
    return f", about {seconds / done * max(total - done, 0):.0f} s left"
