"""A detector's ONNX file: checked before it is opened, and run with a limit on time."""

from __future__ import annotations

import ast
import hashlib
import json
import mmap
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.encoders.onnx_session import open_session, wants_too_much
from glasscase.errors import BadDetector, BadEncoder
from glasscase.shelf.forms.onnx_structure import Structure, read_structure

MOST_BYTES = 2_000_000_000
"""Of the graph and its weights together."""
MOST_SECONDS = 120.0
"""For one look at one photo or tile."""
MOST_NUMBERS = 100_000_000
"""In one answer, 400 MB; no detector of products says more."""
FAMILIES = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc")
"""Families of operations ONNX Runtime brings with it."""

Answers = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Tensor:
    """An input or output as its file declares it."""

    name: str
    shape: tuple[int | str, ...]
    """A word stands where the length is not fixed."""
    type: str

    def __str__(self) -> str:
        return f"{self.name} [{', '.join(map(str, self.shape))}] {self.type}"


class OnnxFile:
    """An opened detector, which says what it wants and what it answers; thread-safe."""

    def __init__(self, path: Path) -> None:
        """Check and open `path`.

        Raises:
            BadDetector: missing, too large, no ONNX, wants files elsewhere or operations nobody
                here has, or cannot be opened.
        """
        self.path = path
        self.sha256 = checked(path)
        try:
            self._session = open_session(path, from_outside=True)
        except BadEncoder as error:
            raise BadDetector(
                f"detector {path.name!r} cannot be run: {_cause(error)}",
                "Export it anew, with plain ONNX operations and without plugins.",
            ) from error
        try:
            self.inputs = tuple(_tensor(one) for one in self._session.get_inputs())
            self.outputs = tuple(_tensor(one) for one in self._session.get_outputs())
            self.metadata = dict(self._session.get_modelmeta().custom_metadata_map)
        except UnicodeDecodeError as error:
            raise BadDetector(
                f"detector {path.name!r} has names or metadata that are no UTF-8 text",
                "Export it anew.",
            ) from error

    @property
    def names(self) -> tuple[str, ...]:
        """The classes by the file's own words (`names`), in the order of their numbers; () where it
        says none."""
        return class_names(self.metadata.get("names", ""))

    def run(self, feed: Mapping[str, NDArray[Any]], *, seconds: float = MOST_SECONDS) -> Answers:
        """What it answers, by name of the output.

        Raises:
            BadDetector: it fails, takes longer than `seconds`, wants more memory than graphs from
                outside may have (`onnx_session.MOST_MEMORY_BYTES`), or answers beyond all reason.
        """
        import onnxruntime

        options = onnxruntime.RunOptions()
        options.log_severity_level = 4  # its failures are raised, not written to stderr
        late = threading.Event()

        def stop() -> None:
            late.set()
            options.terminate = True

        alarm = threading.Timer(seconds, stop)
        alarm.daemon = True
        alarm.start()
        try:
            answers = self._session.run(None, dict(feed), options)
        except Exception as error:
            if late.is_set():
                raise BadDetector(
                    f"detector {self.path.name!r} took longer than {seconds:g} s for one look",
                    "Use a smaller one, or a smaller input_px.",
                ) from error
            if wants_too_much(error):
                raise BadDetector(
                    f"detector {self.path.name!r} wants more memory for one look than it may have",
                    "Use a smaller one, or a smaller input_px.",
                ) from error
            raise BadDetector(
                f"detector {self.path.name!r} fails on a photo: {_cause(error)}",
                "Try another input_px, or export it anew.",
            ) from error
        finally:
            alarm.cancel()
        found = {one.name: np.asarray(a) for one, a in zip(self.outputs, answers, strict=True)}
        for name, answer in found.items():
            if answer.size > MOST_NUMBERS or answer.dtype.kind not in "fiu":
                raise BadDetector(
                    f"detector {self.path.name!r} answers {name} with {answer.size:,} values of "
                    f"type {answer.dtype}",
                    "That is no detector of one of the known forms.",
                )
        return found

    def described(self) -> str:
        """Inputs, outputs and metadata in words, for a message."""
        parts = [
            f"inputs {'; '.join(map(str, self.inputs)) or 'none'}",
            f"outputs {'; '.join(map(str, self.outputs)) or 'none'}",
        ]
        said = [f"{key}={_short(value)}" for key, value in sorted(self.metadata.items())[:12]]
        return ", ".join([*parts, f"metadata {', '.join(said) or 'none'}"])


