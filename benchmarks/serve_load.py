"""What the service bears: its throughput beside the engine's own, and twice as much as it can do.

First the engine's own loop, `model.predictions([one])` one product after the other, and `glasscase
serve` with several clients, in turn, so that whatever else the machine does weighs on both alike
(asked: at least 0.85 of the engine's). Then for some time twice as many requests as it can answer,
come what may (open loop): only 200, 429 and 503 may be answered, `/healthz` stays below 100 ms at
the 99th percentile, memory stays flat.

    python benchmarks/serve_load.py [--bundle BUNDLE] [--minutes 1] [--clients 8]
        [--set section.name=value ...]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glasscase.models.classifier import ProductClassifier
from serving import Serving, asking, percentile, request_for, serving, toy_bundle, unseen

PRODUCTS = 400
ROUNDS = 10
SECONDS = 3.0
CONNECTIONS = 160
EXPLAIN_SECONDS = 15


def main() -> None:
    """Measure both in turn, then press."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--set", action="append", default=[], dest="settings")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = asked.bundle or toy_bundle(folder)
        with serving(bundle, folder / "service", *asked.settings) as service:
            capacity = compare(bundle, service, asked.clients)
            health_beside_explanations(service)
            if asked.minutes:
                press(service, 2 * capacity, 60 * asked.minutes)


