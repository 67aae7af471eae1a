"""A real `glasscase serve` process: what tests of signals, ports and connections share."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx


@dataclass
class ServerProcess:
    """A running service."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def peak_megabytes(self) -> float:
        """The most memory it has had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1000

    def sent(self, *pieces: bytes, seconds: float = 20) -> bytes:
        """All that comes back when these bytes are sent, until it hangs up or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as line:
            got = b""
            try:
                for piece in pieces:
                    line.sendall(piece)
                while more := line.recv(65_536):
                    got += more
            except OSError:  # it hung up while we were sending
                pass
            return got

    def stop(self) -> int:
        """Send SIGTERM and wait; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


_RUN = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(name, name=name.partition(".")[0])
sys.meta_path.insert(0, Missing())
from glasscase.cli.main import run
run()
"""


@contextmanager
def server_process(
    folder: Path, *arguments: object, missing: tuple[str, ...] = ()
) -> Iterator[ServerProcess]:
    """`glasscase serve` with a free port and these arguments, its data in `folder`, answering.

    `missing` modules are as if they were not installed.
    """
    log = folder / "service.log"
    command = [sys.executable, "-c", _RUN.format(missing=missing), "serve"]
    command += ["--port=0", f"--set=service.data_folder={folder}", *map(str, arguments)]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ}
        )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"Glasscase: http://127\.0\.0\.1:(\d+)/\n", said)
        assert found, said + log.read_text()
        server = ServerProcess(process, int(found[1]), log)
        # it listens before it has started: who asks now is answered when it has
        assert httpx.get(f"{server.url}/healthz", timeout=120).status_code == 200
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
