"""How fast the store is, with many rows in it, on both databases.

    python benchmarks/store.py [--rows 100000]

One caller, one statement at a time; SQLite with synchronous=FULL, PostgreSQL with fsync on, both on
the same disk.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from glasscase.store.kept import KeptPhoto
from glasscase.store.review_items import NewReview
from glasscase.store.store import Store
from postgres_server import PostgresServer
from store_rows import a_prediction

ANSWER = {
    "label": "Kitchen > Mugs", "probability": 0.91, "verdict": "accept", "text_share": 0.6,
    "top_k": [{"label": f"Kitchen > Kind {n}", "probability": 0.1} for n in range(5)],
    "reason": "surer than the promise needs", "category": "Kitchen > Mugs",
}  # fmt: skip


def per_second(times: int, work: Callable[[], object]) -> float:
    work()
    began = time.perf_counter()
    for _ in range(times):
        work()
    return times / (time.perf_counter() - began)


def milliseconds(work: Callable[[], object]) -> float:
    return 1000 / per_second(5, work)


def measure(url: str, rows: int) -> dict[str, str]:
    store = Store.open(url)
    figures: dict[str, str] = {}
    began = time.perf_counter()
    ids: list[str] = []
    for start in range(0, rows, 500):
        some = [
            a_prediction(
                batch_id="b", row=row, product_id=f"product {row}", label=f"Kind {row % 97}",
                answer=ANSWER, probability=row % 1000 / 1000,
                verdict=("accept", "accept", "review")[row % 3],
            )
            for row in range(start, start + 500)
        ]  # fmt: skip
        store.predictions.add(some)
        ids += [one.id for one in some if one.verdict == "review"]
    figures["answers stored in groups of 500, a second"] = (
        f"{rows / (time.perf_counter() - began):,.0f}"
    )
    store.reviews.add([NewReview(prediction_id=id, priority=hash(id) % 1000) for id in ids])

    def one() -> None:
        store.predictions.add([a_prediction(answer=ANSWER)])

    figures["one answer stored, a second"] = f"{per_second(200, one):,.0f}"

    def decide() -> None:
        (item, *_) = store.reviews.hold("ann")
        store.reviews.decide(item.id, by="ann", action="accept")

    figures[f"reviews held and decided with {len(ids):,} open, a second"] = (
        f"{per_second(100, decide):,.0f}"
    )
    figures["reviews decided, with an entry in the log, a second"] = "{:,.0f}".format(
        per_second(100, lambda: (decide(), store.audit.write("ann", "reviews.decide", "x")))
    )
    _, secret = store.keys.create("k", ["predict"])
    figures["keys checked, a second"] = f"{per_second(500, lambda: store.keys.check(secret)):,.0f}"
    views: dict[str, dict[str, object]] = {
        "first page": {},
        "page sorted by probability": {"sort": "probability"},
        "page of a verdict": {"verdict": "review", "start": 1000},
        "page with a word": {"words": "product 77"},
    }
    for name, view in views.items():
        took = milliseconds(lambda view=view: store.predictions.of_batch("b", **view))
        figures[f"{name} of {rows:,} rows, ms"] = f"{took:.1f}"
    began = time.perf_counter()
    assert sum(1 for _ in store.predictions.all_of_batch("b")) == rows
    figures["rows of a batch read, a second"] = f"{rows / (time.perf_counter() - began):,.0f}"
    now = datetime.now(UTC)
    for number in range(200):
        photo = KeptPhoto("a", "image/jpeg", bytes([number]) + Path(__file__).read_bytes() * 40)
        store.kept.keep(
            f"{number}", texts={"title": "x" * 400}, attributes={}, photos=[photo], until=now
        )
    began = time.perf_counter()
    proof = store.retention.purge_and_prove(now + timedelta(seconds=1), log_days=3650)
    assert proof.holds
    figures["purge of 200 photos with all that, s"] = f"{time.perf_counter() - began:.1f}"
    store.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        file = measure(f"sqlite:///{folder}/glasscase.db", rows)
    server = PostgresServer.start(durable=True)
    served = measure(server.empty_database("figures"), rows)
    server.stop()
    print("| | SQLite | PostgreSQL |\n|---|---|---|")
    for name, figure in file.items():
        print(f"| {name} | {figure} | {served[name]} |")


if __name__ == "__main__":
    main()