def compare(bundle: Path, service: Serving, clients: int) -> float:
    """Products a second of the service, told beside the engine's."""
    model = ProductClassifier.load(bundle, cached=False)
    products = unseen(PRODUCTS)
    model.predictions(products[:3])
    alone, served, times, total = [], [], [], 0
    here, there = -time.process_time(), -service.cpu_seconds
    for _ in range(ROUNDS):
        end, done = time.perf_counter() + SECONDS, 0
        while time.perf_counter() < end:
            model.predictions([products[done % PRODUCTS]])
            done += 1
        alone.append(done / SECONDS)
        total += done
        found = loaded(service.port, clients, None, SECONDS)
        assert set(found["statuses"]) == {"200"}, found
        served.append(found["answered"] / SECONDS)
        times += found["seconds"]
    here, there = here + time.process_time(), there + service.cpu_seconds
    ratio = statistics.median(there / here for here, there in zip(alone, served, strict=True))
    print(
        f"engine {statistics.median(alone):.1f} products/s ({min(alone):.1f} to {max(alone):.1f})"
    )
    print(
        f"service {statistics.median(served):.1f} ({min(served):.1f} to {max(served):.1f}) with"
        f" {clients} clients, p50 {1000 * percentile(times, 0.5):.0f} ms,"
        f" p99 {1000 * percentile(times, 0.99):.0f} ms"
    )
    print(f"the service does {ratio:.2f} of the engine's own loop (median of {ROUNDS} rounds)")
    print(
        f"processor time: engine {1000 * here / total:.1f} ms a product,"
        f" service {1000 * there / len(times):.1f} ms; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return statistics.median(served)


def health_beside_explanations(service: Serving) -> None:
    """How quick `/healthz` is while one explanation after the other is made."""
    over, health = threading.Event(), []
    watcher = threading.Thread(target=_watch_health, args=(service, over, health))
    watcher.start()
    line, products = service.line(), unseen(PRODUCTS)
    end, number = time.perf_counter() + EXPLAIN_SECONDS, 0
    while time.perf_counter() < end:
        line.ask(request_for(products[number], "/v1/explain"))
        number += 1
    over.set()
    watcher.join()
    p50, p99 = (1000 * percentile(health, share) for share in (0.5, 0.99))
    print(
        f"beside {number} explanations in {EXPLAIN_SECONDS} s: /healthz p50 {p50:.1f},"
        f" p99 {p99:.1f}, max {1000 * max(health):.1f} ms",
        flush=True,
    )


def press(service: Serving, rate: float, seconds: float) -> None:
    """Send `rate` requests a second for `seconds` and watch health and memory meanwhile."""
    print(f"now {rate:.0f} requests a second for {seconds:.0f} s", flush=True)
    over = threading.Event()
    print(f"load of the machine {os.getloadavg()[0]:.1f}")
    health: list[float] = []
    memory: list[float] = []
    watchers = [
        threading.Thread(target=_watch_health, args=(service, over, health)),
        threading.Thread(target=_watch_memory, args=(service, over, memory)),
    ]
    for watcher in watchers:
        watcher.start()
    found = loaded(service.port, CONNECTIONS, rate, seconds)
    over.set()
    for watcher in watchers:
        watcher.join()
    answered = found["statuses"].get("200", 0) / seconds
    late = found["late"]
    p50, p99 = (1000 * percentile(found["seconds"], share) for share in (0.5, 0.99))
    print(f"answers by status: {found['statuses']}; {answered:.1f} of 200 a second")
    print(f"of those 200: p50 {p50:.0f} ms, p99 {p99:.0f} ms; sent late for want of a line: {late}")
    p50, p99 = (1000 * percentile(health, share) for share in (0.5, 0.99))
    print(
        f"/healthz ({len(health)}): p50 {p50:.1f}, p99 {p99:.1f}, max {1000 * max(health):.1f} ms"
    )
    tenth = max(1, len(memory) // 10)
    early, late_on = memory[tenth : 3 * tenth] or memory, memory[-2 * tenth :]
    print(
        f"memory: {statistics.mean(early):.0f} MB in the second tenths, "
        f"{statistics.mean(late_on):.0f} MB in the last, peak {service.peak_megabytes:.0f} MB"
    )


def loaded(port: int, clients: int, rate: float | None, seconds: float) -> dict[str, Any]:
    """What came of asking with `clients` connections, from a process of its own."""
    here, there = multiprocessing.get_context("spawn").Pipe(duplex=False)
    work = multiprocessing.get_context("spawn").Process(
        target=_load, args=(there, port, clients, rate, seconds)
    )
    work.start()
    found: dict[str, Any] = here.recv()
    work.join()
    return found


def _load(told: Any, port: int, clients: int, rate: float | None, seconds: float) -> None:
    told.send(asyncio.run(_clients(port, clients, rate, seconds)))


async def _clients(port: int, clients: int, rate: float | None, seconds: float) -> dict[str, Any]:
    requests = [request_for(product) for product in unseen(PRODUCTS)]
    statuses: Counter[str] = Counter()
    times: list[float] = []
    late = 0
    begun = time.perf_counter()
    due: Iterator[int] = iter(range(10**9))

    async def one(offset: int) -> None:
        nonlocal late
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = offset
        while True:
            if rate is None:
                number += clients
            else:
                number = next(due)
                wait = begun + number / rate - time.perf_counter()
                late += wait < -0.1
                await asyncio.sleep(max(0.0, wait))
            started = time.perf_counter()
            if started - begun > seconds:
                break
            writer.write(requests[number % len(requests)])
            status = await _status(reader)
            statuses[status] += 1
            if status == "200":
                times.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(one(k) for k in range(clients)))
    return {
        "statuses": dict(statuses),
        "seconds": times,
        "answered": len(times),
        "late": late,
    }


async def _status(reader: asyncio.StreamReader) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    status = head[9:12].decode()
    if status not in ("200", "429", "503"):
        print(json.loads(body))
    return status


def _watch_health(service: Serving, over: threading.Event, seconds: list[float]) -> None:
    line, request = service.line(), asking("/healthz")
    while not over.wait(0.05):
        started = time.perf_counter()
        line.ask(request)
        seconds.append(time.perf_counter() - started)


def _watch_memory(service: Serving, over: threading.Event, megabytes: list[float]) -> None:
    while not over.wait(1.0):
        megabytes.append(service.rss_megabytes)


if __name__ == "__main__":
    main()
