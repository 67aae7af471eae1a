"""`glasscase purge`: what is past its day goes, and that it is gone is shown."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.opened_store import DatabaseOption, opened, service_settings, who
from glasscase.cli.show import print_json

if TYPE_CHECKING:
    from glasscase.store.removed_bytes import Search
    from glasscase.store.retention import Proof, Purged

NOT_PROVEN = 3


def purge(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what is past its day.")
    ] = False,
    database: DatabaseOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
) -> None:
    """Remove what is past its day, and show that it is gone.

    Photos, texts and shared cards have a day each; answers and closed jobs stay service.log_days.
    Afterwards it counts again and, with SQLite, looks for pieces of what was removed in the
    database's files. Exit code 3 where anything is left.
    """
    from glasscase.jobs.purge import counts as counts_of
    from glasscase.jobs.purge import purge as purge_store

    settings = service_settings(config, overrides, database)
    days, now = settings.service.log_days, datetime.now(UTC)
    with opened(settings) as store:
        if dry_run:
            _show_overdue(store.retention.overdue(now, log_days=days), as_json=as_json)
            return
        proof = purge_store(store, settings.data_folder, log_days=days, who=who(), now=now)
    if as_json:
        print_json(
            {
                "removed": counts_of(proof.removed),
                "left": counts_of(proof.left),
                "search": {**asdict(proof.search), "files": [*proof.search.files]},
                "gone": proof.holds,
            }
        )
    else:
        _show(proof)
    if not proof.holds:
        raise typer.Exit(NOT_PROVEN)


def _show_overdue(overdue: Purged, *, as_json: bool) -> None:
    from glasscase.jobs.purge import counts as counts_of

    if as_json:
        print_json({"overdue": counts_of(overdue)})
    elif overdue.nothing:
        print("Nothing is past its day.")
    else:
        print(f"Past their day: {_words(overdue)}. Nothing was removed.")


def _show(proof: Proof) -> None:
    if proof.removed.nothing:
        print("Nothing is past its day.")
        return
    print(f"Removed: {_words(proof.removed)}.")
    print(f"Counted again: {'nothing' if proof.left.nothing else _words(proof.left)} is left.")
    if proof.search.files:
        print(_searched(proof.search))


def _searched(search: Search) -> str:
    names = " and ".join(Path(name).name for name in search.files)
    found = "none is" if not search.found else f"{search.found} are still"
    return (
        f"Looked for {search.pieces} pieces of them in the {search.read_bytes:,} bytes of "
        f"{names}: {found} there."
    )


def _words(counts: Purged) -> str:
    names = {
        "photos": "photos", "texts": "texts of products", "cards": "shared cards",
        "predictions": "answers", "jobs": "closed jobs",
    }  # fmt: skip
    many = asdict(counts)
    return ", ".join(f"{many[name]} {words}" for name, words in names.items() if many[name])
