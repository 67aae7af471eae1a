"""Self-contained HTML pages from templates; everything from outside is escaped."""

from __future__ import annotations

import base64
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2


@lru_cache(maxsize=8)
def _environment(package: str) -> jinja2.Environment:
    folders = [str(Path(str(resources.files(name)))) for name in (package, "glasscase.pages")]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    return environment


def render(package: str, template: str, **context: Any) -> str:
    """Render `template` of `package` (a dotted name); it may extend `page.html` of this folder.

    Every value is HTML-escaped unless the template marks it safe; an unknown name is an error.
    """
    return _environment(package).get_template(template).render(**context)


def data_uri(data: bytes, mime: str) -> str:
    """`data` as a `data:` address, so that a page needs no second file.

    >>> data_uri(b"abc", "image/png")
    'data:image/png;base64,YWJj'
    """
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def percent(share: float, digits: int = 1) -> str:
    """A share of 0 to 1 as people read it.

    >>> percent(0.1234)
    '12.3 %'
    """
    return f"{100 * share:.{digits}f} %"
