"""Models are compared on equal terms, and the page says no more than the figures do."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Refused, Shell
from glasscase import compare
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.catalog.toy import ToyCatalogue
from glasscase.cli.show_comparison import print_comparison
from glasscase.errors import BadSetting, CannotTrain
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.comparison import Comparison
from glasscase.evaluation.costs import UNKNOWN, Costs
from glasscase.evaluation.standings import Entrant, Field, stand
from glasscase.jobs.comparing.choose import choose
from glasscase.jobs.comparing.contender import field_of, judge_all
from glasscase.jobs.comparing.contenders import LEARNING, MODELS, make_contender, with_own_encoders
from glasscase.jobs.comparing.encoding_costs import EncodingCosts, encoding_costs
from glasscase.jobs.comparing.head_contenders import Bench, HeadContender
from glasscase.jobs.comparing.task import Fold, Task
from glasscase.jobs.peak_memory import peak_memory
from glasscase.models.bases import make_base
from glasscase.models.classifier import ProductClassifier
from glasscase.settings import NetSettings, Settings
from synthetic_features import planted, with_gaps

pytestmark = pytest.mark.xdist_group("compare")  # what it makes once is dear


def task_of(features: Any, targets: Any, *, repeats: int = 1, folds: int = 3) -> Task:
    groups = np.arange(len(targets))
    of = [grouped_stratified_folds(targets, groups, folds=folds, seed=i) for i in range(repeats)]
    classes = [f"class {c}" for c in range(int(targets.max()) + 1)]
    return Task(features, targets, classes, groups, of, 0)


FREE = EncodingCosts(0.0, 0)


def bench_of(task: Task, **encoding: EncodingCosts) -> Bench:
    return Bench(task, dict.fromkeys(task.features.blocks, FREE) | encoding)


@pytest.fixture(scope="module")
def task() -> Task:
    features, targets = planted(90, 3, noise=1.2)
    return task_of(with_gaps(features), targets, repeats=2, folds=2)


@pytest.fixture(scope="module")
def short() -> Task:
    """As `task`, once and in two parts: late fusion fits a hundred heads a part."""
    features, targets = planted(90, 3, noise=1.2)
    return task_of(with_gaps(features), targets, folds=2)


# The port and its adapters


def test_the_figures_are_those_of_train(task: Task) -> None:
    names = ["late", "text", "words", "sentence", "image", "kernel"]
    bench = bench_of(task)
    judged = judge_all([make_contender(n, bench, effort="quick") for n in names], task)
    chosen = {one.name: one for one in choose(task, effort="quick").candidates}
    assert judged.failed == {}
    assert [entrant.name for entrant in judged.entrants] == names
    for entrant in judged.entrants:
        assert np.array_equal(judged.logits[entrant.name], chosen[entrant.name].logits)
        assert entrant.family == chosen[entrant.name].family
        right = chosen[entrant.name].correct(task.over_repeats(task.targets))
        assert np.array_equal(entrant.answers.correct, right), "gaps count as errors"


@dataclass
class Scripted:
    """A contender that answers what it is told, and keeps what it was asked."""

    name: str
    task: Task
    share: float = 1.0
    breaks: bool = False
    family: str = "fused"

    def __post_init__(self) -> None:
        self.asked: list[Fold] = []

    def usable(self) -> Any:
        return np.ones(len(self.task.targets), bool)

    def judge(self, fold: Fold) -> Any:
        self.asked.append(fold)
        if self.breaks:
            raise CannotTrain("the loss is not a number", "Lower the rate.")
        targets = self.task.targets[fold.held]
        luck = np.random.default_rng(0).uniform(size=len(targets)) < self.share
        answers = np.where(luck, targets, (targets + 1) % len(self.task.classes))
        return 5 * np.eye(len(self.task.classes), dtype=np.float32)[answers]

    def costs(self) -> Costs:
        return Costs(1.0, 0.001, 10, None)


def test_everyone_meets_the_same_folds_and_no_product_twice_in_a_division(task: Task) -> None:
    one, other = Scripted("one", task), Scripted("other", task)
    judge_all([one, other], task)
    assert [(f.repeat, f.number, f.seed) for f in one.asked] == [
        (f.repeat, f.number, f.seed) for f in other.asked
    ]
    held = sum(f.held.astype(int) for f in one.asked if f.repeat == 1)
    assert held.tolist() == [1] * 90


def test_a_model_that_breaks_is_listed_and_the_others_go_on(task: Task) -> None:
    broken = Scripted("broken", task, breaks=True)
    judged = judge_all([broken, Scripted("fine", task)], task)
    assert judged.failed == {"broken": "the loss is not a number. Lower the rate."}
    assert len(broken.asked) == 1, "it is not trained again and again"
    assert [entrant.name for entrant in judged.entrants] == ["fine"]
    assert judged.entrants[0].answers.correct.all()


def test_a_model_costs_its_encoders_and_itself(short: Task) -> None:
    task = short
    bench = bench_of(task, sentence=EncodingCosts(0.5, 1000), image=EncodingCosts(2.0, 3000))
    costs = {}
    for name in ("sentence", "kernel", "image", "late"):
        contender = make_contender(name, bench, effort="quick")
        judge_all([contender], task)
        costs[name] = contender.costs()
    assert costs["sentence"].train_seconds > 0.5 * 45, "45 products are learnt from"
    assert costs["kernel"].train_seconds > (0.5 + 2.0) * 45
    assert costs["kernel"].product_seconds > 0.5 + 2.0
    assert costs["sentence"].product_seconds < 2.0
    head = make_base("sentence")
    rows = head.usable(task.features) & (task.repeats[0] != 0)
    head.fit(task.features.take(rows), task.targets[rows], 3)
    stored = sum(array.nbytes for array in head.state().arrays.values())
    assert costs["sentence"].disk_bytes == 1000 + stored
    assert costs["late"].disk_bytes > costs["image"].disk_bytes
    assert costs["late"].disk_bytes > 4000


def test_late_fusion_trains_its_bases_once_for_all(short: Task) -> None:
    task = short
    bench = bench_of(task)
    made: list[str] = []

    def making(name: str) -> Any:
        made.append(name)
        return make_base(name)

    late = make_contender("late", bench, effort="quick")
    late = replace(late, makers={name: partial(making, name) for name in late.makers})
    judge_all([late, HeadContender("words", "text only", partial(making, "words"), bench)], task)
    folds = len(list(task.folds()))
    assert made.count("sentence") == folds
    assert made.count("words") == folds + 2, "beside asking what it can use and what it reads"


def test_peak_memory_is_what_the_work_took() -> None:
    with peak_memory() as small:
        pass
    with peak_memory() as large:
        np.ones(8_000_000).sum()
    if large.bytes is None:
        pytest.skip("this system does not tell")
    assert 60_000_000 < large.bytes < 80_000_000
    assert small.bytes < 8_000_000


def test_encoders_are_timed_past_the_cache(
    toy_model: ProductClassifier, toy_catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glasscase.encoders.cached_encoder import CachedEncoder

    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("the cache was asked")

    products = toy_catalog.products
    features = toy_model.encode(products).features
    monkeypatch.setattr(CachedEncoder, "encode", forbidden)
    costs = encoding_costs(toy_model.encoder, products, features)
    assert set(costs) == set(features.blocks)
    assert costs["image"].product_seconds > costs["words"].product_seconds > 0
    assert costs["sentence"].disk_bytes > costs["image"].disk_bytes > costs["words"].disk_bytes > 0


# The table


def answers(targets: Any, given: Any, k: int = 3) -> Answers:
    names = [f"c{i}" for i in range(k)]
    return Answers.pair([names[t] for t in targets], 0.9 * np.eye(k)[given] + 0.03, names)


def made_up(seconds: dict[str, float], wrong: dict[str, int]) -> Comparison:
    targets = np.arange(300) % 3
    entrants = []
    for name, amount in wrong.items():
        given = targets.copy()
        given[:amount] = (given[:amount] + 1) % 3
        entrants.append(
            Entrant(name, "fused", answers(targets, given), Costs(1.0, seconds[name], 10**6, None))
        )
    table = stand(entrants, Field(np.arange(300), 300))
    return Comparison(replace(table, data={"products": 300, "classes": 3, "columns": "x"}))


def test_the_table_is_ordered_and_says_what_is_real() -> None:
    found = made_up({"a": 0.1, "b": 0.1, "c": 0.1}, {"c": 60, "a": 10, "b": 12})
    assert [one.name for one in found.table.models] == ["a", "b", "c"]
    assert found.table.alike == (("a", "b"), ("c",))
    assert [one.name for one in found.table.like_best()] == ["b"]
    pair = found.table.pair("c", "a")
    assert (pair.a, pair.only_a, pair.only_b, pair.verdict) == ("a", 50, 0, "real")
    assert found.table.models[0].macro_f1_behind is None
    behind = found.table.models[2].macro_f1_behind
    assert behind.value == pytest.approx(
        found.table.models[0].macro_f1.value - found.table.models[2].macro_f1.value
    )
    assert behind.low > 0
    assert found.advice == "Ship a: 96.7 % right, the most; its lead over b may be chance."


def test_a_cheaper_model_that_may_be_as_good_is_named_with_its_price() -> None:
    found = made_up({"a": 0.1, "b": 0.01, "c": 0.001}, {"c": 60, "a": 10, "b": 12})
    pair = found.table.pair("a", "b")
    low, high = 100 * pair.difference.low, 100 * pair.difference.high
    assert found.advice == (
        "Ship a: 96.7 % right, the most; its lead over b may be chance. Where 100 ms a product is "
        f"too much, take b: 10 ms, behind by 0.7 points (95 % interval {low:+.1f} to {high:+.1f})."
    )


def test_a_lead_over_all_is_said_plainly() -> None:
    found = made_up({"a": 0.1, "c": 0.1}, {"c": 60, "a": 10})
    assert found.advice == "Ship a: 96.7 % right, and the lead over every other model is real."


def test_the_json_is_whole_and_the_page_holds_every_figure(tmp_path: Path) -> None:
    found = made_up({"a": 0.1, "b": 0.01, "<c>": 0.001}, {"<c>": 60, "a": 10, "b": 12})
    page = found.save(tmp_path)
    stored = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert stored == found.to_dict()
    assert stored["models"][0]["peak_bytes"] is None
    html = page.read_text(encoding="utf-8")
    assert "<c>" not in html
    assert "&lt;c&gt;" in html
    for words in ("96.7 %", "80.0 %", "Cannot be told apart", "a, b", "may be chance", "real"):
        assert words in html
    assert "http:" not in html
    assert "https:" not in html
    assert html.count("data:image/svg+xml") == 2


def test_no_figure_is_promised_where_nothing_was_measured() -> None:
    targets = np.arange(30) % 3
    entrants = [Entrant(n, "fused", answers(targets, targets), UNKNOWN) for n in ("a", "b")]
    table = stand(entrants, Field(np.arange(30), 30))
    assert table.pairs[0].verdict == "chance"
    html = Comparison(replace(table, data={"products": 30, "classes": 3})).html()
    assert "None" not in html
    assert "–" in html


# The verb


@pytest.fixture(scope="module")
def compared(toy_bundle: Path, toy_catalog: Catalog, toy_settings: Settings) -> Comparison:
    """`toy_bundle` has filled the cache."""
    return compare(toy_catalog, models=["late", "words", "image"], settings=toy_settings)


def test_on_the_toy_shop_it_agrees_with_training(
    compared: Comparison, toy_model: ProductClassifier
) -> None:
    trained = {row["name"]: row for row in toy_model.card["candidates"]}
    for one in compared.table.models:
        assert one.accuracy.value == trained[one.name]["accuracy"]["value"]
        assert one.macro_f1.value == trained[one.name]["macro_f1"]["value"]
        assert one.costs.train_seconds > 0
        assert one.costs.disk_bytes > 1000
    by_name = {one.name: one.costs for one in compared.table.models}
    assert by_name["late"].product_seconds > by_name["image"].product_seconds
    assert by_name["image"].product_seconds > by_name["words"].product_seconds
    assert compared.table.data["folds"] == 3
    assert compared.passed


@pytest.mark.slow
def test_a_recipe_gets_the_encoders_it_needs_and_the_folds_of_the_others(
    toy_catalog: Catalog, toy_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glasscase.jobs import compare as job

    whole = [p for p in toy_catalog.products if p.photos and p.text][:24]
    seen: dict[str, Task] = {}

    class Enough(Exception):
        """Nothing is to be learnt here."""

    def judged(contenders: Any, task: Task, **_: Any) -> None:
        seen.update({one.name: one.bench.task for one in contenders}, all=task)
        raise Enough

    monkeypatch.setattr(job, "judge_all", judged)
    names = ["words", "cross-attention", "two-branch"]
    with pytest.raises(Enough):
        compare(Catalog(whole), models=names, settings=toy_settings)
    crossing, plain = seen["cross-attention"], seen["two-branch"]
    assert plain is seen["words"], "one bench for each set of encoders"
    assert plain.features.dims["sentence"] == 384
    assert crossing.features.dims["sentence"] == 32 * 384
    assert crossing.features.places == {"sentence": 32, "image": 49}
    alone = job.prepare(Catalog(whole), with_own_encoders("cross-attention", toy_settings)).task
    for task in (crossing, seen["all"], alone):
        np.testing.assert_array_equal(task.targets, plain.targets)
        np.testing.assert_array_equal(task.groups, plain.groups)
        np.testing.assert_array_equal(task.repeats, plain.repeats)


def test_encoders_that_were_asked_for_go_before_a_recipes_own() -> None:
    own = with_own_encoders("cross-attention", Settings()).encoders
    assert (own.text, own.image) == ("minilm-l6-v2-tokens", "efficientnet-lite0-grid")
    asked = Settings(encoders={"image": "timm:resnet50"}, net={"epochs": 2})
    found = with_own_encoders("cross-attention", asked)
    assert (found.encoders.text, found.encoders.image) == ("minilm-l6-v2-tokens", "timm:resnet50")
    assert found.net.epochs == 2
    assert with_own_encoders("late", asked) == asked


def test_what_cannot_be_compared_is_refused(toy_catalog: Catalog) -> None:
    with pytest.raises(BadSetting) as alone:
        compare(toy_catalog, models=["late", "late"])
    assert str(alone.value) == (
        "'late' alone cannot be compared. Name two models or more; or take one apart with --ablate."
    )
    with pytest.raises(BadSetting) as unknown:
        compare(toy_catalog, models=["late", "tfidf-svn"])
    assert str(unknown.value).startswith("there is no model 'tfidf-svn'. Did you mean 'tfidf-"), (
        unknown.value
    )


def test_a_model_for_what_the_catalogue_lacks_is_refused(task: Task) -> None:
    blind = bench_of(replace(task, features=task.features.without("image")))
    with pytest.raises(BadSetting) as refused:
        make_contender("image", blind, effort="quick")
    assert str(refused.value) == (
        "the model 'image' reads image, which this catalogue does not have. "
        "Leave it out of --models, or name the columns or the folder with --text or --photos."
    )
    with pytest.raises(BadSetting, match="the model 'photo' reads photos"):
        make_contender("photo", blind, effort="quick")
    assert make_contender("late", blind, effort="quick").family == "fused"


def test_the_shell_prints_what_python_finds(
    shell: Shell,
    compared: Comparison,
    toy_shop: ToyCatalogue,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = shell(
        "compare", toy_shop.products, "--photos", toy_shop.images, "--models", "late,words,image",
        "--effort", "quick", "--set", "train.folds=3", "--quiet", "--json", "--out", tmp_path,
    )  # fmt: skip
    found, expected = json.loads(out), compared.to_dict()
    assert (code, err) == (0, "")
    assert found["pairs"] == expected["pairs"]
    assert [one["accuracy"] for one in found["models"]] == [
        one["accuracy"] for one in expected["models"]
    ]
    assert found.keys() == expected.keys()
    assert json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8")) == found
    assert (tmp_path / "comparison.html").exists()
    print_comparison(compared)
    words = capsys.readouterr().out
    assert "p McNemar" in words
    for one in compared.table.models:
        assert f"\n{one.name} " in words
        assert f"{one.accuracy.value:.3f} (" in words
    assert words.endswith(f"{compared.advice}\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--bundles", "a,b", "--models", "late"], "--models does not go with the rest of this"),
        (["--bundles", "a,b", "--ablate"], "--ablate does not go with the rest of this"),
        (["--bundles", "a,b", "--effort", "best"], "--effort does not go with the rest of this"),
        (["--protect", "Mugs"], "--protect does not go with the rest of this"),
        (["--tolerance", "0.1"], "It needs two finished models: --bundles OLD,NEW."),
        (["--ablate", "--models", "late,words"], "--ablate takes one model apart."),
        (["--models", "lte,words"], "there is no model 'lte'. Did you mean 'late'?"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    refused: Refused, toy_shop: ToyCatalogue, options: list[str], message: str
) -> None:
    assert message in refused("compare", toy_shop.products, "--quiet", *options)


@pytest.mark.parametrize("name", LEARNING)
def test_a_recipe_that_learns_its_encoders_has_no_parts(name: str, task: Task) -> None:
    with pytest.raises(BadSetting, match=f"recipe {name!r} learns its encoders, so there are no"):
        make_contender(name, bench_of(task), effort="best")


@pytest.mark.parametrize("name", [name for name in MODELS if name not in LEARNING])
def test_every_name_makes_a_contender(name: str, task: Task) -> None:
    contender = make_contender(name, bench_of(task), effort="best")
    assert contender.name == name
    assert contender.usable().shape == (90,)


def test_settings_of_networks_reach_what_is_compared(task: Task) -> None:
    bench = replace(bench_of(task), net=NetSettings(epochs=3, patience=2))
    contender: Any = make_contender("two-branch", bench, effort="quick")
    assert (contender.make().plan.epochs, contender.make().plan.patience) == (3, 2)


def test_a_recipe_on_frozen_vectors_is_judged_by_its_head() -> None:
    task = task_of(*planted(36, 3, noise=1.2))
    bench = bench_of(task)
    names = ["tfidf-svm", "words", "text-only", "text"]
    judged = judge_all([make_contender(name, bench, effort="quick") for name in names], task)
    assert [entrant.name for entrant in judged.entrants] == names
    for recipe, head in (names[:2], names[2:]):
        assert np.array_equal(judged.logits[recipe], judged.logits[head])


def test_a_product_in_two_divisions_is_drawn_as_one(task: Task) -> None:
    assert field_of(task).groups.tolist() == list(range(90)) * 2
