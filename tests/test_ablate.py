"""Taking a part away shows what it was worth, no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Shell
from glasscase import ablate
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.toy import ToyCatalogue
from glasscase.cli.show_comparison import print_ablation
from glasscase.errors import BadSetting
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.parts import calibration_worth, worths_of
from glasscase.evaluation.standings import Field
from glasscase.jobs.ablate import Removed, _calibration, cooled, cuts_of
from glasscase.jobs.comparing.contender import field_of, judge_all
from glasscase.jobs.comparing.contenders import make_contender
from glasscase.jobs.comparing.head_contenders import Bench
from glasscase.jobs.comparing.task import Task
from glasscase.models.head import softmax
from glasscase.settings import Settings
from synthetic_features import planted
from test_compare import bench_of, task_of

pytestmark = pytest.mark.xdist_group("ablate")  # what it makes once is dear


def ablated(bench: Bench, name: str, *, effort: str = "quick") -> dict[tuple[str, str], Any]:
    """Worth of every part of a model, by kind and name."""
    task = bench.task
    whole = make_contender(name, bench, effort=effort)
    cuts = cuts_of(whole)
    judged = judge_all([whole, *(cut.rest for cut in cuts)], task)
    assert judged.failed == {}
    entrants = {one.name: one for one in judged.entrants}
    removed = [Removed(c.part, c.kinds, c.left, entrants[c.rest.name]) for c in cuts]
    found = worths_of(entrants[name], removed, field_of(task))
    return {(kind, one.part): one for one in found for kind in one.kinds}


@pytest.fixture(scope="module")
def photos_tell() -> Task:
    """The photos tell the class, the texts nothing."""
    features, targets = planted(120, 3, noise=0.3)
    features = features.only(("words", "characters", "sentence", "image"))
    noise, _ = planted(120, 3, noise=0.3, seed=9)
    order = np.random.default_rng(0).permutation(120)
    texts = {name: noise.take(order).blocks[name] for name in ("words", "characters", "sentence")}
    return task_of(features.replaced(texts), targets)


@pytest.fixture(scope="module")
def bench(photos_tell: Task) -> Bench:
    """Every head is judged once for all tests."""
    return bench_of(photos_tell)


def test_the_part_that_tells_is_found_and_the_others_may_be_chance(bench: Bench) -> None:
    found = ablated(bench, "late")
    assert set(found) == {
        ("modality", "text"),
        ("modality", "image"), ("block", "image"), ("base", "image"),
        ("block", "words"), ("base", "words"),
        ("block", "sentence"), ("base", "sentence"),
    }  # fmt: skip
    image = found["modality", "image"]
    assert image.kinds == ("modality", "block", "base"), "all three leave the same"
    assert image.left == ("words", "sentence")
    assert image.gain.value > 0.4
    assert image.pair.verdict == "real"
    for part in (("modality", "text"), ("block", "words"), ("block", "sentence")):
        assert found[part].pair.verdict == "chance", part
        assert abs(found[part].gain.value) < 0.05, part


def test_bases_that_read_a_block_leave_with_it(bench: Bench) -> None:
    found = ablated(bench, "late", effort="best")
    words_alone = {"words", "characters", "sentence", "sentence-linear", "tfidf-forest"}
    assert set(found["block", "image"].left) == words_alone
    assert set(found["base", "image"].left) == {*words_alone, "kernel-words"}
    assert found["block", "image"].gain.value > 0.4
    assert found["base", "image"].gain.value < 0.1, "others say the same"


@pytest.mark.parametrize("name", ["kernel", "linear", "concat"])
def test_a_single_head_learns_from_its_other_block(name: str, bench: Bench) -> None:
    found = ablated(bench, name)
    assert set(found) == {(k, b) for k in ("block", "modality") for b in ("sentence", "image")}
    assert found["block", "image"].left == ("sentence",)
    assert found["block", "image"].gain.value > 0.3
    assert found["block", "image"].accuracy.value < 0.55, "it does not see the photos any more"
    assert found["block", "sentence"].accuracy.value > 0.8


def test_the_rest_of_a_kernel_is_the_kernel_of_the_rest(bench: Bench) -> None:
    alone = make_contender("sentence", bench, effort="quick")
    expected = judge_all([alone], bench.task).entrants[0].answers.correct.mean()
    one = 1.01 / len(bench.task.targets)  # sums in another order may tip a product between two
    found = ablated(bench, "kernel")["block", "image"].accuracy.value
    assert found == pytest.approx(expected, abs=one)


def test_a_head_of_one_block_has_nothing_to_lose(bench: Bench) -> None:
    assert cuts_of(make_contender("words", bench, effort="quick")) == []


def test_parts_are_fewer_comparisons_than_pairs(bench: Bench) -> None:
    parts = {id(one): one for one in ablated(bench, "late").values()}.values()
    least = min(parts, key=lambda one: one.pair.p_mcnemar)
    assert least.pair.p_mcnemar_holm == pytest.approx(min(1, len(parts) * least.pair.p_mcnemar))


# Calibration


def test_a_temperature_mends_boasting_and_is_fitted_on_other_folds(photos_tell: Task) -> None:
    rng = np.random.default_rng(0)
    targets = photos_tell.targets
    wrong = rng.uniform(size=len(targets)) < 0.3
    given = np.where(wrong, (targets + 1) % 3, targets)
    logits = (12 * np.eye(3)[given]).astype(np.float32)
    labels = [photos_tell.classes[t] for t in targets]
    plain = Answers.pair(labels, softmax(logits), photos_tell.classes)
    found = _calibration(photos_tell, plain, logits)
    assert found.log_loss.low > 1
    assert found.ece_without.value == pytest.approx(wrong.mean(), abs=0.01)
    assert found.ece_with.value < 0.1
    assert "Here it helps: " in str(found)
    held = photos_tell.repeats[0] == 0
    turned = [photos_tell.classes[t] for t in np.where(held, (given + 2) % 3, targets)]
    other = Answers.pair(turned, softmax(logits), photos_tell.classes)
    before, after = (cooled(photos_tell, answers, logits) for answers in (plain, other))
    assert np.array_equal(before[held], after[held])
    assert not np.array_equal(before[~held], after[~held])


def test_the_same_answers_are_worth_nothing() -> None:
    answers = Answers.pair(["a", "b"] * 20, np.tile([[0.8, 0.2], [0.3, 0.7]], (20, 1)), ["a", "b"])
    found = calibration_worth(answers, answers, Field(np.arange(40), 40))
    assert (found.log_loss.value, found.log_loss.low, found.log_loss.high) == (0, 0, 0)
    assert "Here it makes no sure difference: " in str(found)


# The verb


@pytest.mark.slow
def test_the_shell_takes_late_apart_and_prints_what_python_finds(
    shell: Shell,
    toy_bundle: Path,
    toy_shop: ToyCatalogue,
    toy_catalog: Catalog,
    toy_settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = ablate(toy_catalog, settings=toy_settings)
    assert found.model.name == "late"
    assert {one.part for one in found.worths} == {"text", "image", "words", "sentence"}
    saved = {one.part: one.saved_seconds for one in found.worths}
    assert saved["image"] > saved["words"]
    code, out, err = shell(
        "compare", toy_shop.products, "--photos", toy_shop.images, "--ablate", "--effort", "quick",
        "--set", "train.folds=3", "--quiet", "--json", "--out", tmp_path,
    )  # fmt: skip
    printed, expected = json.loads(out), found.to_dict()
    assert (code, err) == (0, "")
    assert printed.keys() == expected.keys()
    assert [one["gain"] for one in printed["parts"]] == [one["gain"] for one in expected["parts"]]
    assert printed["calibration"] == expected["calibration"]
    assert json.loads((tmp_path / "ablation.json").read_text(encoding="utf-8")) == printed
    html = (tmp_path / "ablation.html").read_text(encoding="utf-8")
    assert "What the parts of late are worth" in html
    print_ablation(found)
    words = capsys.readouterr().out
    assert words.endswith(f"{found.advice}\n")
    for one in found.worths:
        assert f"<b>{one.part}</b>" in html
        assert f"{100 * one.gain.value:+.1f}" in html
        assert f"\n{one.part} " in words


def test_a_model_that_does_not_exist_is_refused_before_anything_is_read() -> None:
    with pytest.raises(BadSetting, match="there is no model 'lat'. Did you mean 'late'?"):
        ablate(Catalog([]), model="lat")
