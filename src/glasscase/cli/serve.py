"""`glasscase serve`: REST and web pages over a bundle."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import showing
from glasscase.errors import BadSetting
from glasscase.extras import need

_DEMO = ("service.keep_days=7",)


def serve(
    bundle: Annotated[
        Path | None, typer.Argument(metavar="BUNDLE", help="Served; else the one served last.")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="N", help="Port to listen on; 0 takes a free one."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="Processes that share the port.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve a drawn shop, trained on the first time.")
    ] = False,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    quiet: o.QuietOption = False,
) -> None:
    """Answer programs and people: REST and web pages on one port.

    Settings are those of the service: a TOML file, variables called GLASSCASE_SECTION__NAME, --set.
    """
    need("uvicorn", extra="server")
    need("sqlalchemy", extra="server")
    from glasscase.jobs.demo_bundle import demo_bundle
    from glasscase.jobs.register_bundle import let_answer
    from glasscase.settings.service import ServiceSettings

    if demo and bundle is not None:
        raise BadSetting("--demo brings its own bundle", "Leave one of the two out.")
    told = {
        "service.bundle": bundle,
        "service.host": host,
        "service.port": port,
        "service.workers": workers,
    }
    named = [f"{name}={value}" for name, value in told.items() if value is not None]
    said = [*(_DEMO if demo else ()), *(overrides or []), *named]
    settings = ServiceSettings.read(config, overrides=said, environment=os.environ)
    running = need("glasscase.server.running", extra="server")
    listener = running.listen(settings.service)
    with listener:
        if demo:
            with showing(quiet=quiet) as progress:
                made = demo_bundle(settings.data_folder, progress=progress)
            settings = ServiceSettings.read(
                config, overrides=[*said, f"service.bundle={made}"], environment=os.environ
            )
        if bundle is not None:
            let_answer(settings.database_url, bundle)
        print(f"Glasscase: {running.address(listener, settings.service)}", flush=True)
        running.run(settings, listener)
