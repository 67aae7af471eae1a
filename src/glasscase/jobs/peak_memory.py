"""How much memory a piece of work takes at its highest."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_OWN = Path("/proc/self")
_FORGET_PEAK = "5"


@dataclass
class PeakMemory:
    """Filled when the work is done."""

    bytes: int | None = None
    """Resident memory of this process at its highest, less what it was before; None where the
    system does not tell (it is Linux that does)."""


@contextmanager
def peak_memory() -> Iterator[PeakMemory]:
    """Measure what is done inside: `with peak_memory() as found: ...`, then `found.bytes`.

    The kernel's own high-water mark is set back first (`/proc/self/clear_refs`, see proc(5)), so
    memory of native libraries counts too. Freed memory is given back to the system before, so that
    work does not look small because it lives in what others left.

    Not covered: work done by other threads meanwhile, which is counted in; libraries loaded inside
    count too, so measure twice and take the second; memory of a GPU; child processes.
    """
    found = PeakMemory()
    gc.collect()
    with suppress(OSError, AttributeError):  # another C library, or another system
        ctypes.CDLL(None).malloc_trim(0)
    before = _start()
    try:
        yield found
    finally:
        if before is not None:
            found.bytes = max(0, _status("VmHWM") - before)


def resident_bytes() -> int | None:
    """Memory of this process now; None where the system does not tell."""
    try:
        return _status("VmRSS")
    except (OSError, ValueError):
        return None


def _start() -> int | None:
    try:
        (_OWN / "clear_refs").write_text(_FORGET_PEAK, encoding="ascii")
        return _status("VmRSS")
    except (OSError, ValueError):
        return None


def _status(name: str) -> int:
    for line in (_OWN / "status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"/proc/self/status does not tell {name}")
