"""A real service and a real browser: what tests of pages share.

`live_service`, `browser`, `visit` and `screenshot` are fixtures (conftest.py offers them); `live`,
`accessible` and `fits` are called. A page opened by `visit` is watched: an error in its console, a
breach of the Content-Security-Policy, an uncaught exception or a request to another host fails the
test at its end.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from glasscase.server.service import Service
    from glasscase.settings.service import ServiceSettings

PHONE, DESK = 390, 1440
_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_REFUSED_BY_V1 = re.compile(r"Failed to load resource: .* status of (4\d\d|503) ")
"""Chromium tells the console of every refused request; the page says it to the reader itself."""

Visit = Callable[..., "Page"]
Screenshot = Callable[["Page", str], Path]


@dataclass(frozen=True)
class LiveService:
    """A service that listens."""

    url: str
    service: Service
    folder: Path


@contextmanager
def live(settings: ServiceSettings) -> Iterator[LiveService]:
    """A real server in a thread of this process, on a free port, stopped at the end."""
    import uvicorn

    from glasscase.server.app import create_app

    app = create_app(settings)
    started = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            try:
                await super().startup(sockets)
            finally:
                started.set()

    config = uvicorn.Config(
        app, ws="none", log_config=None, lifespan="on", timeout_graceful_shutdown=5
    )
    server = Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            while not started.wait(0.2):
                assert thread.is_alive(), "the server did not start"
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            yield LiveService(url, app.state.service, settings.data_folder)
        finally:
            server.should_exit = True
            thread.join(timeout=30)


@pytest.fixture(scope="module")
def live_service(tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path) -> Iterator[Any]:
    """A service over the toy bundle with a data folder of its own, for this test module."""
    from tests.serving import service_settings

    folder = tmp_path_factory.mktemp("live")
    with live(service_settings(folder, toy_bundle)) as service:
        yield service


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, driven by Playwright.

    One for each test module: Playwright keeps an event loop running in this thread, so tests that
    want one of their own must come after it is stopped.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*_ARGUMENTS])
        yield browser
        browser.close()


class _Watch:
    """Notes what must not happen on a page."""

    def __init__(self, context: BrowserContext, home: str) -> None:
        self.faults: list[str] = []
        self._home = urlsplit(home).netloc
        context.on("console", lambda message: self._console(message))
        context.on("weberror", lambda error: self.faults.append(f"exception: {error.error}"))
        context.on("request", lambda request: self._request(request.url))

    def _console(self, message: Any) -> None:
        where = message.location.get("url", "")
        own = urlsplit(where).path.startswith(("/v1/", "/login"))
        if message.type != "error" or (own and _REFUSED_BY_V1.match(message.text)):
            return
        self.faults.append(f"console: {message.text} ({where})")

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws") and parts.netloc != self._home:
            self.faults.append(f"request to another host: {url}")


@pytest.fixture
def visit(browser: Browser, live_service: LiveService) -> Iterator[Visit]:
    """Opens a path of the live service: `visit("/analysis", width=390, dark=True)`.

    Each visit is a fresh browser profile, unless `context=page.context` says whose to share. `url`
    names another server. `page` stays open until the test ends.
    """
    watches: list[_Watch] = []
    contexts: list[BrowserContext] = []

    def open_page(
        path: str,
        *,
        width: int = DESK,
        dark: bool = False,
        url: str = "",
        context: BrowserContext | None = None,
    ) -> Page:
        home = url or live_service.url
        if context is None:
            context = browser.new_context(
                viewport={"width": width, "height": 844 if width < 600 else 900},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
                has_touch=width < 600,
            )
            context.set_default_timeout(60_000)  # a busy machine is slow, not wrong
            contexts.append(context)
            watches.append(_Watch(context, home))
        page = context.new_page()
        page.goto(home + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture
def screenshot(tmp_path: Path) -> Screenshot:
    """`screenshot(page, "analysis-390-dark")` keeps the whole page as a PNG and says where.

    In $GLASSCASE_SCREENSHOTS where that is set, else in pytest's own folder.
    """
    folder = Path(os.environ.get("GLASSCASE_SCREENSHOTS") or tmp_path)

    def shoot(page: Page, name: str) -> Path:
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=True, animations="disabled")
        return path

    return shoot


def accessible(page: Page) -> None:
    """Fail where axe-core finds a serious or critical fault on the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    told = [
        f"{fault['id']} ({fault['impact']}): {fault['help']}\n  "
        + "\n  ".join(f"{node['target']} {node['html'][:160]}" for node in fault["nodes"][:4])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
    assert not told, "\n".join(told)


_TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const scrolls = (one) => one && (/(auto|scroll|hidden)/.test(getComputedStyle(one).overflowX)
    ? one !== document.body : scrolls(one.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > wide + 1 && !scrolls(one.parentElement))
    .slice(0, 6).map((one) => one.outerHTML.slice(0, 120));
}"""


def fits(page: Page) -> None:
    """Fail where the page must be scrolled sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} px too wide: {page.evaluate(_TOO_WIDE)}"
