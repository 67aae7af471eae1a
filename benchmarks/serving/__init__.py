"""A service in a process of its own, and requests to it: what benchmarks of the service share."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.product import Product
from glasscase.catalog.toy import draw_toy_catalogue, toy_products
from glasscase.jobs.train import train
from glasscase.settings import Settings

TRAINED_ON = 240
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def toy_bundle(folder: Path) -> Path:
    """A bundle trained on the toy shop with little effort."""
    shop = draw_toy_catalogue(folder / "shop", size=TRAINED_ON)
    catalog = Catalog.read(shop.products, photos=shop.images)
    settings = Settings.read(overrides=["train.effort=quick"])
    return train(catalog, settings=settings).model.save(folder / "bundle")


def unseen(count: int) -> list[Product]:
    """Toy products that the bundle was not trained on, each with words and a photo."""
    return toy_products(TRAINED_ON + count, cases=False)[TRAINED_ON:]


def request_for(product: Product, path: str = "/v1/predict") -> bytes:
    """The bytes of a request that asks about `product`, as browsers and curl send it."""
    mark = "glasscase-benchmark-7d3f"
    parts = []
    for name, text in product.texts.items():
        told = f'Content-Disposition: form-data; name="{name}"'
        parts.append(told.encode() + _HEAD_END + text.encode())
    for photo in product.photos:
        told = f'Content-Disposition: form-data; name="photos"; filename="{photo.name}"\r\n'
        kind = "Content-Type: application/octet-stream"
        parts.append((told + kind).encode() + _HEAD_END + photo.read())
    line = f"\r\n--{mark}\r\n".encode()
    body = line[2:] + line.join(parts) + f"\r\n--{mark}--\r\n".encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n"
        f"Content-Type: multipart/form-data; boundary={mark}\r\nContent-Length: {len(body)}"
    )
    return head.encode() + _HEAD_END + body


def asking(path: str) -> bytes:
    """The bytes of a request for `path`."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost".encode() + _HEAD_END


class Line:
    """One connection that is kept; asks one thing after the other, by the fewest means."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self._socket.sendall(request)
        got = b""
        while _HEAD_END not in got:
            got += self._more()
        head, _, body = got.partition(_HEAD_END)
        length = int(found[1]) if (found := _LENGTH.search(head)) else 0
        while len(body) < length:
            body += self._more()
        return int(head[9:12]), body

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _more(self) -> bytes:
        piece = self._socket.recv(65_536)
        if not piece:
            raise ConnectionError("the service hung up")
        return piece


@dataclass
class Serving:
    """A running service."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    """Its data folder."""
    log: Path
    _lines: list[Line] = field(default_factory=list)

    @property
    def rss_megabytes(self) -> float:
        """Memory of the process now."""
        return self._megabytes("VmRSS")

    @property
    def peak_megabytes(self) -> float:
        """The most memory it has had."""
        return self._megabytes("VmHWM")

    @property
    def cpu_seconds(self) -> float:
        """Processor time it has taken."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _megabytes(self, name: str) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"{name}:\s+(\d+) kB", status)
        return int(found[1]) / 1000 if found else 0.0

    def line(self) -> Line:
        """A new connection."""
        self._lines.append(Line(self.port))
        return self._lines[-1]


@contextmanager
def serving(bundle: Path, folder: Path, *more: str) -> Iterator[Serving]:
    """`glasscase serve` over `bundle` in a process of its own, data in `folder`, ready to answer.

    `more` are settings, `section.name=value`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    told = [f"service.data_folder={folder}", "limits.requests_per_minute=10000000", *more]
    command = [str(Path(sys.executable).with_name("glasscase")), "serve", str(bundle), "--port=0"]
    command += [f"--set={setting}" for setting in told]
    log = folder.with_suffix(".log")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env={**os.environ}, bufsize=0
        )
    try:
        assert process.stdout is not None
        said = process.stdout.readline().decode()
        found = re.search(r":(\d+)/$", said.strip())
        if found is None:
            raise SystemExit(f"the service did not start: {said} {log.read_text()}")
        running = Serving(process, int(found[1]), folder, log)
        _wait_ready(running)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_ready(running: Serving, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if running.process.poll() is not None:
            raise SystemExit(f"the service did not start: {running.log.read_text()}")
        line = Line(running.port)
        try:
            if line.ask(asking("/readyz"))[0] == 200:
                return
        except OSError:
            pass
        finally:
            line.close()
        time.sleep(0.1)
    raise SystemExit("the service did not become ready")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
