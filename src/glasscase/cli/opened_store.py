"""The store that a verb works on: named by URL, or the one the service's settings name."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glasscase.extras import need

if TYPE_CHECKING:
    from glasscase.settings.service import ServiceSettings
    from glasscase.store.store import Store

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="sqlite:////folder/file.db or postgresql://user:password@host/name; else the "
        "service's.",
    ),
]


def service_settings(
    config: Path | None, overrides: list[str] | None, database: str | None
) -> ServiceSettings:
    """The settings of the service, with the database that was named."""
    from glasscase.settings.service import ServiceSettings

    said = [*(overrides or []), *([f"service.database={database}"] if database else [])]
    return ServiceSettings.read(config, overrides=said, environment=os.environ)


@contextmanager
def opened(settings: ServiceSettings, *, make: bool = False) -> Iterator[Store]:
    """The store of the settings, closed afterwards.

    Raises:
        MissingExtra: SQLAlchemy is not installed.
        BadStore: it cannot be used, or is not there and shall not be made.
    """
    need("sqlalchemy", extra="server")
    from glasscase.store.database import check_there
    from glasscase.store.store import Store

    if not make:
        check_there(settings.database_url)
    store = Store.open(settings.database_url)
    try:
        yield store
    finally:
        store.close()


def who() -> str:
    """How the audit log calls the person at this shell."""
    try:
        return f"shell:{getpass.getuser()}"
    except (KeyError, OSError):
        return "shell"
