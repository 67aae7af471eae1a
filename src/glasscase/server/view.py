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

MENU: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Products",
        (
            ("/", "Home", ""),
            ("/analysis", "Analyse", "predict"),
            ("/batch", "Batch", "predict"),
            ("/review", "Review", "review"),
            ("/catalogue", "Catalogue", "review"),
        ),
    ),
    (
        "Packs and shelves",
        (
            ("/shelf", "Shelf", "predict"),
            ("/packs", "Packs", "review"),
            ("/kpi", "Figures", "review"),
            ("/insights", "Insights", "predict"),
        ),
    ),
    (
        "The model",
        (
            ("/model", "Model", ""),
            ("/explanation", "How it works", ""),
        ),
    ),
)
"""Groups by name; in each path, name, and the scope a key needs (empty: any key will do)."""


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
    caller = request.scope.get("state", {}).get("caller")
    text = (
        _environment()
        .get_template(template)
        .render(
            menu=_menu(caller, keys_needed=request.app.state.settings.service.keys_needed),
            here=request.url.path,
            version=__version__,
            signed_in_as=caller.name if caller is not None and caller.id != "local" else "",
            **context,
        )
    )
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store", **(headers or {})})


def _menu(caller: Any, *, keys_needed: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """What `caller` may open, in groups; nothing for a stranger where a key is needed."""
    if caller is None and keys_needed:
        return []
    shown = [
        (
            group,
            [
                (path, name)
                for path, name, scope in pages
                if caller is None or not scope or caller.may(scope)
            ],
        )
        for group, pages in MENU
    ]
    return [(group, pages) for group, pages in shown if pages]


def refusal_page(
    request: Request, refusal: BaseModel, status: int, headers: Mapping[str, str]
) -> HTMLResponse:
    """A refusal for a person who is reading."""
    return page(
        request, "refusal.html", status=status, headers=headers, refusal=refusal, number=status
    )
