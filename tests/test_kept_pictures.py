"""Small photos and words of a looked-at catalogue go on their day, and nothing else of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from glasscase.jobs.batches.kept_pictures import drop_all_over, keep_until
from glasscase.jobs.purge import purge
from glasscase.store.store import Store


def kept(data_folder: Path) -> Path:
    folder = data_folder / "jobs" / "0123"
    folder.mkdir(parents=True)
    for name in ("look.json", "pictures.json", "audit.html"):
        (folder / name).write_text("{}")
    keep_until(folder, ["pictures.json", "audit.html"], 3)
    return folder


def test_they_stay_until_their_day_and_then_go(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    assert drop_all_over(tmp_path) == 0
    assert (folder / "audit.html").exists()
    assert drop_all_over(tmp_path, datetime.now(UTC) + timedelta(days=4)) == 2
    assert [path.name for path in folder.iterdir()] == ["look.json"]
    assert drop_all_over(tmp_path / "nowhere") == 0


def test_a_purge_takes_them_too(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    store = Store.open(f"sqlite:///{tmp_path / 'glasscase.db'}")
    later = datetime.now(UTC) + timedelta(days=4)
    purge(store, tmp_path, log_days=90, who="local", now=later)
    assert [path.name for path in folder.iterdir()] == ["look.json"]
    store.close()


def test_a_note_that_names_files_elsewhere_deletes_nothing_there(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    (tmp_path / "precious").write_text("x")
    keep_until(folder, ["../../precious"], 0)
    drop_all_over(tmp_path, datetime.now(UTC) + timedelta(days=1))
    assert (tmp_path / "precious").exists()
