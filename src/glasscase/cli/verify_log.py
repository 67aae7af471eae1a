"""`glasscase verify-log`: whether the audit log is as it was written."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.opened_store import DatabaseOption, opened, service_settings
from glasscase.cli.show import print_json
from glasscase.errors import BadSetting

BROKEN = 3


def verify_log(
    anchor: Annotated[
        str | None,
        typer.Option(
            "--anchor",
            metavar="HASH",
            help="A hash that was kept elsewhere: an entry must have it.",
        ),
    ] = None,
    database: DatabaseOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
) -> None:
    """Say whether anybody changed the audit log behind its back.

    Changed, removed, added and reordered entries are found; exit code 3 where there are any. Keep
    the anchor it prints elsewhere, and give it back with --anchor: only that shows a log that was
    written anew as a whole.
    """
    if anchor is not None and not re.fullmatch("[0-9a-f]{64}", anchor, re.ASCII):
        raise BadSetting(f"--anchor {anchor!r} is no hash", "It has 64 of the signs 0-9 and a-f.")
    with opened(service_settings(config, overrides, database)) as store:
        found = store.audit.verify(anchor)
    if as_json:
        print_json({"whole": found.broken is None, **asdict(found)})
    elif found.broken is None:
        print(f"The log is whole: {found.entries} entries. Anchor: {found.anchor}")
    else:
        print(f"The log is broken at entry {found.broken.number}: {found.broken.why}.")
    if found.broken is not None:
        raise typer.Exit(BROKEN)
