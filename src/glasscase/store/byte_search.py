"""Looks for pieces of bytes in files, as a program of its own that imports nothing of Glasscase.

A process of its own, for SQLite's locks belong to a process: were the database's files opened and
closed beside it, its locks on them would be lost, and with them the safety of what it writes.

In: JSON `{"files": [...], "pieces": [hex, ...]}`. Out: JSON `{"bytes": n, "found": [hex, ...]}`.
"""

from __future__ import annotations

import json
import mmap
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def find_pieces(files: Sequence[Path], pieces: Sequence[bytes]) -> tuple[int, list[bytes]]:
    """How many bytes the files have, and which pieces are in them; read by another process."""
    asked = {"files": [str(path) for path in files], "pieces": [one.hex() for one in pieces]}
    done = subprocess.run(
        [sys.executable, "-I", __file__], input=json.dumps(asked), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    return answer["bytes"], [bytes.fromhex(piece) for piece in answer["found"]]


def _search(files: Sequence[str], pieces: Sequence[str]) -> dict[str, object]:
    size, found = 0, set[str]()
    for path in files:
        length = Path(path).stat().st_size
        size += length
        if not length:  # an empty file cannot be mapped
            continue
        with (
            open(path, "rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            found |= {one for one in pieces if content.find(bytes.fromhex(one)) >= 0}
    return {"bytes": size, "found": sorted(found)}


if __name__ == "__main__":
    json.dump(_search(**json.load(sys.stdin)), sys.stdout)
