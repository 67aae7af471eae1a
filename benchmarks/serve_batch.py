"""What the background costs: a batch of the service against `glasscase predict` on the same table,
and single answers while a batch runs.

A zip of new toy products with photos goes to a real service; the same table is predicted in this
process, in turn, so that whatever else the machine does weighs on both alike. Rows per second by
the clock and by processor time; asked: a batch at 0.85 of `predict` or more. Then /v1/predict is
asked alone and while a batch runs. First memory is read before and after a large upload.

    python benchmarks/serve_batch.py [--bundle BUNDLE] [--products 400] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
import zipfile
from datetime import datetime
from pathlib import Path

import httpx2

from glasscase.catalog.toy import draw_toy_catalogue
from glasscase.jobs.predict import predict
from glasscase.jobs.table_source import TableSource
from glasscase.models.classifier import ProductClassifier
from serving import Serving, asking, percentile, request_for, serving, toy_bundle, unseen

_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Start, run both in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--products", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = asked.bundle or toy_bundle(folder)
        shop = draw_toy_catalogue(folder / "new", size=asked.products, seed=5)
        packed = folder / "shop.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(shop.products, "products.csv")
            for photo in sorted(shop.images.iterdir()):
                archive.write(photo, f"images/{photo.name}")
        with serving(bundle, folder / "service") as service:
            memory_of_an_upload(service, folder)
            against_predict(service, bundle, shop.products, shop.images, packed, asked.rounds)
            beside_single_answers(service, packed)


def against_predict(
    service: Serving, bundle: Path, table: Path, photos: Path, packed: Path, rounds: int
) -> None:
    """Rows per second of both, in turn; kept: with thumbnails."""
    model = ProductClassifier.load(bundle, cached=False)
    rows = sum(1 for _ in table.open()) - 1
    ratios: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        clock, cpu = time.perf_counter(), time.process_time()
        predict(model, TableSource(table, photos), table.with_name("answers.csv"))
        own = (rows / (time.perf_counter() - clock), rows / (time.process_time() - cpu))
        for kind, days in (("batch", 0), ("batch that keeps thumbnails", 3)):
            found = batch_rates(service, packed, days)
            if number == 0:  # warm
                continue
            for what, one, other in zip(("clock", "processor"), found, own, strict=True):
                ratios.setdefault(f"{kind}, by {what}", []).append(one / other)
            print(f"{kind}: {found[0]:.1f} rows a second, {found[1]:.1f} a processor second; "
                  f"predict: {own[0]:.1f}, {own[1]:.1f}")  # fmt: skip
    for kind, values in ratios.items():
        print(f"{kind}: {statistics.median(values):.2f} of predict")


def batch_rates(service: Serving, packed: Path, keep_days: int) -> tuple[float, float]:
    """Rows per second from the start to the end, and per second of processor time."""
    before = processor_seconds(service)
    told = finished(service, send(service, packed, keep_days))
    spent = processor_seconds(service) - before
    seconds = told["seconds"]
    return told["done"] / seconds, told["done"] / spent


def beside_single_answers(service: Serving, packed: Path, count: int = 80) -> None:
    """How long single answers take alone, and while a batch runs."""
    requests = [request_for(product) for product in unseen(count)]

    def ask_all() -> list[float]:
        line, found = service.line(), []
        for request in requests:
            started = time.perf_counter()
            status, body = line.ask(request)
            assert status == 200, body
            found.append(1000 * (time.perf_counter() - started))
            time.sleep(0.05)
        return found

    alone = ask_all()
    ids = [send(service, packed, 0) for _ in range(6)]
    time.sleep(1)
    beside = ask_all()
    line = service.line()
    running = [json.loads(line.ask(asking(f"/v1/batches/{id}"))[1])["state"] for id in ids]
    for what, found in (("alone", alone), ("beside a batch", beside)):
        print(f"/v1/predict {what}: p50 {percentile(found, 0.5):.0f} ms, "
              f"p90 {percentile(found, 0.9):.0f} ms")  # fmt: skip
    print(f"ratio of the medians: {percentile(beside, 0.5) / percentile(alone, 0.5):.2f}; "
          f"batches at the end: {running}")  # fmt: skip
    for id in ids:
        finished(service, id)


def memory_of_an_upload(service: Serving, folder: Path, megabytes: int = 300) -> None:
    """Memory before and at the peak of a large upload: rows as long as they may be."""
    large = folder / "large.csv"
    row = b"1," + b"a word " * 28_000 + b"\n"
    with large.open("wb") as stream:
        stream.write(b"sku,title\n")
        for _ in range(megabytes * 1_000_000 // len(row)):
            stream.write(row)
    before = service.rss_megabytes
    with large.open("rb") as stream:
        answer = httpx2.post(
            f"http://127.0.0.1:{service.port}/v1/batches",
            files={"file": ("large.csv", stream)},
            data={"start": "false"},
            timeout=300,
        )
    after, peak = service.rss_megabytes, service.peak_megabytes
    print(f"upload of {megabytes} MB: {answer.status_code}, memory {before:.0f} MB before, "
          f"{after:.0f} after, {peak:.0f} at the most")  # fmt: skip


def send(service: Serving, packed: Path, keep_days: int) -> str:
    """Send a zip; its batch's id."""
    with packed.open("rb") as stream:
        answer = httpx2.post(
            f"http://127.0.0.1:{service.port}/v1/batches",
            files={"file": ("shop.zip", stream)},
            data={"keep_days": str(keep_days)},
            timeout=120,
        )
    return str(answer.json()["batch"]["id"])


def finished(service: Serving, id: str) -> dict[str, float]:
    """The batch when it is over, and how long it took from when it was sent."""
    line = service.line()
    while True:
        told = json.loads(line.ask(asking(f"/v1/batches/{id}"))[1])
        if told["state"] in ("finished", "failed"):
            assert told["state"] == "finished", told
            ends = [datetime.fromisoformat(told[name]) for name in ("made_at", "finished_at")]
            told["seconds"] = (ends[1] - ends[0]).total_seconds()
            return told
        time.sleep(1.0)  # as the page asks


def processor_seconds(service: Serving) -> float:
    """Of the service so far, all its threads."""
    fields = Path(f"/proc/{service.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()
