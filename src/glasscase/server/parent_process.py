"""One of several processes ends when the one that started it is gone.

Nothing else would end it: it would keep the port, and answer with old settings and old code for as
long as the machine runs, while a new start is told that the port is in use.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading

logger = logging.getLogger("glasscase.server")


def end_with_parent() -> None:
    """From now on SIGTERM, as it would have been sent, when the parent is killed.

    Nothing happens in a process that was not started by Python's `multiprocessing`.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        logger.warning("the process that started this one is gone: this one ends too")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
