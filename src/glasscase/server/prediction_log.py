"""Answers are written to the database behind the caller's back, many at a time."""

from __future__ import annotations

import json
import logging
import queue
import threading
from dataclasses import dataclass
from typing import Final

from glasscase.errors import GlasscaseError
from glasscase.store.predictions import NewPrediction
from glasscase.store.store import Store

logger = logging.getLogger("glasscase.server")
_MOST_WAITING = 10_000
_AT_ONCE = 256


@dataclass(frozen=True)
class _Stop:
    pass


_STOP: Final = _Stop()


class PredictionLog:
    """Writes what it is given, in order; `close` returns when all is written."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._line: queue.Queue[NewPrediction | _Stop | threading.Event] = queue.Queue(
            _MOST_WAITING
        )
        self._thread = threading.Thread(target=self._work, name="prediction-log", daemon=True)
        self._thread.start()

    def add(self, prediction: NewPrediction) -> None:
        """Write `prediction` soon. Blocks only where thousands wait already."""
        self._line.put(prediction)

    def flush(self) -> None:
        """Wait until all given so far is written."""
        written = threading.Event()
        self._line.put(written)
        written.wait()

    def close(self) -> None:
        """Write what waits, then stop."""
        self._line.put(_STOP)
        self._thread.join()

    def _work(self) -> None:
        going = True
        while going:
            found = [self._line.get()]
            while len(found) < _AT_ONCE and not self._line.empty():
                found.append(self._line.get_nowait())
            going = not any(isinstance(one, _Stop) for one in found)
            self._write([one for one in found if isinstance(one, NewPrediction)])
            for one in found:
                if isinstance(one, threading.Event):
                    one.set()

    def _write(self, predictions: list[NewPrediction]) -> None:
        if not predictions:
            return
        try:
            self._store.predictions.add(predictions)
        except GlasscaseError as error:
            told = {"lost_predictions": len(predictions), "reason": error.reason}
            logger.error(json.dumps(told))
