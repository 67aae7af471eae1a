"""Pages from templates: everything from outside is escaped, scripts and styles are files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from glasscase import __version__
from glasscase.pages.page import percent

MENU = (
    ("/", "Home"),
    ("/analysis", "Analyse"),
    ("/batch", "Batch"),
    ("/review", "Review"),
    ("/catalogue", "Catalogue"),
    ("/model", "Model"),
    ("/explanation", "How it works"),
)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(str(files("glasscase.server"))) / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    return environment


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """`template` as the answer to `request`; every value is escaped, an unknown name an error."""
    text = (
        _environment()
        .get_template(template)
        .render(menu=MENU, here=request.url.path, version=__version__, **context)
    )
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store", **(headers or {})})


def refusal_page(
    request: Request, refusal: BaseModel, status: int, headers: Mapping[str, str]
) -> HTMLResponse:
    """A refusal for a person who is reading."""
    return page(
        request, "refusal.html", status=status, headers=headers, refusal=refusal, number=status
    )
