"""The files of deploy/ name only what there is. They are not run here: there is no engine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from glasscase.settings.service import ServiceSettings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
VARIABLE = re.compile(r"GLASSCASE_[A-Z]+__[A-Z_]+")


def _compose() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return told


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "glasscase.service"])
def test_every_setting_named_is_one(name: str) -> None:
    known = ServiceSettings().to_environment()
    named = set(VARIABLE.findall((DEPLOY / name).read_text(encoding="utf-8")))
    assert named
    assert named <= set(known)


def test_the_settings_of_the_containers_are_possible() -> None:
    told = _compose()["services"]["service"]["environment"]
    image = dict(re.findall(r"(GLASSCASE_\w+__\w+)=(\S+)", (DEPLOY / "Dockerfile").read_text()))
    settings = ServiceSettings.read(environment={**image, **told})
    assert settings.service.keys_needed
    assert settings.service.workers == 2
    assert settings.service.database.startswith("postgresql://")
    subnet = _compose()["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert settings.service.proxies == [subnet]


def test_the_image_is_pinned_small_and_not_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for part in source.split():
            assert (ROOT / part).exists(), part
            assert f"!{part}" in (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert "PIP_CONSTRAINT=/src/requirements.lock" in text
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert "ARG EXTRAS=server\n" in text
    images = [*re.findall(r"^FROM (\S+)", text, re.MULTILINE)]
    images += [one["image"] for one in _compose()["services"].values() if "image" in one]
    for image in images:
        assert re.search(r":\d+(\.\d+)*-\w+", image), f"{image} has no version"


def test_only_the_proxy_is_reached_from_outside() -> None:
    services = _compose()["services"]
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    assert services["database"]["networks"] == ["back"]
    assert _compose()["networks"]["back"]["internal"] is True
    for one in services.values():
        assert "no-new-privileges:true" in one["security_opt"]
        for volume in one.get("volumes", []):
            if isinstance(volume, dict) and volume["source"].endswith("Caddyfile"):
                assert (DEPLOY / volume["source"]).is_file()


def test_more_time_to_stop_than_a_request_has() -> None:
    seconds = ServiceSettings().limits.seconds + 5
    assert int(_compose()["services"]["service"]["stop_grace_period"].rstrip("s")) > seconds
    unit = (DEPLOY / "glasscase.service").read_text(encoding="utf-8")
    stop = re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert stop
    assert int(stop[1]) > seconds


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = (DEPLOY / "glasscase.service").read_text(encoding="utf-8")
    made = tmp_path / "glasscase.service"
    made.write_text(unit.replace("/opt/glasscase/bin/glasscase", "/bin/true"), encoding="utf-8")
    told = subprocess.run(
        ["systemd-analyze", "verify", str(made)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert str(made) not in told.stderr
