"""How long "why?" takes over HTTP, by the parts asked for.

A real `glasscase serve` process; products nobody has seen, with words and a photo, one at a time on
one connection. Told: from the request to the whole answer, what of it the explanation itself took,
and processor time of the service, which does not hang on what else the machine does. Asked of
words and photo together: a median well below 1.5 s.

    python benchmarks/serve_explain.py [--bundle BUNDLE] [--products 40]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from glasscase.catalog.product import Product
from serving import Line, percentile, request_for, serving, toy_bundle, unseen

PARTS = ("photo", "words", "words,photo", "rival", "words,photo,rival,flip,check")


def main() -> None:
    """Ask about each product once per kind of question, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--products", type=int, default=40)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = asked.bundle or toy_bundle(folder)
        products = unseen(asked.products)
        with serving(bundle, folder / "service") as service:
            line = service.line()
            line.ask(question(products[0], PARTS[0]))
            asked_by_parts = {
                parts: [question(product, parts) for product in products] for parts in PARTS
            }
            asked_by_parts["short form"] = [request_for(one, "/predict") for one in products]
            for what, requests in asked_by_parts.items():
                before = cpu_seconds(service.process.pid)
                tell(what, line, requests)
                spent = (cpu_seconds(service.process.pid) - before) / len(requests)
                print(f"{'':28} {spent:.2f} s of processor time each")


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def question(product: Product, parts: str) -> bytes:
    """A request for these parts of the explanation of `product`."""
    return request_for(replace(product, texts={**product.texts, "parts": parts}), "/v1/explain")


def tell(what: str, line: Line, requests: list[bytes]) -> None:
    """Ask, and print the times."""
    waited, itself, sizes = [], [], []
    for request in requests:
        started = time.perf_counter()
        status, body = line.ask(request)
        waited.append(time.perf_counter() - started)
        assert status == 200, body
        sizes.append(len(body) / 1000)
        told = json.loads(body)
        itself.append(told.get("seconds", told.get("milliseconds", 0) / 1000))
    median, slow, most = percentile(waited, 0.5), percentile(waited, 0.9), max(waited)
    print(
        f"{what:28} p50 {median:.2f} s, p90 {slow:.2f}, longest {most:.2f}; "
        f"explained in {percentile(itself, 0.5):.2f} s; {percentile(sizes, 0.5):.0f} kB"
    )


if __name__ == "__main__":
    main()
