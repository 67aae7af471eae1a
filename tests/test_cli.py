"""The shell: verbs, exit codes, where words go, and that it agrees with Python."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import glasscase
from conftest import Shell
from glasscase.catalog.toy import ToyCatalogue
from glasscase.cli import toy as toy_verb
from glasscase.cli.bars import Bars, Lines
from glasscase.cli.show import interval

GLASSCASE = Path(sys.executable).with_name("glasscase")


def test_the_version_is_said(shell: Shell) -> None:
    assert shell("--version") == (0, f"glasscase {glasscase.__version__}\n", "")


def test_nothing_asked_is_answered_with_help(shell: Shell) -> None:
    code, out, err = shell()
    assert (code, err) == (0, "")
    verbs = ["profile", "train", "evaluate", "predict", "explain", "cache", "demo", "toy"]
    assert [line.split()[0] for line in out.splitlines() if line.startswith("  ")][-9:-1] == verbs
    assert "..." not in out.partition("Commands:")[2], "a summary is too long for its line"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "No such command 'trian'. Did you mean 'train'? See glasscase --help."),
        (["train"], "Missing argument 'TABLE'. See glasscase train --help."),
        (["train", "x.csv"], "Missing option '--out'. See glasscase train --help."),
        (["train", "x.csv", "--out"], "Option '--out' requires an argument. See glasscase --help."),
        (["profile", "x.csv", "--levl", "1"], "No such option: --levl"),
        (["profile", "x.csv", "--level", "top"], "Invalid value for '--level'"),
    ],
)
def test_a_wrong_command_line_is_one_line(shell: Shell, arguments: list[str], message: str) -> None:
    code, out, err = shell(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_a_bug_is_ours_and_leaves_its_details(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(**_: object) -> None:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(toy_verb, "showing", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, out, err = shell("toy", tmp_path / "shop")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("This is a bug in Glasscase, not in your data: KeyError")
    (details,) = tmp_path.glob("glasscase-bug-*.txt")
    assert str(details) in err
    text = details.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "nobody thought of this" in text
    assert "Traceback" in shell("--debug", "toy", tmp_path / "shop")[2]


def test_ctrl_c_says_that_nothing_is_lost(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(toy_verb, "showing", stopped)
    code, out, err = shell("toy", tmp_path / "shop")
    assert (code, out) == (130, "")
    assert "the same command goes on from there" in err
    assert err.count("\n") == 1


def test_a_reader_that_has_seen_enough_is_no_error(toy_shop: ToyCatalogue) -> None:
    run = subprocess.run(
        f"'{GLASSCASE}' --help | head -n 1", shell=True, capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("Usage: glasscase")
    assert run.stderr == ""


def test_a_full_disk_behind_stdout_is_told() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as stream:
        run = subprocess.run(
            [GLASSCASE, "--version"], stdout=stream, stderr=subprocess.PIPE, text=True, check=False
        )
    assert run.returncode == 2
    assert "The disk is full. Free some space" in run.stderr


def test_toy_draws_a_shop(shell: Shell, tmp_path: Path) -> None:
    code, out, err = shell("toy", tmp_path / "shop", "--size", 12, "--seed", 3, "--json")
    assert (code, err) == (0, "")
    drawn = json.loads(out)
    assert drawn["size"] == 12
    assert len(Path(drawn["products"]).read_text().splitlines()) == 13
    code, out, _ = shell("toy", tmp_path / "shop", "--size", 12)
    assert "Next: glasscase train" in out


def test_cache_shows_what_is_kept_and_clears_it(shell: Shell, tmp_path: Path) -> None:
    import numpy as np

    from glasscase.encoders.cache import VectorCache
    from glasscase.encoders.encoder import EncoderCard

    place = ["--set", f"cache.folder={tmp_path}"]
    card = EncoderCard("tiny", "text", 3, "MIT", "here", "0" * 64)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GLASSCASE_CACHE")
        with VectorCache(tmp_path, 10**6) as vectors:
            vectors.put_many(card, {"ab" * 32: np.ones(3, np.float32)})
        shown = json.loads(shell("cache", *place, "--json")[1])
        assert shown["usage"] == [{"encoder": "tiny", "vectors": 1, "size_bytes": 12}]
        code, out, _ = shell("cache", *place, "--clear")
        assert code == 0
        assert out.startswith("1 vectors were deleted.\n0 vectors are kept in ")
