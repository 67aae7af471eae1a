"""Answers are written to the database behind the caller's back, many at a time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from glasscase.errors import BadStore
from glasscase.server.guard.trouble import tell
from glasscase.store.predictions import NewPrediction
from glasscase.store.store import Store

_MOST_WAITING = 10_000
_AT_ONCE = 256
_TRIES = 8
_Entry = NewPrediction | threading.Event | None
"""An answer, somebody who waits until all before is written, or the end."""


class PredictionLog:
    """Writes what it is given, in order; `close` returns when all is written.

    A database that does not answer is tried again for a while; answers go on meanwhile. What can
    not be written in the end, or would be one too many in memory, is lost and counted in `lost`.
    """

    def __init__(
        self,
        store: Store,
        *,
        most_waiting: int = _MOST_WAITING,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        """`pause(seconds)` waits between tries; it ends at once when the log is closed."""
        self._store = store
        self._line: queue.Queue[_Entry] = queue.Queue(most_waiting)
        self._closing = threading.Event()
        self._pause = pause or self._closing.wait
        self._full = False
        self.lost = 0
        """How many answers could not be written."""
        self._thread = threading.Thread(target=self._work, name="prediction-log", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        """How many wait to be written."""
        return self._line.qsize()

    def add(self, prediction: NewPrediction) -> None:
        """Write `prediction` soon. Never blocks: it is called where nothing may wait."""
        try:
            self._line.put_nowait(prediction)
        except queue.Full:
            self.lost += 1
            if not self._full:  # told once, not for each
                self._full = True
                tell({"lost_predictions": 1, "reason": "too many wait"})

    def flush(self) -> None:
        """Wait until all given so far is written."""
        written = threading.Event()
        self._line.put(written)
        written.wait()

    def close(self) -> None:
        """Write what waits, then stop. Blocks."""
        self._closing.set()
        self._line.put(None)
        self._thread.join()

    def _work(self) -> None:
        going = True
        while going:
            found = [self._line.get()]
            while len(found) < _AT_ONCE and not self._line.empty():
                found.append(self._line.get_nowait())
            going = None not in found
            self._write([one for one in found if isinstance(one, NewPrediction)])
            for one in found:
                if isinstance(one, threading.Event):
                    one.set()

    def _write(self, predictions: list[NewPrediction]) -> None:
        why = ""
        for tried in range(_TRIES if predictions else 0):
            try:
                self._store.predictions.add(predictions)
            except BadStore as error:
                if not why:
                    tell({"predictions_wait": error.reason})
                why = error.reason
                self._pause(min(5.0, 0.1 * 2**tried))
            except Exception as error:  # noqa: BLE001  (later answers must still be written)
                why = f"{type(error).__name__}: {error}"
                break
            else:
                self._full = False
                return
        if predictions:
            self._lose(len(predictions), why)

    def _lose(self, number: int, why: str) -> None:
        self.lost += number
        tell({"lost_predictions": number, "reason": why})
