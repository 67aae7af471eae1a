"""Models that give amounts: ridge, boosting and the fusion networks."""

from __future__ import annotations

import numpy as np
import pytest

from glasscase.errors import BadBundle, BadSetting
from glasscase.models.boosting import Boosting
from glasscase.models.features import Features
from glasscase.models.head import HeadState
from glasscase.models.net_regressor import NetRegressor
from glasscase.models.ridge import PENALTIES, Ridge
from glasscase.models.training.plan import TrainingPlan

rng = np.random.default_rng
_RANDOM = rng(5)  # for these three alone: what tests draw must not hang on their order
ROWS = _RANDOM.normal(size=(80, 6))
WEIGHTS = _RANDOM.uniform(0.2, 3.0, 80)
AMOUNTS = 2 * ROWS[:, 0] - ROWS[:, 1] ** 2 + 0.3 * _RANDOM.normal(size=80)


def test_ridge_is_the_weighted_ridge_of_scikit_learn() -> None:
    from sklearn.linear_model import Ridge as Theirs

    ours = Ridge(7.0).fit(ROWS, AMOUNTS, WEIGHTS)
    theirs = Theirs(alpha=7.0).fit(ROWS, AMOUNTS, sample_weight=WEIGHTS / WEIGHTS.mean())

    assert np.allclose(ours.coefficients, theirs.coef_)
    assert ours.intercept == pytest.approx(theirs.intercept_)


@pytest.mark.parametrize("tall", [True, False])
def test_the_leave_one_out_error_of_ridge_is_that_of_leaving_each_one_out(tall: bool) -> None:
    rows = ROWS[:40] if tall else np.hstack([ROWS[:40], rng(6).normal(size=(40, 60))])
    ones = np.ones(40)
    errors = []
    for one in range(40):
        others = np.arange(40) != one
        # weights of mean 1 on 39 rows; the same penalty on 40
        model = Ridge(5.0).fit(rows[others], AMOUNTS[:40][others], ones[others])
        errors.append((model.predict(rows[[one]])[0] - AMOUNTS[one]) ** 2)

    assert Ridge(5.0).fit(rows, AMOUNTS[:40], ones).loo_error == pytest.approx(np.mean(errors))


def test_ridge_shrinks_noise_more_than_signal() -> None:
    noise = rng(7).normal(size=80)

    assert Ridge().fit(ROWS, noise, WEIGHTS).penalty in PENALTIES[-4:]
    assert Ridge().fit(ROWS, ROWS[:, 0], WEIGHTS).penalty == PENALTIES[0]


def test_boosting_answers_as_scikit_learn_and_survives_storing() -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    rows = ROWS.copy()
    rows[::7, 2] = np.nan
    ours = Boosting(30).fit(rows, AMOUNTS, WEIGHTS)
    theirs = HistGradientBoostingRegressor(
        max_iter=30, learning_rate=0.06, max_leaf_nodes=8, max_depth=4, min_samples_leaf=8,
        l2_regularization=5.0, early_stopping=False, random_state=0,
    ).fit(rows, AMOUNTS, sample_weight=WEIGHTS / WEIGHTS.mean())  # fmt: skip
    again = Boosting.from_state(ours.state())

    assert np.allclose(ours.predict(rows), theirs.predict(rows), atol=1e-12)
    assert np.array_equal(again.predict(rows), ours.predict(rows))


def test_trees_that_point_nowhere_are_refused() -> None:
    state = Boosting(3).fit(ROWS, AMOUNTS, WEIGHTS).state()
    wrong = {**state.arrays, "left": state.arrays["left"] + 10**6}

    with pytest.raises(BadBundle, match="the trees of the bundle point nowhere"):
        Boosting.from_state(HeadState(state.config, wrong))


def test_a_fusion_network_learns_amounts_and_is_kept_as_a_graph() -> None:
    vectors = rng(8).normal(size=(2, 80, 8)).astype(np.float32)
    amounts = 3 * vectors[0, :, 0] + 100
    present = np.ones((80, 2), bool)
    present[:5, 1] = False
    features = Features({"image": vectors[0] * present[:, 1:], "sentence": vectors[1]}, present)
    plan = TrainingPlan(epochs=12, batch_size=16, learning_rate=3e-3, patience=12, watch="loss")
    model = NetRegressor("gated", plan=plan).fit(
        features, amounts, np.ones(80), groups=np.arange(80)
    )
    answers = model.predict(features)

    assert np.corrcoef(answers[5:], amounts[5:])[0, 1] > 0.6
    assert abs(answers.mean() - 100) < 2
    assert np.allclose(NetRegressor.from_state(model.state()).predict(features), answers, atol=1e-3)


def test_an_unknown_fusion_is_named() -> None:
    with pytest.raises(BadSetting) as error:
        NetRegressor("clip-align")

    assert str(error.value).startswith("there is no fusion 'clip-align' for amounts. Use gated")
