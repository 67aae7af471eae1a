"""Processes that help another one train: one for each device beyond the first."""

from __future__ import annotations

import os


def is_follower() -> bool:
    """Whether this process was started by another to train with it.

    Each runs the same command line (Lightning Fabric starts them so), learns its part of every
    batch, and has nothing to say or to write that the first does not.
    """
    ranks = (os.environ.get(name, "0") for name in ("LOCAL_RANK", "NODE_RANK"))
    return any(rank not in ("", "0") for rank in ranks)
