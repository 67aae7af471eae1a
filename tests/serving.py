"""A service over the toy bundle, in process: what tests of `server/` share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from glasscase.server.app import create_app
from glasscase.settings.service import ServiceSettings


def service_settings(folder: Path, bundle: Path | None = None, *more: str) -> ServiceSettings:
    """Settings of a service whose files are in `folder`; `more` are `section.name=value`."""
    told = [f"service.data_folder={folder}", *more]
    if bundle is not None:
        told.append(f"service.bundle={bundle}")
    return ServiceSettings.read(overrides=told)


@contextmanager
def serving(settings: ServiceSettings) -> Iterator[TestClient]:
    """A client of a started service; what it raises by mistake is answered as 500."""
    app = create_app(settings)
    with TestClient(app, "http://localhost", raise_server_exceptions=False) as client:
        yield client
