"""The demo does everything once, and its page leads to all of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conftest import TOY_SIZE, Shell
from glasscase.jobs.demo import CASES, Demo, demo
from glasscase.settings import Settings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path) -> Demo:
    del toy_bundle  # asked for so that the encoders are exported
    settings = Settings.read(overrides=["train.effort=quick", "explain.max_samples=50"])
    return demo(tmp_path_factory.mktemp("demo") / "demo", size=TOY_SIZE, settings=settings)


def test_the_page_leads_to_everything(made: Demo) -> None:
    page = made.page.read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', page)
    assert len(links) >= 9
    for link in links:
        assert (made.page.parent / link).is_file(), link
    for sentence in (*made.sentences, made.advice):
        assert sentence.split("(")[0].strip() in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_the_three_planted_cases_are_explained(made: Demo) -> None:
    assert [one.case for one in made.explained] == list(CASES)
    for one in made.explained:
        card = (made.page.parent / one.page).read_text(encoding="utf-8")
        assert one.label.replace(">", "&gt;") in card
    no_photo = made.explained[-1]
    assert no_photo.label == no_photo.truth


def test_it_is_judged_on_products_it_never_saw(made: Demo) -> None:
    report = json.loads((made.page.parent / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["metrics"]["accuracy"] == made.accuracy
    assert not any("trained on" in note for note in report["notes"])
    assert made.predicted.rows == 12


def test_nothing_of_the_user_is_written_over(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "letters.txt").write_text("dear")
    code, _, err = shell("demo", "--out", tmp_path)
    assert code == 2
    assert "holds other things" in err
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]