def checked(path: Path) -> str:
    """SHA-256 of a detector's file and of the weights beside it, when nothing speaks against it.

    Raises:
        BadDetector: see `OnnxFile`.
    """
    try:
        if not path.is_file():
            raise BadDetector(f"detector {str(path)!r} does not exist", "Give a file *.onnx.")
        size = path.stat().st_size
        _check_bytes(path, size)
        with path.open("rb") as stream:
            if not size:
                raise BadDetector(f"detector {path.name!r} is empty", "Export it anew.")
            with (
                mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as pages,
                memoryview(pages) as view,
            ):
                structure = read_structure(view, path.name)
            digest = hashlib.file_digest(stream, "sha256")
        _check_operations(path, structure)
        for beside in _weights_beside(path, structure):
            size += beside.stat().st_size
            _check_bytes(path, size)
            with beside.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadDetector(f"detector {str(path)!r} cannot be read: {why}", "") from error
    return digest.hexdigest()


def _check_bytes(path: Path, size: int) -> None:
    if size > MOST_BYTES:
        raise BadDetector(
            f"detector {path.name!r} has {size / 1e9:.1f} GB, the limit is {MOST_BYTES / 1e9:g} GB",
            "Use a smaller one.",
        )


def _check_operations(path: Path, structure: Structure) -> None:
    own = {family for family, _ in structure.functions}
    foreign = sorted(
        f"{family}.{name}"
        for family, name in structure.operations - structure.functions
        if family not in FAMILIES and family not in own
    )
    if foreign:
        raise BadDetector(
            f"detector {path.name!r} uses operations of its maker's own: "
            f"{', '.join(_short(name) for name in foreign[:3])}",
            "Export it anew with plain ONNX operations, without plugins of TensorRT or others.",
        )


def _weights_beside(path: Path, structure: Structure) -> list[Path]:
    """The other files it wants: plain names in its own folder, or none of them is touched."""
    beside = []
    for name in sorted(structure.files):
        file = path.parent / name
        plain = bool(name) and name == Path(name).name and "\\" not in name and "\0" not in name
        if not plain or file.is_symlink() or name in (".", ".."):
            raise BadDetector(
                f"detector {path.name!r} wants weights from {_short(name)!r}, outside its folder",
                "Export it as a single file.",
            )
        if not file.is_file():
            raise BadDetector(
                f"detector {path.name!r} wants weights from {_short(name)!r}, which is not here",
                "Put it into the same folder, or export it as a single file.",
            )
        beside.append(file)
    return beside


def class_names(text: str) -> tuple[str, ...]:
    """Names of classes from metadata: a list or a dictionary by number, as JSON or as Python
    writes it; () where it is neither. Nothing of it is run.

    >>> class_names("{0: 'bottle', 1: 'can'}")
    ('bottle', 'can')
    """
    value = literal(text)
    if isinstance(value, dict):
        by_number = {str(key): name for key, name in value.items()}
        value = [by_number.get(str(i)) for i in range(len(value))]
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        return ()
    return tuple("".join(c for c in name if c.isprintable())[:100] for name in value)


def literal(text: str) -> Any:
    """The plain value that JSON or Python would write so; None where it is no such thing."""
    if not text or len(text) > 1_000_000:
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return None


def _tensor(declared: Any) -> Tensor:
    shape = tuple(one if isinstance(one, int) else str(one or "?") for one in declared.shape)
    return Tensor(declared.name, shape, declared.type.removeprefix("tensor").strip("()"))


def _cause(error: BaseException) -> str:
    """The first line of what went wrong beneath."""
    lines = str(error.__cause__ or error).strip().splitlines() or [type(error).__name__]
    return _short(lines[0], 300).rstrip(".")


def _short(text: str, most: int = 60) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."
