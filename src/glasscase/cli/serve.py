"""`glasscase serve`: REST and web pages over a bundle."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.extras import need


def serve(
    bundle: Annotated[
        Path | None, typer.Argument(help="The bundle to serve; else the one served last.")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on.")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Train the toy shop where there is no bundle.")
    ] = False,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
) -> None:
    """Answer programs and people: REST and web pages on one port."""
    uvicorn = need("uvicorn", extra="server")
    need("sqlalchemy", extra="server")
    from glasscase.settings.service import ServiceSettings

    told = {"service.bundle": bundle, "service.host": host, "service.port": port}
    named = [f"{name}={value}" for name, value in told.items() if value is not None]
    settings = ServiceSettings.read(
        config, overrides=[*(overrides or []), *named], environment=os.environ
    )
    del demo
    factory = need("glasscase.server.app", extra="server")
    need("glasscase.server.request_log", extra="server").log_as_json(settings.service.log_level)
    print(f"Glasscase: http://{settings.service.host}:{settings.service.port}/")
    uvicorn.run(
        factory.create_app(settings),
        host=settings.service.host,
        port=settings.service.port,
        log_config=None,
        server_header=False,
        access_log=False,
    )
