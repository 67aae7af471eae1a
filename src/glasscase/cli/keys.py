"""`glasscase keys`: who may use the service, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from glasscase.cli import options as o
from glasscase.cli.opened_store import DatabaseOption, opened, service_settings, who
from glasscase.cli.show import print_json, print_table
from glasscase.errors import BadSetting

if TYPE_CHECKING:
    from datetime import datetime

    from glasscase.store.keys import KeyRow

keys = typer.Typer(
    help="Keys of the service: create, list, revoke.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who or what will use it.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="predict (unless said), review or admin, which may do all; several times for "
            "several.",
        ),
    ] = None,
    database: DatabaseOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
) -> None:
    """Make a key and show its secret, this once: only a hash of it is stored."""
    with opened(service_settings(config, overrides, database), make=True) as store:
        key, secret = store.keys.create(name, scope or ["predict"])
        store.audit.write(who(), "keys.create", key.id, {"name": key.name, "scopes": key.scopes})
    if as_json:
        print_json({**_shown(key), "secret": secret})
        return
    print(f"Key {key.id} of {key.name!r} may {', '.join(key.scopes)}. It is shown only now:")
    print(secret)


@keys.command("list")
def list_keys(
    database: DatabaseOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
) -> None:
    """List all keys, the newest first, revoked ones too; never their secrets."""
    with opened(service_settings(config, overrides, database)) as store:
        found = store.keys.list()
    if as_json:
        print_json([_shown(key) for key in found])
        return
    if not found:
        print("There are no keys. Make one with `glasscase keys create NAME`.")
        return
    rows = [
        [key.id, key.name, ", ".join(key.scopes), *map(_minute, (key.made_at, key.used_at))]
        + ["revoked" if key.revoked_at else ""]
        for key in found
    ]
    print_table(["id", "name", "may", "made", "last used", ""], rows)


@keys.command()
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `glasscase keys list` shows it.")],
    database: DatabaseOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
) -> None:
    """Let a key open nothing any more, at once."""
    with opened(service_settings(config, overrides, database)) as store:
        key = store.keys.revoke(id)
        if key is None:
            raise BadSetting(f"there is no key {id!r}", "See `glasscase keys list`.")
        store.audit.write(who(), "keys.revoke", key.id, {"name": key.name})
    if as_json:
        print_json(_shown(key))
        return
    print(f"Key {key.id} of {key.name!r} opens nothing any more.")


def _shown(key: KeyRow) -> dict[str, Any]:
    times = {"made_at": key.made_at, "used_at": key.used_at, "revoked_at": key.revoked_at}
    return {
        "id": key.id,
        "name": key.name,
        "scopes": [*key.scopes],
        **{name: time and time.isoformat(timespec="seconds") for name, time in times.items()},
    }


def _minute(time: datetime | None) -> str:
    return "never" if time is None else f"{time:%Y-%m-%d %H:%M}"
