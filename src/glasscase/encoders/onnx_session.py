"""An ONNX graph, opened for running on this machine's processor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from glasscase.errors import BadEncoder


def open_session(graph: Path | bytes) -> Any:
    """Open `graph`, a file or its bytes, in ONNX Runtime, fp32, on all cores of this process.

    Waiting threads sleep instead of spinning: on two busy cores that was measured 1.5 times as
    fast, and a server shares its machine. The session may be run by several threads at once.

    Raises:
        BadEncoder: the file is missing or is not a graph ONNX Runtime understands.
    """
    import onnxruntime

    if isinstance(graph, Path) and not graph.is_file():
        raise BadEncoder(f"graph {str(graph)!r} does not exist", "Load or train the model again.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = usable_cores()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors only: they are raised anyway
    source = str(graph) if isinstance(graph, Path) else graph
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        name = f"graph {source!r}" if isinstance(source, str) else "the stored graph"
        message = f"{name} cannot be run: {str(error).splitlines()[0]}"
        raise BadEncoder(message, "Delete its folder; it is made anew when needed.") from error


def usable_cores() -> int:
    """How many cores this process may use (a container may give fewer than the machine has)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
