"""Torch has one random state and one tracer per process: whoever needs them has them alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from glasscase.extras import need

_ONE_AT_A_TIME = Lock()


@contextmanager
def torch_random(seed: int) -> Iterator[None]:
    """Torch seeded with `seed`, for one thread at a time; its state comes back afterwards."""
    torch = need("torch", extra="train")
    with _ONE_AT_A_TIME, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
