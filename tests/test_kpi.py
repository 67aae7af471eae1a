"""Learning a KPI: honest figures, drivers, intervals, and a model for new products."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from glasscase.catalog.columns import Columns
from glasscase.errors import BadBundle, BadCatalog, CannotTrain
from glasscase.jobs.apply_kpi import apply_kpi
from glasscase.jobs.kpis.kpi_options import KpiOptions
from glasscase.jobs.kpis.kpi_result import KpiResult
from glasscase.jobs.predict_kpi import choose, predict_kpi
from glasscase.kpi.conformal import HeldOutErrors, upper_quantile
from glasscase.kpi.design import NAMES
from glasscase.kpi.experiment import Outcomes, run_experiment
from glasscase.kpi.folds import Division
from glasscase.kpi.learner import Learner
from glasscase.kpi.named_features import learn_features
from glasscase.kpi.shapley_values import shapley_values
from glasscase.kpi.trial import Trial
from glasscase.models.training.plan import TrainingPlan
from kpi_shops import plain, shop, write

VECTORS = Columns(image_vectors="photo*", text_vectors="words*")


def learnt(table: Path, **told: Any) -> KpiResult:
    told = {"models": ("ridge",), "group": "brand", **told}
    return predict_kpi(table, "sales", options=KpiOptions(**told))


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> KpiResult:
    """Ridge and boosting on a shop whose photos matter and whose texts do not."""
    table = write(tmp_path_factory.mktemp("kpi") / "shop.csv", shop(200, photo=0.5))
    return learnt(table, models=("ridge", "boosting"), columns=VECTORS)


def test_the_table_has_the_baselines_and_the_kept_model(result: KpiResult) -> None:
    told = result.to_dict()
    names = [one["name"] for one in told["models"]]

    assert {"mean", "ridge: names", "boosting: names"} <= set(names)
    assert "ridge: names + text + photo" in names
    assert [one["name"] for one in told["models"] if one["chosen"]] == [told["chosen"]]
    mean = next(one for one in told["models"] if one["name"] == "mean")
    assert mean["r2"]["value"] == 0
    assert "image" in result.chosen.reads
    json.dumps(told, allow_nan=False)


def test_a_photo_that_matters_is_found_and_a_text_that_does_not_is_not(result: KpiResult) -> None:
    helps = {(one.what, one.family): one.helps for one in result.gains}

    assert helps[("photo", "ridge")]
    assert not any(told for (what, _), told in helps.items() if what == "text")
    assert any(one.startswith("The photo helps to predict it (") for one in result.sentences)
    assert any(one.startswith("It is not shown that the text helps") for one in result.sentences)


def test_drivers_are_those_the_shop_was_made_with(result: KpiResult) -> None:
    assert result.drivers is not None
    rows = {one.name: one for one in result.drivers.rows}

    assert rows["price"].verdict == "associated, goes with less"
    assert rows["colour"].verdict == "associated, highest for red"
    assert rows["width"].verdict == "not shown to be associated"
    assert result.drivers.rows[0].name == "price"
    share = result.share["share"]["value"]
    assert share is not None
    assert 0.3 < share < 0.95


def test_effects_fall_with_the_price_and_are_centred(result: KpiResult) -> None:
    assert result.drivers is not None
    effect = next(one for one in result.drivers.effects if one.feature.name == "price")
    logs = np.polyfit(np.log(effect.at), effect.effect, 1)[0]

    assert logs == pytest.approx(-0.9, abs=0.3)
    assert all(lo <= e <= hi for lo, e, hi in zip(effect.low, effect.effect, effect.high,
                                                  strict=True))  # fmt: skip
    assert min(effect.effect) < 0 < max(effect.effect)


def test_shapley_values_add_up_for_both_families(result: KpiResult) -> None:
    sample = result.study.sample
    for family, exact in (("ridge", True), ("boosting", False)):
        model = Learner(family, (NAMES,)).fit(sample)  # type: ignore[arg-type]
        found = shapley_values(model, sample)
        assert found.exact is exact
        assert found.gap < 1e-9
        assert found.sizes["price"] > 3 * found.sizes["width"]


def test_causes_are_never_spoken_of_without_an_experiment(result: KpiResult) -> None:
    words = json.dumps(result.to_dict()).lower()

    assert "associations in past data" in words
    for causal in ("raised", "lowered", "because of", " drives ", " leads to", "caused"):
        assert causal not in words


def test_an_experiment_may_speak_of_causes_where_its_arms_are_alike(tmp_path: Path) -> None:
    columns = plain(200)
    columns["arm"] = ["new" if i % 2 else "old" for i in range(200)]
    columns["sales"] = [s + 300 * (i % 2) for i, s in enumerate(columns["sales"])]
    fair = learnt(write(tmp_path / "fair.csv", columns), experiment="arm", group=None)

    assert fair.experiment is not None
    assert fair.experiment.causal
    assert fair.sentences[2].startswith("'new' raised it by")
    assert fair.experiment.differences[0].by.low <= 300 <= fair.experiment.differences[0].by.high
    columns["arm"] = ["new" if p < 7 else "old" for p in columns["price"]]
    biased = learnt(write(tmp_path / "biased.csv", columns), experiment="arm", group=None)
    assert biased.experiment is not None
    assert biased.experiment.unbalanced == ("price",)
    assert "raised" not in " ".join(biased.sentences)


def test_arms_that_another_column_repeats_are_no_experiment() -> None:
    """Each arm has a brand of its own, all through: nothing varies within an arm."""
    arms = ["new" if i % 2 else "old" for i in range(60)]
    rows = [(i, {"brand": arm[0], "size": i // 2}) for i, arm in enumerate(arms)]
    table, _ = learn_features(rows, ["brand", "size"])
    outcomes = Outcomes(np.arange(60.0), np.ones(60), np.arange(60))
    found = run_experiment("arm", arms, ("old", "new"), outcomes, table)
    assert found.unbalanced == ("brand",)
    assert not found.causal


def test_where_nothing_predicts_the_mean_is_kept(tmp_path: Path) -> None:
    columns = plain(150)
    columns["sales"] = np.random.default_rng(3).permutation(columns["sales"]).tolist()
    result = learnt(write(tmp_path / "noise.csv", columns))

    assert result.chosen.family == "mean"
    assert result.sentences[0].startswith("Nothing that was read surely predicts 'sales' better")
    assert result.drivers is not None
    assert not any(one.associated for one in result.drivers.rows)


@pytest.mark.parametrize(
    ("names", "photo", "kept"), [(0.99, 0.985, "mean"), (0.6, 0.595, "names"), (0.6, 0.2, "photo")]
)
def test_a_model_is_only_kept_where_it_surely_beats_a_simpler_one(
    names: float, photo: float, kept: str
) -> None:
    random = np.random.default_rng(0)
    division = Division("grouped", np.arange(100) % 5, np.arange(100))

    def trial(name: str, family: str, reads: tuple[str, ...], loss: float) -> Trial:
        losses = loss + 0.3 * random.normal(size=100)
        losses += loss - losses.mean()
        return Trial(name, family, reads, np.zeros(100), (), losses)

    trials = [
        trial("mean", "mean", (), 1.0),
        trial("names", "ridge", (NAMES,), names),
        trial("photo", "ridge", (NAMES, "image"), photo),
    ]

    assert choose(trials, SimpleNamespace(division=division)).name == kept  # type: ignore[arg-type]


def test_time_forward_learns_from_the_past_only(tmp_path: Path) -> None:
    columns = plain(180)
    columns["month"] = [f"2024-{1 + i // 15:02d}" for i in range(180)]
    result = learnt(write(tmp_path / "time.csv", columns), time="month", group=None)
    told = result.to_dict()

    assert told["protocol"]["split"] == "time-forward"
    assert (told["protocol"]["first"], told["protocol"]["last"]) == ("2024-01-01", "2024-12-01")
    assert told["protocol"]["judged"] < told["protocol"]["used"] == 180
    assert told["intervals"]["method"] == "split conformal, forward in time"
    assert "later products" in result.sentences[0]


def test_intervals_hold_as_often_as_they_say_on_new_products(
    result: KpiResult, tmp_path: Path
) -> None:
    new = shop(400, seed=9, photo=0.5)
    answers = apply_kpi(write(tmp_path / "new.csv", new), result.fitted).answers
    inside = (answers.low <= np.array(new["sales"])) & (np.array(new["sales"]) <= answers.high)

    assert 0.84 <= inside.mean() <= 0.97
    assert 0.8 <= result.coverage.value <= 1


def test_cv_plus_is_the_published_one_in_a_small_case() -> None:
    errors = HeldOutErrors(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1]), forward=False,
                           level=0.6)  # fmt: skip
    low, high = errors.around(np.array([10.0]), np.array([[10.0], [12.0]]))

    # lower ends 9, 8, 9, 8: the floor(0.4 * 5) = 2nd smallest; upper 11, 12, 15, 16: the 3rd
    assert (low[0], high[0]) == (8.0, 15.0)
    assert upper_quantile(np.ones(3), 0.9) == np.inf


def test_held_out_intervals_never_use_a_fold_s_own_errors() -> None:
    division = Division("grouped", np.array([0] * 20 + [1] * 20), np.arange(40))
    truth = np.concatenate([np.zeros(20), np.full(20, 50.0)])
    errors = HeldOutErrors.of(truth, np.zeros(40), division)

    assert errors.coverage(truth, np.zeros(40), division).value == 0.5


def test_a_saved_model_answers_as_before_and_damage_is_told(
    result: KpiResult, tmp_path: Path
) -> None:
    table = write(tmp_path / "new.csv", shop(40, seed=5, photo=0.5))
    folder = result.save(tmp_path / "model")
    before, after = apply_kpi(table, result.fitted), apply_kpi(table, folder)

    assert np.allclose(before.answers.values, after.answers.values)
    assert np.allclose(before.answers.high, after.answers.high)
    told = after.to_dict()
    assert told["predictions"][0]["low"] < told["predictions"][0]["predicted"]
    shutil.copytree(folder, tmp_path / "damaged")
    (tmp_path / "damaged" / "errors.safetensors").write_bytes(b"x")
    with pytest.raises(BadBundle, match=r"'errors.safetensors' of the bundle .* was changed"):
        apply_kpi(table, tmp_path / "damaged")


def test_new_products_may_lack_columns_and_have_new_values(
    result: KpiResult, tmp_path: Path
) -> None:
    columns = {k: v for k, v in shop(30, photo=0.5).items() if k != "width"}
    columns["colour"][0] = "purple"
    found = apply_kpi(write(tmp_path / "new.csv", columns), result.fitted)

    told = [str(one) for one in found.problems]
    assert "width is not in the table. Its value counts as missing." in told
    assert "colour has values never met before, such as 'purple'. They count as missing." in told
    assert np.isfinite(found.answers.values).all()
    assert any(one.startswith("Values are missing ('width' in 30, ") for one in found.notes)


def test_a_product_without_a_photo_is_answered_from_the_rest(
    result: KpiResult, tmp_path: Path
) -> None:
    columns = shop(30, photo=0.5)
    for name in columns:
        if name.startswith("photo"):
            columns[name][3] = ""
    found = apply_kpi(write(tmp_path / "new.csv", columns), result.fitted)

    assert np.isfinite(found.answers.values).all()
    truth = np.array(columns["sales"], float)
    others = np.arange(30) != 3
    assert np.corrcoef(np.log(found.answers.values[others]), np.log(truth[others]))[0, 1] > 0.6


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    model = learnt(write(tmp_path / "shop.csv", plain(150))).fitted
    other = write(tmp_path / "other.csv", {"a": [1, 2], "b": [3, 4]})

    with pytest.raises(BadCatalog, match="none of the columns the model reads: price, colour"):
        apply_kpi(other, model)


def test_answering_for_the_past_is_told(tmp_path: Path) -> None:
    columns = plain(150)
    columns["day"] = [f"2024-{1 + i // 15:02d}-01" for i in range(150)]
    table = write(tmp_path / "shop.csv", columns)
    model = learnt(table, time="day", group=None).fitted

    assert (
        apply_kpi(table, model)
        .notes[0]
        .startswith(
            "Time runs backwards: rows from 2024-01-01 are answered by a model that learnt up to "
        )
    )


def test_an_offset_answers_per_exposure(tmp_path: Path) -> None:
    columns = plain(200)
    days = np.random.default_rng(1).integers(5, 300, 200)
    columns["days"] = days.tolist()
    columns["sales"] = [max(0, round(s * d / 30)) for s, d in
                        zip(columns["sales"], days, strict=True)]  # fmt: skip
    model = learnt(write(tmp_path / "shop.csv", columns), exposure="days").fitted
    one = {k: v[:1] * 2 for k, v in columns.items()}
    one["days"] = [10, 100]
    values = apply_kpi(write(tmp_path / "two.csv", one), model).answers.values

    assert values[1] / values[0] == pytest.approx(10, rel=0.1)
    del one["days"]
    assert (
        "2 of 2 rows have no 'days'" in apply_kpi(write(tmp_path / "no.csv", one), model).notes[0]
    )


def test_a_fusion_network_is_tried_and_kept_without_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = TrainingPlan(epochs=2, batch_size=32, watch="loss")
    monkeypatch.setattr("glasscase.models.net_regressor._PLAN", short)
    table = write(tmp_path / "shop.csv", shop(120, photo=0.5))
    options = KpiOptions(models=("gated",), columns=VECTORS, folds=2)
    result = predict_kpi(table, "sales", options=options)
    gated = result.trials[1]

    assert gated.name == "gated: names + text + photo"
    again = Learner.from_state(gated.members[0].state())
    part = result.study.sample.take(np.arange(7))
    assert np.allclose(again.predict(part), gated.members[0].predict(part), atol=1e-4)


def test_an_arm_of_a_few_is_no_experiment(tmp_path: Path) -> None:
    columns = {**plain(120), "arm": ["new"] * 6 + ["old"] * 114}

    with pytest.raises(CannotTrain, match="arm 'new' of 'arm' has 6 independent groups"):
        learnt(write(tmp_path / "shop.csv", columns), experiment="arm", group=None)
