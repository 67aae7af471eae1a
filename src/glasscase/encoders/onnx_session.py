"""An ONNX graph, opened for running on this machine's processor."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from glasscase.errors import BadEncoder

MOST_MEMORY_BYTES = 4_000_000_000
"""For all graphs from outside together, half of this machine's memory where that is less."""
_CGROUP = Path("/sys/fs/cgroup/memory.max")
_registering = threading.Lock()
_registered = False


def open_session(graph: Path | bytes, *, from_outside: bool = False) -> Any:
    """Open `graph`, a file or its bytes, in ONNX Runtime, fp32, on all cores of this process.

    Waiting threads sleep instead of spinning: on two busy cores that was measured 1.5 times as
    fast, and a server shares its machine. The session may be run by several threads at once.

    Args:
        graph: what to open.
        from_outside: we did not make it, so all such graphs of this process share at most
            `MOST_MEMORY_BYTES`; one that wants more raises `ONNXRuntimeError` when it is run
            (see `wants_too_much`), instead of ending the process.

    Raises:
        BadEncoder: the file is missing or is not a graph ONNX Runtime understands.

    Not covered: the few operations that work beside the tensors they take and give, such as
    NonZero with eight bytes for each value it is given.
    """
    import onnxruntime

    if isinstance(graph, Path) and not graph.is_file():
        raise BadEncoder(f"graph {str(graph)!r} does not exist", "Load or train the model again.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = usable_cores()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors only: they are raised anyway
    if from_outside:
        _share_bounded_memory()
        options.add_session_config_entry("session.use_env_allocators", "1")
    source = str(graph) if isinstance(graph, Path) else graph
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        name = f"graph {source!r}" if isinstance(source, str) else "the stored graph"
        message = f"{name} cannot be run: {str(error).splitlines()[0]}"
        raise BadEncoder(message, "Delete its folder; it is made anew when needed.") from error


def wants_too_much(error: BaseException) -> bool:
    """Whether a graph `from_outside` failed for want of memory."""
    said = str(error)
    return "smaller than requested bytes" in said or "bad allocation" in said


def _share_bounded_memory() -> None:
    """Once a process: the memory in which tensors of graphs from outside are kept."""
    import onnxruntime

    global _registered
    with _registering:
        if _registered:
            return
        memory = onnxruntime.OrtMemoryInfo(
            "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0,
            onnxruntime.OrtMemType.DEFAULT,
        )  # fmt: skip
        most = onnxruntime.OrtArenaCfg({"max_mem": min(MOST_MEMORY_BYTES, _memory_bytes() // 2)})
        with suppress(Exception):  # whoever uses us has registered one already: theirs counts
            onnxruntime.create_and_register_allocator(memory, most)
        _registered = True


def _memory_bytes() -> int:
    """What this machine, or the container around us, has."""
    sizes = [2 * MOST_MEMORY_BYTES]
    if hasattr(os, "sysconf"):
        with suppress(ValueError, OSError):
            sizes.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(OSError, ValueError):  # no cgroup, or "max"
        sizes.append(int(_CGROUP.read_text(encoding="ascii")))
    return min(size for size in sizes if size > 0)


def usable_cores() -> int:
    """How many cores this process may use (a container may give fewer than the machine has)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
