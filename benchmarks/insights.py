"""Reports that cannot invent: false sentences of a scripted endpoint, and how quick a report is.

    python benchmarks/insights.py [--answers 500]

A real HTTP server on this machine plays the model. Each of its answers holds false sentences about
a ledger of 20 packs, of ten kinds in turn; a sentence that reaches the report in its name got
through. The same with true sentences says how much a good writer loses.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from adversarial_writers import Attacks, pack_ledger, true_sentences
from embeddings_server import embeddings_server, json_reply
from glasscase.encoders.api_client import ApiClient, Endpoint
from glasscase.insights.chat_writer import ChatWriter
from glasscase.insights.report import written_report
from glasscase.insights.report_page import report_page
from glasscase.insights.report_pdf import report_pdf


def answer(*sentences: str):
    content = json.dumps({"sentences": sentences})
    return lambda *_: json_reply({"choices": [{"message": {"content": content}}]})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=int, default=500)
    answers = parser.parse_args().answers
    ledger = pack_ledger(20)
    attacks = Attacks(ledger, seed=7)
    told: Counter[str] = Counter()
    through: Counter[str] = Counter()
    with embeddings_server() as server:
        writer = ChatWriter(ApiClient(Endpoint(server.base, ""), sleep=lambda _: None), "hostile")
        for kind, sentence in attacks.draw(answers):
            _, again = next(iter(attacks.draw(1)))
            server.next = [answer(sentence), answer(again)]
            told[kind] += 1
            through[kind] += written_report(ledger, writer).writers.get("hostile", 0)
        print(f"{'kind':<18} answers  got through")
        for kind, count in told.items():
            print(f"{kind:<18} {count:>7}  {through[kind]:>11}")
        print(f"{'all':<18} {told.total():>7}  {through.total():>11}")
        true = true_sentences(ledger, 200, seed=8)
        server.next = [answer(*true), answer()]
        kept = 200 - len(written_report(ledger, writer).refused)
        print(f"\ntrue sentences kept: {kept} of 200")
    started = time.perf_counter()
    report = written_report(ledger)
    wrote = time.perf_counter()
    page = report_page(report)
    painted = time.perf_counter()
    pdf = report_pdf(report)
    printed = time.perf_counter()
    print(f"\na template report for 20 packs ({len(ledger.facts)} facts, "
          f"{len(report.sentences)} sentences)")  # fmt: skip
    print(f"  sentences written and checked {wrote - started:6.3f} s")
    print(f"  page of {len(page) // 1000} kB           {painted - wrote:6.3f} s")
    print(f"  PDF of {len(pdf) // 1000} kB            {printed - painted:6.3f} s")


if __name__ == "__main__":
    main()
