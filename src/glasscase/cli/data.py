"""`glasscase data`: public sets to start with, and how to fetch them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import showing
from glasscase.cli.show import print_json


def data(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The set to fetch; none lists them.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Where it goes; else ./NAME.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="Take the files from here, not the network."),
    ] = None,
    accepted: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-sha256",
            metavar="HEX",
            help="Vouch for a file of which no checksum is known. May be given several times.",
        ),
    ] = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """List public sets with an open licence, or fetch one.

    From its home at a fixed revision, with its licence shown first and every file checked. A
    download that broke off goes on where it was.
    """
    from glasscase.jobs.data import fetch, set_facts
    from glasscase.jobs.public_data.public_sets import SETS, public_set

    if name is None:
        _list([set_facts(one) for one in SETS], as_json=as_json)
        return
    wanted = public_set(name)
    with showing(quiet=quiet) as progress:
        fetched = fetch(
            wanted, out or Path(name), source=source, accepted=accepted or (), progress=progress
        )
    if as_json:
        print_json(fetched.to_dict())
        return
    for file in fetched.files:
        print(f"{file.name}: {file.size_bytes:,} bytes, SHA-256 {file.sha256} ({file.checked})")
    print(f"{wanted.name} is in {fetched.folder}. Licence: {wanted.licence}.")
    print(f"Next: {fetched.next_step}")


def _list(sets: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        print_json(sets)
        return
    for one in sets:
        print(f"{one['name']}: {one['about']}")
        print(f"  licence: {one['licence']}")
        print(f"  home: {one['home']} at {one['revision']}")
        for file in one["files"]:  # type: ignore[attr-defined]
            print(f"  {file['name']}: SHA-256 {file['sha256'] or 'not verified here'}")
    print("Fetch one with: glasscase data NAME --out FOLDER")
