"""Checkpoints are shown and removed, and nothing beside them ever is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conftest import Refused, Shell
from glasscase.models.training.kept_trainings import KeptTrainings
from glasscase.settings import CacheSettings

RUN = "0123456789abcdef"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("GLASSCASE_CACHE", str(folder))
    return folder


def begun(folder: Path, run: str, size: int) -> Path:
    place = folder / "trainings" / run
    (place / "judged").mkdir(parents=True)
    (place / "judged" / "phase-1.safetensors").write_bytes(b"0" * size)
    return place


def test_nothing_is_kept_before_anything_was_trained(cache: Path) -> None:
    kept = KeptTrainings(CacheSettings())
    assert (kept.usage().count, kept.usage().size_bytes, kept.usage().newest) == (0, 0, None)
    assert kept.clear() == 0
    assert not cache.exists()


def test_count_size_and_newest_are_shown_and_cleared(cache: Path, shell: Shell) -> None:
    places = [begun(cache, RUN, 1_000_000), begun(cache, RUN[::-1], 500_000)]
    for place in places:
        for path in (place, place / "judged", place / "judged" / "phase-1.safetensors"):
            os.utime(path, (10**9, 10**9))
    shown = json.loads(shell("cache", "--json")[1])["trainings"]
    assert shown == {
        "path": str(cache / "trainings"), "deleted": 0, "count": 2, "size_bytes": 1_500_000,
        "newest": 1e9,
    }  # fmt: skip
    line = "Checkpoints of 2 trainings that were not ended, 1.5 MB, are kept in "
    assert line in shell("cache")[1]
    code, out, _ = shell("cache", "--clear")
    assert code == 0
    assert "The checkpoints of 2 trainings were deleted.\n" in out
    assert "not ended" not in out
    assert not list((cache / "trainings").iterdir())


def test_they_are_cleared_alone_and_not_with_an_encoder(
    cache: Path, shell: Shell, refused: Refused
) -> None:
    import numpy as np

    from glasscase.encoders.cache import VectorCache
    from glasscase.encoders.encoder import EncoderCard

    begun(cache, RUN, 10)
    with VectorCache(cache, 10**6) as vectors:
        card = EncoderCard("tiny", "text", 3, "MIT", "here", "0" * 64)
        vectors.put_many(card, {"ab" * 32: np.ones(3, np.float32)})
    assert "not ended" in shell("cache", "--clear", "--encoder", "other")[1]
    out = shell("cache", "--clear", "--trainings")[1]
    assert out.startswith("The checkpoints of 1 trainings were deleted.\n")
    assert "1 vectors are kept in" in out
    assert refused("cache", "--clear", "--trainings", "--encoder", "tiny") == (
        "--trainings does not go with --encoder. "
        "Leave one of them out: checkpoints belong to no encoder.\n"
    )
    for asked in (["--trainings"], ["--encoder", "tiny"]):
        assert refused("cache", *asked) == (
            f"{asked[0]} says what is to be deleted, and goes with --clear. "
            "Add --clear, or leave it out to see all that is kept.\n"
        )


def test_a_training_that_was_refused_at_once_is_not_told_as_stopped(
    cache: Path, shell: Shell
) -> None:
    (cache / "trainings" / RUN / "judged").mkdir(parents=True)
    assert KeptTrainings(CacheSettings()).usage().count == 0
    assert "not ended" not in shell("cache")[1]
    shell("cache", "--clear", "--trainings")
    assert not list((cache / "trainings").iterdir())


def test_nothing_outside_is_ever_touched(cache: Path, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("gold")
    place = begun(cache, RUN, 10)
    trainings = place.parent
    (place / "link").symlink_to(treasure)
    (trainings / RUN[::-1]).symlink_to(treasure)
    (trainings / "own notes").mkdir()
    kept = KeptTrainings(CacheSettings())
    kept.forget([treasure, trainings, trainings / "own notes", trainings / RUN[::-1], cache])
    assert kept.usage().count == 1
    assert kept.usage().size_bytes < 1000, "what a link points to is not counted"
    assert kept.clear() == 1
    assert (treasure / "gold").read_text() == "gold"
    assert sorted(path.name for path in trainings.iterdir()) == sorted([RUN[::-1], "own notes"])


def test_a_link_in_the_place_of_the_folder_is_left_alone(cache: Path, tmp_path: Path) -> None:
    begun(tmp_path / "elsewhere", RUN, 10)
    cache.mkdir()
    (cache / "trainings").symlink_to(tmp_path / "elsewhere" / "trainings")
    kept = KeptTrainings(CacheSettings())
    assert kept.clear() == 0
    kept.forget([kept.place(RUN)])
    assert (tmp_path / "elsewhere" / "trainings" / RUN).is_dir()
