"""A search finds what was planted, goes on where it was killed, and shares its file."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

from conftest import Refused, Shell, write_table
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.toy import ToyCatalogue
from glasscase.errors import BadSetting, CannotTrain
from glasscase.jobs import tune as tune_job
from glasscase.jobs.comparing.choose import choose
from glasscase.jobs.comparing.trial_judge import SEED_STEP, Opinions, TrialJudge
from glasscase.jobs.searching.search_space import DIALS, SEARCHED, readable, search_space
from glasscase.jobs.searching.tuning_study import _is_dead, importance, this_process
from glasscase.jobs.tune import SearchPlan, settings_of, tune
from glasscase.models.recipes import RECIPES, with_recipe
from glasscase.settings import Settings

pytestmark = pytest.mark.xdist_group("tune")  # what it makes once is dear

WORDS = Settings.read(overrides=["train.modality=text", "train.folds=2"])
QUICK = SearchPlan(recipes=("tfidf-lr", "tfidf-svm"), trials=3)


def drawn(folder: Path, size: int) -> Catalog:
    """Categories that no word and no pair of words tells apart, only words three in a row."""
    rows, kinds = [], (("red soft mug", "big soft bag"), ("red soft bag", "big soft mug"))
    for i in range(size):
        first, second = kinds[i % 2]
        title = f"w{i} x{i} {first} y{i} {second}"  # what is between stands nowhere else
        rows.append([str(i), title, f"k{i % 2}"])
    table = folder / f"{size}.csv"
    return Catalog.read(write_table(table, ["id", "title", "category"], *rows))


@pytest.fixture(scope="module")
def phrases(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return drawn(tmp_path_factory.mktemp("phrases"), 60)


# The space


def test_every_dial_is_a_setting_and_its_values_are_allowed() -> None:
    for dial in DIALS:
        section, _, name = dial.setting.partition(".")
        for value in dial.options or (dial.low, dial.high):
            told = int(value) if dial.scale == "whole" else value
            Settings.parse({section: {name: told}})
        assert set(dial.recipes) <= set(SEARCHED)


def test_every_searched_recipe_is_one_on_frozen_vectors() -> None:
    frozen = {recipe.name for recipe in RECIPES if not recipe.learns_encoders}
    assert set(SEARCHED) <= frozen


def test_what_is_set_is_not_searched_and_encoders_are_only_if_there_are_two() -> None:
    space = search_space(
        ["late", "gated"],
        {"text": ["minilm-l6-v2"], "image": ["efficientnet-lite0", "timm:x"]},
        fixed={"net.dropout"},
    )
    names = {dial.setting for dial in space.dials}
    assert "net.dropout" not in names
    assert "encoders.image" in names
    assert "encoders.text" not in names
    assert {"net.learning_rate", "train.effort"} <= names
    alone = search_space(["tfidf-lr"], {"text": ["a", "b"], "image": ["c"]}, fixed=())
    assert {dial.setting for dial in alone.dials} == {
        "lexical.longest_phrase", "lexical.min_products",
    }  # fmt: skip


def test_the_first_point_has_nothing_that_cannot_be_drawn() -> None:
    encoders = {"text": ["a", "b"], "image": ["c", "d"]}
    space = search_space(["late"], encoders, fixed={"train.effort"})
    usual = {"encoders.text": "b", "encoders.image": "e", "lexical.longest_phrase": 4,
             "lexical.min_products": 2, "lexical.longest_characters": None}  # fmt: skip
    assert space.first(usual) == {
        "train.recipe": "late", "encoders.text": "b", "lexical.min_products": 2,
    }  # fmt: skip


def test_a_table_of_photos_alone_has_its_recipe() -> None:
    assert readable(SEARCHED, ["image"]) == ["late"]
    assert set(readable(SEARCHED, ["words", "characters"])) == {
        "late", "tfidf-lr", "tfidf-svm", "tfidf-rbf", "tfidf-forest",
    }  # fmt: skip


def test_only_dials_of_the_recipe_are_asked() -> None:
    space = search_space(["gated"], {}, fixed={"net.batch_size"})
    trial = optuna.trial.FixedTrial(
        {
            "train.recipe": "gated",
            "net.learning_rate": 0.01,
            "net.weight_decay": 0.001,
            "net.label_smoothing": 0.1,
            "net.dropout": 0.2,
            "net.class_weights": False,
        }  # fmt: skip
    )
    settings = settings_of({"net": {"batch_size": 7}}, space.ask(trial))
    assert settings.train.recipe == "gated"
    assert (settings.net.batch_size, settings.net.dropout) == (7, 0.2)


# Judging


def test_late_and_single_heads_are_judged_as_train_judges_them(toy_catalog: Catalog) -> None:
    settings = Settings.read(overrides=["train.effort=quick", "train.folds=3", "train.seed=4"])
    pair = (settings.encoders.text, settings.encoders.image)
    products = toy_catalog.labelled().products
    judge = TrialJudge.prepare(products, settings, [pair], metric="accuracy")
    assert judge.task.seed == 4 + SEED_STEP
    chosen = {one.name: one for one in choose(judge.task, effort="quick").candidates}
    for recipe, head in (("late", "late"), ("kernel", "kernel"), ("tfidf-svm", "words")):
        _, told = with_recipe(Settings.parse({"train": {"effort": "quick", "recipe": recipe}}))
        steps = list(judge.values(told))
        assert [folds for folds, _ in steps] == ([2, 3] if recipe == "late" else [1, 2, 3])
        assert steps[-1][1] == pytest.approx(chosen[head].accuracy.value)
    judge.metric = "macro_f1"
    *_, (_, value) = judge.values(with_recipe(Settings.parse({"train": {"recipe": "kernel"}}))[1])
    assert value == pytest.approx(chosen["kernel"].macro_f1.value)


def test_words_are_counted_as_the_trial_says(phrases: Catalog) -> None:
    pair = (WORDS.encoders.text, WORDS.encoders.image)
    judge = TrialJudge.prepare(phrases.products, WORDS, [pair], metric="accuracy")
    found = {}
    for longest in (2, 3):
        told = settings_of(
            {"lexical": {"min_products": 2}},
            {"train.recipe": "tfidf-lr", "lexical.longest_phrase": longest},
        )
        found[longest] = list(judge.values(told))[-1][1]
    assert found[2] < 0.7
    assert found[3] == 1.0


def test_opinions_are_remembered_within_their_limit() -> None:
    kept = Opinions(most_bytes=100)
    for i in range(3):
        kept.put((str(i),), np.zeros((10, 1), np.float32))
    assert kept.get(("0",)) is None
    assert kept.get(("2",)) is not None


# Searching


def test_a_planted_setting_is_found_in_few_trials(phrases: Catalog) -> None:
    """Only by phrases of three words can these be told apart; usual are two."""
    plan = SearchPlan(recipes=("tfidf-lr",), trials=12)
    settings = Settings.parse(
        {"train": {"modality": "text", "folds": 2}, "lexical": {"min_products": 2}}
    )
    found = tune(phrases, plan=plan, settings=settings)
    assert found.trials[0].settings["lexical.longest_phrase"] == 2
    assert (found.trials[0].value or 0) < 0.7
    assert found.best.value == 1.0
    assert tomllib.loads(found.recipe_text()) == {
        "lexical": {"min_products": 2, "longest_phrase": 3},
        "train": {"modality": "text", "recipe": "tfidf-lr"},
    }  # fmt: skip
    assert len(found.trials) == 12
    assert "optimistic" in found.sentences[-1]


def test_the_usual_settings_come_first_and_a_search_repeats(phrases: Catalog) -> None:
    first, second = (tune(phrases, plan=QUICK, settings=WORDS) for _ in range(2))
    assert first.trials[0].settings == {
        "train.recipe": "tfidf-lr", "lexical.longest_phrase": 2, "lexical.min_products": 2,
    }  # fmt: skip
    assert first.first == first.trials[0]
    assert [one.settings for one in first.trials] == [one.settings for one in second.trials]


def test_a_search_in_two_calls_asks_what_one_asks(phrases: Catalog, tmp_path: Path) -> None:
    whole = tune(phrases, plan=replace(QUICK, trials=5), settings=WORDS)
    storage = tmp_path / "deep" / "tune.db"
    tune(phrases, plan=replace(QUICK, trials=2), settings=WORDS, storage=storage)
    parts = tune(phrases, plan=replace(QUICK, trials=5), settings=WORDS, storage=storage)
    assert [one.settings for one in parts.trials] == [one.settings for one in whole.trials]
    assert [one.value for one in parts.trials] == [one.value for one in whole.trials]


def test_no_time_at_all_still_finishes_one_trial(phrases: Catalog) -> None:
    found = tune(phrases, plan=replace(QUICK, seconds=0), settings=WORDS)
    assert [one.state for one in found.trials] == ["complete"]


def test_a_hopeless_trial_is_given_up(phrases: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    worse = iter(range(100))

    def values(*_: object) -> Iterator[tuple[int, float]]:
        value = 0.9 - next(worse) / 100
        yield from ((1, value), (2, value))

    monkeypatch.setattr(TrialJudge, "values", values)
    found = tune(phrases, plan=replace(QUICK, trials=12), settings=WORDS)
    pruned = [one for one in found.trials if one.state == "pruned"]
    assert len(pruned) >= 4, "from the sixth on all are below the median"
    assert {one.folds for one in pruned} == {1}
    assert found.best.number == 0


def test_a_trial_that_fails_is_listed_and_the_search_goes_on(
    phrases: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def values(_: TrialJudge, settings: Settings) -> Iterator[tuple[int, float]]:
        if settings.lexical.min_products > 2:
            raise CannotTrain("the loss is no number", "Lower net.learning_rate.")
        yield 2, 0.5

    monkeypatch.setattr(TrialJudge, "values", values)
    found = tune(phrases, plan=replace(QUICK, trials=20), settings=WORDS)
    failed = [one for one in found.trials if one.state == "failed"]
    assert failed[0].reason == "the loss is no number. Lower net.learning_rate."
    assert len(found.trials) == 20


def test_nothing_finished_is_said(phrases: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    def values(*_: object) -> Iterator[tuple[int, float]]:
        raise MemoryError
        yield

    monkeypatch.setattr(TrialJudge, "values", values)
    with pytest.raises(CannotTrain, match=r"no trial could be finished\. memory ran out"):
        tune(phrases, plan=QUICK, settings=WORDS)


def test_importance_needs_two_settings_that_differ() -> None:
    def trial(value: float, **params: Any) -> Any:
        kinds = {k: optuna.distributions.CategoricalDistribution([0, 1]) for k in params}
        return optuna.trial.create_trial(value=value, params=params, distributions=kinds)

    matters = [trial(float(a), a=a, b=b) for a in (0, 1) for b in (0, 1) for _ in range(4)]
    found = importance(matters)
    assert list(found) == ["a", "b"]
    assert found["a"] > 0.9
    assert importance([trial(0.5, a=0), trial(0.6, a=1)]) == {}


# Killed, shared, refused


def command(shop: ToyCatalogue, folder: Path, trials: int) -> list[str]:
    return [
        *("tune", str(shop.products), "--out", str(folder / "recipe.toml"), "--quiet"),
        *("--storage", str(folder / "tune.db"), "--trials", str(trials)),
        *("--recipes", "tfidf-lr,tfidf-svm", "--modality", "text", "--set", "train.folds=2"),
    ]


def started(shop: ToyCatalogue, folder: Path, trials: int) -> subprocess.Popen[bytes]:
    code = "import sys; from glasscase.cli.main import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen([sys.executable, "-c", code, *command(shop, folder, trials)])


def trials_in(path: Path) -> list[Any]:
    study = optuna.load_study(study_name="glasscase tune", storage=f"sqlite:///{path}")
    return list(study.trials)


def test_killed_at_any_moment_no_finished_trial_is_lost(
    toy_shop: ToyCatalogue, tmp_path: Path, shell: Shell
) -> None:
    process = started(toy_shop, tmp_path, 200)
    storage = tmp_path / "tune.db"
    finished: list[Any] = []
    while process.poll() is None and len(finished) < 3:
        time.sleep(0.05)
        if storage.exists():
            finished = [one for one in trials_in(storage) if one.state.is_finished()]
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {one.number: one.value for one in trials_in(storage) if one.state.is_finished()}
    assert len(before) >= 3
    wanted = len(before) + 3
    code, out, err = shell(*command(toy_shop, tmp_path, wanted), "--json")
    assert code == 0, err
    after = {one["number"]: one["value"] for one in json.loads(out)["trials"]}
    assert len(after) == wanted
    complete = {k: v for k, v in before.items() if v is not None}
    assert {k: after[k] for k in complete} == complete
    # one that was killed before it could say whose it is had tried nothing yet
    running = [one for one in trials_in(storage) if one.state.name == "RUNNING"]
    assert not [one for one in running if one.user_attrs or one.params]


def test_what_a_dead_process_was_trying_is_tried_again(
    phrases: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = tmp_path / "tune.db"

    def killed(*_: object) -> Iterator[tuple[int, float]]:
        raise KeyboardInterrupt
        yield

    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with monkeypatch.context() as patched:
        patched.setattr(TrialJudge, "values", killed)
        patched.setattr(tune_job, "this_process", lambda: [this_process()[0], gone.pid])
        with pytest.raises(KeyboardInterrupt):
            tune(phrases, plan=QUICK, settings=WORDS, storage=storage)
    found = tune(phrases, plan=QUICK, settings=WORDS, storage=storage)
    assert found.trials[0].settings == {
        "train.recipe": "tfidf-lr", "lexical.longest_phrase": 2, "lexical.min_products": 2,
    }  # fmt: skip
    assert [one.state.name for one in trials_in(storage)][0] == "FAIL"
    assert len(found.trials) == 3


def test_only_a_process_known_to_be_gone_is_dead() -> None:
    host, own = this_process()
    assert not _is_dead([host, own])
    assert not _is_dead(["another machine", 2**22 + 1])
    assert not _is_dead(None)
    assert _is_dead([host, 2**22 + 1])


def test_two_processes_share_one_file(toy_shop: ToyCatalogue, tmp_path: Path) -> None:
    both = [started(toy_shop, tmp_path, 8) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    trials = trials_in(tmp_path / "tune.db")
    assert sorted(one.number for one in trials) == list(range(len(trials)))
    assert 8 <= len([one for one in trials if one.state.is_finished()]) <= 9
    assert len({one.user_attrs["process"][1] for one in trials}) == 2
    assert trials[0].params["lexical.longest_phrase"] == 2
    assert tomllib.loads((tmp_path / "recipe.toml").read_text())["train"]["modality"] == "text"


def test_the_recipe_trains(
    toy_shop: ToyCatalogue, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = [
        *("tune", toy_shop.products, "--photos", toy_shop.images, "--out", "r.toml", "--trials", 2),
        *("--recipes", "kernel,tfidf-svm", "--set", "train.folds=2"),
    ]
    code, out, err = shell(*line)
    assert code == 0, err
    assert "The recipe is in r.toml, the page in r.html." in out
    assert Path("r.db").exists()
    page = Path("r.html").read_text()
    assert "optimistic" in page
    assert "http" not in page.replace("http-equiv", "").split("<body>")[0]
    code, out, err = shell("train", toy_shop.products, "--photos", toy_shop.images,
                           "--recipe", "r.toml", "--out", "bundle", "--json",
                           "--set", "train.folds=2", "--effort", "quick")  # fmt: skip
    assert code == 0, err
    recipe = tomllib.loads(Path("r.toml").read_text())
    bundle = json.loads(Path("bundle/bundle.json").read_text())
    for section, values in recipe.items():
        for name, value in values.items():
            assert bundle["settings"][section][name] == value
    assert json.loads(out)["winner"] in ("kernel", "words")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--out", "r.txt"], "recipe file 'r.txt' does not end in .toml. Choose another --out."),
        (["--metric", "f1"], "there is no metric 'f1'. Use accuracy or macro_f1."),
        (
            ["--recipes", "gatet"],
            "the recipe 'gatet' cannot be tuned. Did you mean 'gated'? These can: late, kernel, "
            "linear, concat-mlp, two-branch, gated, tfidf-lr, tfidf-svm, tfidf-rbf, tfidf-forest.",
        ),
        (
            ["--encoders", "resnet"],
            "--encoders 'resnet' is not of the form image=A,B. Say image=A,B or text=A,B.",
        ),
        (
            ["--encoders", "sound=x"],
            "there are no encoders of 'sound' to choose from. "
            "Say --encoders image=A,B or --encoders text=A,B.",
        ),
        (["--encoders", "image="], "--encoders image= names none. Say image=A,B or text=A,B."),
        (
            ["--encoders", "text=minilm-l6-v2,minilm"],
            "there is no text encoder 'minilm'; the network was not tried. "
            "Use minilm-l6-v2, hf:OWNER/NAME, open_clip:OWNER/NAME or a folder.",
        ),
        (
            ["--set", "train.recipe=late"],
            "a search chooses the recipe itself. Name those to try with --recipes.",
        ),
        (
            ["--set", "net.devices=2"],
            "a search trains each trial on one device, so net.devices has no place here. "
            "Leave it out, and start the same command once for each device: they share the trials.",
        ),
    ],
)
def test_what_is_asked_wrongly_is_refused(
    options: list[str], line: str, toy_shop: ToyCatalogue, tmp_path: Path, refused: Refused,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    out = [] if "--out" in options else ["--out", "r.toml"]
    assert refused("tune", toy_shop.products, *out, *options).strip() == line
    assert not list(tmp_path.iterdir())


def test_storage_that_is_not_ours_is_refused_and_left_as_it_was(
    phrases: Catalog, tmp_path: Path
) -> None:
    def refusal(path: Path) -> str:
        before = path.read_bytes()
        with pytest.raises(BadSetting) as caught:
            tune(phrases, plan=QUICK, settings=WORDS, storage=path)
        assert path.read_bytes() == before
        return str(caught.value)

    remedy = "Choose another --storage, or delete the file if you do not need it."
    text = tmp_path / "notes.db"
    text.write_text("no database")
    assert refusal(text) == f"storage '{text}' is not an SQLite database. {remedy}"
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE vectors (a)")
    assert refusal(other) == f"storage '{other}' is a database, but not of glasscase tune. {remedy}"
    foreign = tmp_path / "foreign.db"
    optuna.create_study(storage=f"sqlite:///{foreign}", study_name="theirs")
    assert (
        refusal(foreign)
        == f"storage '{foreign}' holds studies, but none of glasscase tune. {remedy}"
    )
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"SQLite format 3\x00" + os.urandom(5000))
    assert refusal(broken).startswith(f"storage '{broken}' is damaged: ")


@pytest.mark.parametrize("name", ["a b?c.db", "50%.db", "#1 ü.db"])
def test_a_storage_may_have_any_name(phrases: Catalog, tmp_path: Path, name: str) -> None:
    storage = tmp_path / "odd ?folder%20" / name
    tune(phrases, plan=replace(QUICK, trials=1), settings=WORDS, storage=storage)
    assert [one.name for one in storage.parent.iterdir()] == [name]
    assert len(tune(phrases, plan=QUICK, settings=WORDS, storage=storage).trials) == 3


def test_storage_of_another_search_is_refused(phrases: Catalog, tmp_path: Path) -> None:
    storage = tmp_path / "tune.db"
    plan = replace(QUICK, trials=1)
    tune(phrases, plan=plan, settings=WORDS, storage=storage)
    fewer = drawn(tmp_path, 58)
    other = Settings.read(overrides=["train.modality=text", "train.folds=2", "train.seed=1"])
    remedy = "Choose another --storage to begin anew, or repeat the command it was begun with."
    begin = f"storage '{storage}' belongs to another search:"
    for catalog, settings, metric, what in (
        (fewer, WORDS, "accuracy", "the table is"),
        (phrases, other, "accuracy", "a setting is"),
        (fewer, WORDS, "macro_f1", "the table and what is searched are"),
    ):
        with pytest.raises(BadSetting) as caught:
            tune(
                catalog, plan=replace(plan, metric=metric),  # type: ignore[arg-type]
                settings=settings, storage=storage,
            )  # fmt: skip
        assert str(caught.value) == f"{begin} {what} not the same. {remedy}"
