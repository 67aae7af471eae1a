"""Every example of docs/rest.md is run, as it stands there, against a real server."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.serving import service_settings

from browsing import LiveService, live
from glasscase.catalog.toy import ToyCatalogue

PAGE = Path(__file__).parents[1] / "docs" / "rest.md"
ADDRESS = "http://127.0.0.1:8000"
CURL = 'curl() { command curl -sS --fail-with-body "$@" | tee -a said; return "${PIPESTATUS[0]}"; }'
"""As it is typed, but failing where the answer is a refusal."""


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text("utf-8"), flags=re.M | re.S)
    return [body for name, body in found if name == language]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path) -> Iterator[LiveService]:
    with live(service_settings(tmp_path_factory.mktemp("service"), toy_bundle)) as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path, toy_shop: ToyCatalogue) -> Path:
    lines = toy_shop.new.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "new.csv").write_text("".join(lines[:5]), encoding="utf-8")
    shutil.copy(next(toy_shop.images.glob("*.jpg")), tmp_path / "mug.jpg")
    return tmp_path


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_lines_work(service: LiveService, folder: Path) -> None:
    script = ["set -euo pipefail", "export GLASSCASE_KEY=", CURL]
    for block in blocks("sh"):
        refused = re.match(r"# refused: (\d+)\n(curl .*)\n$", block)
        if refused is None:
            script.append(block)
        else:
            script.append(f"{refused[2]} && exit 9 || test $? -eq 22")
            script.append(f"grep -q 'error: {refused[1]}' errors")
    text = "\n".join(script).replace(ADDRESS, service.url)
    with (folder / "errors").open("w") as errors:
        done = subprocess.run(
            ["bash", "-c", text], cwd=folder, stdout=subprocess.PIPE, stderr=errors, timeout=120,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, (folder / "errors").read_text() + (folder / "said").read_text()
    for name in ("card.html", "shared.html"):
        assert (folder / name).read_text("utf-8").startswith("<!doctype html>")
    assert (folder / "answers.csv").read_text("utf-8").count("\n") == 5
    said = (folder / "said").read_text("utf-8")
    for part in (
        '"verdict":',
        '"pictures":',
        '"compared":"photo"',
        '"overlay":"data:',
        '"ready":true',
    ):
        assert part in said, part


def test_the_client_lines_work(
    service: LiveService, folder: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(folder)
    (code,) = blocks("py")
    exec(compile(code.replace(ADDRESS, service.url), PAGE.name, "exec"), {})
    told = capsys.readouterr().out
    assert "the model knows no category 'Mugz' Close to it: " in told
    assert (folder / "answers.parquet").stat().st_size > 0


def test_every_route_of_the_page_exists(service: LiveService) -> None:
    import httpx2

    paths = httpx2.get(f"{service.url}/openapi.json").json()["paths"]
    for method, path in re.findall(r"`(GET|POST|DELETE) (/[^`]*)`", PAGE.read_text("utf-8")):
        known = path.replace("ID", "{id}")
        assert method.lower() in paths[known], path
