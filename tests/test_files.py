"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest

from glasscase.errors import CannotWrite
from glasscase.files import (
    file_sha256,
    new_file,
    new_folder,
    open_folder,
    write_bytes,
    write_json,
    write_text,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write_text(tmp_path / "deep" / "note.txt", "Grüße, 世界")
    assert (tmp_path / "deep" / "note.txt").read_text(encoding="utf-8") == "Grüße, 世界"
    write_json(tmp_path / "figures.json", {"b": 1, "a": "ß"})
    text = (tmp_path / "figures.json").read_text(encoding="utf-8")
    assert text == '{\n  "a": "ß",\n  "b": 1\n}\n'


def test_others_may_read_what_was_written(tmp_path: Path) -> None:
    write_bytes(tmp_path / "open.bin", b"x")
    assert (tmp_path / "open.bin").stat().st_mode & 0o777 == 0o644


def test_a_full_disk_keeps_the_old_file_and_leaves_no_rest(tmp_path: Path, full_disk: None) -> None:
    old = tmp_path / "kept.txt"
    old.write_text("old")
    with pytest.raises(CannotWrite, match=r"No space left on device.*what was there before"):
        write_text(old, "new")
    assert old.read_text() == "old"
    assert names(tmp_path) == ["kept.txt"]


def test_not_a_number_never_gets_into_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(tmp_path / "bad.json", {"accuracy": float("nan")})
    assert names(tmp_path) == []


def test_a_new_file_appears_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with new_file(path) as fresh:
        fresh.write_text("a,b\n")
        assert not path.exists()
    assert path.read_text() == "a,b\n"
    assert names(tmp_path) == ["rows.csv"]


def test_an_interrupted_file_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("old")

    def stopped() -> None:
        with new_file(path) as fresh:
            fresh.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["rows.csv"]


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "old.json").write_text("{}")
    with new_folder(bundle) as fresh:
        write_json(fresh / "new.json", {})
        assert names(bundle) == ["old.json"]
    assert names(bundle) == ["new.json"]
    assert names(tmp_path) == ["bundle"]


def test_an_interrupted_folder_leaves_the_old_one(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "old.json").write_text("{}")

    def stopped() -> None:
        with new_folder(bundle) as fresh:
            (fresh / "half.json").write_text("{")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert json.loads((bundle / "old.json").read_text()) == {}
    assert names(tmp_path) == ["bundle"]


def test_the_place_the_user_knows_is_named(tmp_path: Path, full_disk: None) -> None:
    def fill() -> None:
        with new_folder(tmp_path / "bundle") as fresh:
            write_json(fresh / "deep" / "a.json", {})

    with pytest.raises(CannotWrite, match=r"cannot write '[^']*/bundle': No space left"):
        fill()
    assert names(tmp_path) == []


def test_a_reason_of_our_own_is_kept(tmp_path: Path) -> None:
    def refuse() -> None:
        with new_folder(tmp_path / "bundle"):
            raise CannotWrite("the folder holds letters", "Choose another.")

    with pytest.raises(CannotWrite, match=r"the folder holds letters\. Choose another\."):
        refuse()


def test_a_place_that_cannot_be_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="Choose another place"):
        write_text(tmp_path / "file" / "note.txt", "x")


def test_a_folder_is_tried_before_there_is_anything_to_write(tmp_path: Path) -> None:
    assert open_folder(tmp_path / "a" / "b").is_dir()
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotWrite, match="cannot write '.*file': File exists"):
        open_folder(tmp_path / "file")


def test_the_sha_256_of_files_is_that_of_their_bytes_in_order(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"glass" * 300_000)
    (tmp_path / "b").write_bytes(b"case")
    both = hashlib.sha256(b"glass" * 300_000 + b"case").hexdigest()
    assert file_sha256(tmp_path / "a", tmp_path / "b") == both != file_sha256(tmp_path / "a")
