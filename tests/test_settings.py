"""Settings: declared once, read from TOML and `--set`, wrong names told."""

from __future__ import annotations

from pathlib import Path

import pytest

from glasscase.errors import BadSetting
from glasscase.settings import Settings


def test_the_file_is_read_and_an_override_goes_before_it(tmp_path: Path) -> None:
    config = tmp_path / "shop.toml"
    config.write_text('[train]\neffort = "best"\nfolds = 3\n\n[photos]\nmax_megapixels = 12.5\n')
    settings = Settings.read(config, overrides=["train.folds=4", "text.clean=false"])
    assert settings.train.effort == "best"
    assert settings.train.folds == 4
    assert settings.photos.max_megapixels == 12.5
    assert settings.text.clean is False
    assert settings.decision == Settings().decision


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("train.efort=good", "there is no setting 'train.efort'.*Known here: train.effort"),
        ("train.effort=brilliant", "setting 'train.effort': .*'quick', 'good' or 'best'"),
        ("train.folds=1", "setting 'train.folds': .*greater than or equal to 2"),
        ("train.folds=many", "setting 'train.folds': .*integer"),
        (
            "training.folds=3",
            "no setting 'training'. Did you mean 'train'\\? Sections are: pho",
        ),
        ("trian.x=3", "there is no setting 'trian'. Did you mean 'train'\\? Sections are: photos"),
        ("folds=3", "--set 'folds=3' is not of the form section.name=value"),
        ("train.folds", "is not of the form section.name=value"),
        ("photos.max_megapixels=-1", "setting 'photos.max_megapixels': .*greater than 0"),
    ],
)
def test_a_wrong_setting_says_what_is_right(override: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        Settings.read(overrides=[override])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"none.toml' does not exist\. Check --config"):
        Settings.read(tmp_path / "none.toml")
    (tmp_path / "broken.toml").write_text("[train\neffort")
    with pytest.raises(BadSetting, match=r"broken.toml' cannot be read.*TOML file in UTF-8"):
        Settings.read(tmp_path / "broken.toml")
    (tmp_path / "flat.toml").write_text("train = 3\n")
    with pytest.raises(BadSetting, match="'train'"):
        Settings.read(tmp_path / "flat.toml", overrides=["train.folds=3"])


def test_settings_survive_json() -> None:
    settings = Settings.read(overrides=["train.seed=7", "encoders.image=timm:resnet18"])
    assert Settings.parse(settings.model_dump(mode="json")) == settings


def test_the_environment_moves_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GLASSCASE_CACHE", raising=False)
    assert Settings().cache.path == Path("~/.cache/glasscase").expanduser()
    assert Settings.read(overrides=["cache.folder=/x/y"]).cache.path == Path("/x/y")
    monkeypatch.setenv("GLASSCASE_CACHE", str(tmp_path))
    assert Settings.read(overrides=["cache.folder=/x/y"]).cache.path == tmp_path


def test_bars_of_a_decision_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(
        BadSetting, match=r"'decision': abstain_below is 0\.99, above accept_at, which is 0\.5\. "
    ):
        Settings.read(overrides=["decision.abstain_below=0.99", "decision.accept_at=0.5"])
