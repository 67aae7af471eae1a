"""How much longer an answer takes over HTTP than from the model in process.

A real `glasscase serve` process and the same bundle in this one are asked about the same products
in turn, so that whatever else the machine does weighs on both alike. Once with products nobody has
seen (each asked once), once with the same ones again. Asked: a median of at most 1.5 times.

    python benchmarks/serve_latency.py [--bundle BUNDLE] [--products 200]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from glasscase.models.classifier import ProductClassifier
from serving import percentile, request_for, serving, toy_bundle, unseen


def main() -> None:
    """Start, ask both in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--products", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = asked.bundle or toy_bundle(folder)
        products = unseen(asked.products)
        requests = [request_for(product) for product in products]
        model = ProductClassifier.load(bundle, cached=False)
        with serving(bundle, folder / "service") as service:
            line = service.line()
            for product, request in zip(unseen(5), requests[:5], strict=True):
                model.predictions([product])
                line.ask(request)
            for kind in ("first time", "again"):
                here, there, said = [], [], []
                for product, request in zip(products, requests, strict=True):
                    started = time.perf_counter()
                    model.predictions([product])
                    here.append(time.perf_counter() - started)
                    started = time.perf_counter()
                    status, body = line.ask(request)
                    there.append(time.perf_counter() - started)
                    assert status == 200, body
                    said.append(json.loads(body)["milliseconds"])
                told("in process", here, kind)
                told("/v1/predict", there, kind)
                ratio = statistics.median(there) / statistics.median(here)
                print(f"{kind}: {ratio:.2f} times; it says {statistics.median(said):.1f} ms itself")
            print(f"memory of the service: {service.rss_megabytes:.0f} MB")


def told(what: str, seconds: list[float], kind: str) -> None:
    middle, slow = (1000 * percentile(seconds, share) for share in (0.5, 0.9))
    print(f"{kind}, {what}: p50 {middle:.1f} ms, p90 {slow:.1f} ms")


if __name__ == "__main__":
    main()
