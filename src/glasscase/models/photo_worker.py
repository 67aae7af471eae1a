"""A process of its own that prepares photos, asked through pipes.

Run as `python -m glasscase.models.photo_worker`; its first message says how photos are prepared,
every further one is a task. A message is a line of JSON, then the bytes whose length the JSON
tells. Not Python's `multiprocessing`: that starts the user's own script a second time, or copies
a process whose other threads hold locks.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import numpy as np

from glasscase.augmentation.photos import PhotoAugmentation
from glasscase.catalog.photo import Photo
from glasscase.errors import BadPhoto
from glasscase.models.photo_preparation import Image, PhotoTask, Preparation, PreparedPhoto
from glasscase.settings import PhotoSettings


class PhotoWorker:
    """The near end of such a process. Used by one thread at a time.

    Should the process die, its work is done here instead: the bytes are the same.
    """

    def __init__(self, preparation: Preparation) -> None:
        self._here = preparation
        self._process = _started()
        if self._process is not None:
            with contextlib.suppress(OSError):
                _send(self._process.stdin, _told(preparation))

    def prepare(self, task: PhotoTask) -> PreparedPhoto:
        """Do one task. Raises `BadPhoto`."""
        if self._process is None:
            return self._here.prepare(task)
        photo, square = task.photo, task.square
        question = {
            "name": photo.name,
            "path": None if photo.path is None else str(photo.path),
            "has_data": photo.data is not None,
            "epoch": int(task.epoch),
            "key": task.key,
            "view": int(task.view),
        }
        data = photo.data if photo.data is not None and square is None else b""
        try:
            _send(self._process.stdin, question, data, b"" if square is None else square.tobytes())
            answer, parts = _receive(self._process.stdout)
        except (OSError, EOFError, ValueError):  # dead, or out of step: never asked again
            self.close()
            return self._here.prepare(task)
        if "reason" in answer:
            raise BadPhoto(answer["reason"], answer["remedy"])
        image = _image(parts[1], self._here.side)
        if square is None:
            square = _image(parts[0], self._here.side) if parts[0] else image
        return PreparedPhoto(square, image)

    def close(self) -> None:
        """End the process; what is asked from now on is done here."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                stream.close()


class _Process(Protocol):
    """What is used of `subprocess.Popen`; its pipes are there."""

    pid: int
    stdin: BinaryIO
    stdout: BinaryIO

    def kill(self) -> None: ...

    def wait(self) -> int: ...


def _started() -> _Process | None:
    """The far end in a process of its own; None where none can be started."""
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "glasscase.models.photo_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    except OSError:
        return None
    return cast("_Process", process)


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """The far end: answer tasks until there are no more."""
    told, _ = _receive(asked)
    augmentation = told["augmentation"]
    preparation = Preparation(
        told["side"],
        PhotoSettings.model_validate(told["limits"]),
        None if augmentation is None else PhotoAugmentation(**augmentation),
    )
    while True:
        try:
            question, (data, square) = _receive(asked)
        except EOFError:
            return
        path = question["path"]
        photo = Photo(
            question["name"],
            None if path is None else Path(path),
            data if question["has_data"] else None,
        )
        known = _image(square, preparation.side) if square else None
        task = PhotoTask(photo, question["epoch"], question["key"], question["view"], known)
        try:
            done = preparation.prepare(task)
        except BadPhoto as error:
            _send(answers, {"reason": error.reason, "remedy": error.remedy})
            continue
        new = known is None and done.square is not done.image
        _send(answers, {}, done.square.tobytes() if new else b"", done.image.tobytes())


def _told(preparation: Preparation) -> dict[str, Any]:
    change = preparation.augmentation
    return {
        "side": preparation.side,
        "limits": preparation.limits.model_dump(),
        "augmentation": None
        if change is None
        else {"level": change.level, "seed": int(change.seed), "mirror": change.mirror},
    }


def _image(data: bytes, side: int) -> Image:
    return np.frombuffer(data, np.uint8).reshape(side, side, 3)


def _send(stream: BinaryIO, message: dict[str, Any], *parts: bytes) -> None:
    head = json.dumps({**message, "parts": [len(part) for part in parts]})
    stream.write(head.encode("ascii") + b"\n")
    for part in parts:
        stream.write(part)
    stream.flush()


def _receive(stream: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    head = stream.readline()
    if not head.endswith(b"\n"):
        raise EOFError
    message = json.loads(head)
    parts = [stream.read(length) for length in message["parts"]]
    if [len(part) for part in parts] != message["parts"]:
        raise EOFError
    return message, parts


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    serve(sys.stdin.buffer, sys.stdout.buffer)
