"""Is any acknowledged decision lost when the process, or the database server, is killed (-9)?

A child holds and decides reviews of the queue as fast as it can, writes an entry of the audit log
for each, and tells each one that was acknowledged. At a random moment it gets SIGKILL. Then the
database is opened again: every decision that was told must be there, once, with its label, and the
audit log must be whole. In some rounds the child's connection's process in the PostgreSQL server is
killed instead (the server then throws out everybody and recovers from its log), in some the whole
server.

A kill is no power cut: what the operating system has taken over, it writes. That fsync is on here
(SQLite: synchronous=FULL) costs time but is not what is tested.

    python benchmarks/kill_reviews.py                   1,000 rounds on both databases
    TMPDIR=/dev/shm python benchmarks/kill_reviews.py   the same sooner: waits for no disk
    python benchmarks/kill_reviews.py --rounds 5 --url sqlite:////tmp/x.db
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from sqlalchemy import func, select

from glasscase.errors import BadStore, GlasscaseError
from glasscase.store import tables
from glasscase.store.review_items import NewReview
from glasscase.store.store import Store
from postgres_server import PostgresServer
from store_rows import a_prediction

LABELS = ("Mugs", "Cups", "Lamps")
BACKEND_EVERY, SERVER_EVERY, WHILE_OPENING_EVERY = 10, 25, 20
LONGEST_SECONDS = 0.2
READY = b"ready\n"
STOCK = 1500


@dataclass
class Found:
    """What the rounds of one database found."""

    database: str
    kills: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    lost: int = 0
    twice: int = 0
    wrong: int = 0
    unacknowledged: int = 0
    """Decisions that are there though the child did not live to tell."""
    log_entries: int = 0
    log_broken: int = 0
    seconds: float = 0.0


def decide(url: str, seed: int, tell: int) -> None:
    """The child: decide until killed."""
    draw = random.Random(seed)
    store = Store.open(url)
    while True:
        for item in store.reviews.hold("ann", most=4):
            label = draw.choice(LABELS)
            store.reviews.decide(item.id, by="ann", action="choose", label=label, seconds=1)
            store.audit.write("ann", "reviews.decide", item.id, {"label": label})
            os.write(tell, f"{item.id} {label}\n".encode())
        os.write(tell, READY)  # the first four warm up


def one_round(url: str, seed: int, kill: Callable[[int], None], *, opening: bool) -> dict[str, str]:
    """Let a child decide, kill at a random moment; returns what it told: item and label."""
    draw = random.Random(seed)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        with suppress(GlasscaseError, BrokenPipeError):  # the server may be what is killed
            decide(url, seed, write)
        os._exit(0)
    os.close(write)
    told = b""
    while not opening and READY not in told and (piece := os.read(read, 4096)):
        told += piece
    time.sleep(draw.uniform(0, LONGEST_SECONDS))
    kill(child)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while piece := os.read(read, 65536):
        told += piece
    os.close(read)
    whole = told.rpartition(b"\n")[0].decode().splitlines()
    return dict(line.split() for line in whole if line != "ready")


def opened(url: str) -> Store:
    """Open the store, waiting while the server recovers."""
    give_up = time.monotonic() + 60
    while True:
        try:
            return Store.open(url)
        except BadStore:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def restock(store: Store) -> None:
    """See that there is something to decide."""
    if store.reviews.counts().open < STOCK // 2:
        answers = [a_prediction() for _ in range(STOCK)]
        store.predictions.add(answers)
        store.reviews.add([NewReview(prediction_id=one.id, priority=1) for one in answers])


def look(store: Store, told: dict[str, str], found: Found) -> None:
    """Count what is not as it was told."""
    items, made = tables.reviews.c, tables.decisions.c
    ids = [*told]
    with store._database.read() as connection:
        labels: dict[str, str] = {}
        many: dict[str, int] = {}
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            rows = select(items.id, items.label).where(items.id.in_(some), items.state == "decided")
            labels |= {row.id: row.label for row in connection.execute(rows)}
            count = select(made.item_id, func.count()).where(made.item_id.in_(some))
            many |= {row[0]: row[1] for row in connection.execute(count.group_by(made.item_id))}
    found.lost += sum(id not in labels for id in told)
    found.wrong += sum(labels.get(id, label) != label for id, label in told.items())
    found.twice += sum(count > 1 for count in many.values())


def run(
    name: str, url: str, rounds: int, *, server: PostgresServer | None = None, seed: int = 0
) -> Found:
    """All rounds on one database."""
    found, everything = Found(name), dict[str, str]()
    began = time.monotonic()
    for number in range(1, rounds + 1):
        store = opened(url)
        restock(store)
        store.close()
        kind, kill = _kill_of(number, server)
        opening = kind == "process" and number % WHILE_OPENING_EVERY == 1
        told = one_round(url, seed + number, kill, opening=opening)
        kind = "process, opening" if opening else kind
        found.kills[kind] = found.kills.get(kind, 0) + 1
        store = opened(url)
        look(store, told, found)
        store.close()
        everything |= told
        if number % 100 == 0:
            print(f"{name}: {number} rounds, {len(everything)} told", file=sys.stderr, flush=True)
    store = opened(url)
    look(store, everything, found)
    verified = store.audit.verify()
    found.acknowledged = len(everything)
    with store._database.read() as connection:
        made = connection.scalar(select(func.count()).select_from(tables.decisions)) or 0
    found.unacknowledged = made - len(everything)
    found.log_entries, found.log_broken = verified.entries, int(verified.broken is not None)
    store.close()
    found.seconds = round(time.monotonic() - began, 1)
    return found


def _kill_of(number: int, server: PostgresServer | None) -> tuple[str, Callable[[int], None]]:
    if server is not None and number % SERVER_EVERY == 0:
        return "whole server", lambda child: _kill_server(server)
    if server is not None and number % BACKEND_EVERY == 0:
        return "server's process", lambda child: _kill_backend(server)
    return "process", lambda child: os.kill(child, signal.SIGKILL)


def _kill_backend(server: PostgresServer) -> None:
    rows = server.run(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
        "AND pid <> pg_backend_pid()"
    )
    for (pid,) in rows:
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def _kill_server(server: PostgresServer) -> None:
    """The postmaster and all its children at once, as when the machine's memory runs out."""
    master = server.postmaster
    tree = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    for pid in (master, *map(int, tree)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(_lives(int(pid)) for pid in (master, *tree)):
        time.sleep(0.01)
    server.start_again(durable=True)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--url", help="only this database, whose server is left alone")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    asked = parser.parse_args()
    if asked.url:
        results = [run(asked.url.partition(":")[0], asked.url, asked.rounds)]
    else:
        results = []
        if asked.only != "postgresql":
            with tempfile.TemporaryDirectory() as folder:
                results.append(run("sqlite", f"sqlite:///{folder}/glasscase.db", asked.rounds))
        if asked.only != "sqlite":
            server = PostgresServer.start(durable=True)
            url = server.empty_database("reviews")
            results.append(run("postgresql", url, asked.rounds, server=server))
            server.stop()
    print(json.dumps([asdict(found) for found in results], indent=2))
    sys.exit(any(one.lost or one.twice or one.wrong or one.log_broken for one in results))


if __name__ == "__main__":
    main()
