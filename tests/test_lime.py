"""Word weights: LIME's meaning, exactly where it is cheap, and honestly where it is sampled."""

import numpy as np
import pytest
from lime.lime_text import LimeTextExplainer
from scipy.stats import spearmanr

from glasscase.explanations.lime import lime_weights
from glasscase.explanations.mask_sampling import EvenMasks, all_masks, kernel
from glasscase.explanations.word_masks import SplitText

TITLE = "Deep blue ceramic coffee mug with a handle"
LONG = (
    "Stay warm with this deep blue ceramic coffee mug that holds 300 ml and has a sturdy handle. "
    "It is safe in the dishwasher, makes a lovely gift for friends or family, ships within two "
    "days from our store and comes with free returns"
)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def shop_model(texts):
    """A curved model with a pair of words that only work together."""

    def one(text):
        has = set(text.replace(".", " ").replace(",", " ").split())
        score = -2.0 + 2.2 * ("mug" in has) + 1.4 * ("coffee" in has) + 0.9 * ("ceramic" in has)
        score += 1.0 * ({"blue", "handle"} <= has) - 0.8 * ("with" in has) + 0.3 * ("gift" in has)
        score += sum(0.04 * (sum(map(ord, word)) % 17 - 8) for word in sorted(has))
        return sigmoid(score)

    return np.array([one(text) for text in texts])


def reference(text, samples, seed=0):
    """Weights by the authors' own package, word by word."""

    def proba(texts):
        p = shop_model(texts)
        return np.stack([1 - p, p], axis=1)

    def cut(raw):
        return [word.text for word in SplitText.of(raw).words]

    explainer = LimeTextExplainer(random_state=seed, split_expression=cut)
    found = explainer.explain_instance(text, proba, num_features=500, num_samples=samples)
    weights = dict(found.as_list())
    return np.array([weights[word] for word in SplitText.of(text).distinct])


def test_the_kernel_and_the_measure_are_those_of_the_package():
    explainer = LimeTextExplainer(random_state=0)
    masks, mass = all_masks(6)
    distance = 100 * (1 - masks.sum(axis=1) / np.sqrt(masks.sum(axis=1).clip(1) * 6))
    np.testing.assert_allclose(
        kernel(masks.sum(axis=1).astype(float), 6), explainer.base.kernel_fn(distance), rtol=1e-9
    )
    one_gone = masks.sum(axis=1) == 5
    two_gone = masks.sum(axis=1) == 4
    chance = mass / kernel(masks.sum(axis=1).astype(float), 6)
    assert chance[one_gone].sum() == pytest.approx(chance[two_gone].sum())
    assert mass.sum() == pytest.approx(1.0)


def test_exact_weights_are_what_the_package_approaches_with_many_samples():
    split = SplitText.of(TITLE)
    found = lime_weights(split, shop_model)
    assert found.exact
    assert found.samples == 2**split.columns
    many = reference(TITLE, 20_000)
    np.testing.assert_allclose(found.weights, many, atol=0.004)
    few = [spearmanr(reference(TITLE, 1000, seed), many)[0] for seed in (1, 2, 3)]
    assert spearmanr(found.weights, many)[0] >= np.mean(few)


def test_exact_weights_need_no_seed():
    split = SplitText.of(TITLE)
    first = lime_weights(split, shop_model, seed=1)
    assert np.array_equal(first.weights, lime_weights(split, shop_model, seed=2).weights)


@pytest.mark.parametrize("text", ["mug", "Blue mug", "mug mug mug"])
def test_one_or_two_words_have_weights_that_mean_something(text):
    found = lime_weights(SplitText.of(text), lambda texts: np.array(["mug" in t for t in texts]))
    assert found.weights[-1] == pytest.approx(1.0, abs=1e-6)
    assert found.weights[:-1] == pytest.approx(np.zeros(len(found.weights) - 1), abs=1e-6)


def test_a_long_text_agrees_with_the_package_at_least_as_well_as_its_own_thousand_samples():
    split = SplitText.of(LONG)
    many = reference(LONG, 20_000)
    few = np.mean([spearmanr(reference(LONG, 1000, seed), many)[0] for seed in (1, 2, 3)])
    found = [lime_weights(split, shop_model, seed=seed) for seed in (1, 2, 3)]
    ours = np.mean([spearmanr(one.weights, many)[0] for one in found])
    assert not found[0].exact
    assert ours >= few
    assert all(one.samples < 1000 for one in found)
    top = set(np.argsort(-np.abs(many))[:3])
    assert all(set(np.argsort(-np.abs(one.weights))[:3]) == top for one in found)


def test_standard_errors_cover_what_sampling_does():
    split = SplitText.of(LONG)
    runs = [lime_weights(split, shop_model, seed=seed, max_samples=192) for seed in range(12)]
    spread = np.std([run.weights for run in runs], axis=0).mean()
    claimed = np.mean([run.errors for run in runs])
    assert 0.5 * spread < claimed < 3 * spread


def test_a_planted_keyword_gets_the_top_weight_in_a_long_text():
    found = lime_weights(
        SplitText.of(LONG),
        lambda texts: np.array([0.05 + 0.9 * ("dishwasher" in t) for t in texts]),
    )
    split = SplitText.of(LONG)
    assert split.distinct[int(np.argmax(found.weights))] == "dishwasher"
    assert found.weights.max() == pytest.approx(0.9, abs=1e-3)
    assert found.overlap < 1 or found.samples < 1000


def test_a_model_that_ignores_words_gives_them_no_weight():
    found = lime_weights(SplitText.of(LONG), lambda texts: np.full(len(texts), 0.3))
    assert np.abs(found.weights).max() < 1e-6


def test_more_samples_are_taken_until_the_top_words_are_stable_but_never_too_many():
    random = np.random.default_rng(0)
    noisy = lime_weights(
        SplitText.of(LONG), lambda texts: random.random(len(texts)), max_samples=320
    )
    assert noisy.samples <= 320
    assert noisy.overlap < 0.85
    asked: list[str] = []

    def clear(texts):
        asked.extend(texts)
        return shop_model(texts)

    steady = lime_weights(SplitText.of(LONG), clear)
    assert steady.overlap >= 0.85 or steady.errors.max() < 0.005
    assert len(asked) == len(set(asked)) == steady.samples


def test_log_odds_are_weighed_as_they_are():
    def margin(texts):
        return np.array([3.0 * ("mug" in t) - 2.0 * ("gift" in t) for t in texts])

    found = lime_weights(SplitText.of(LONG), margin, answer="log-odds")
    weights = dict(zip(SplitText.of(LONG).distinct, found.weights, strict=True))
    assert weights["mug"] == pytest.approx(3.0, abs=1e-6)
    assert weights["gift"] == pytest.approx(-2.0, abs=1e-6)
    assert found.fit == pytest.approx(1.0)


def test_even_masks_count_as_in_lime_and_are_balanced():
    source = EvenMasks(12, seed=0)
    masks = source.draw(6000)
    removed = 12 - masks.sum(axis=1)
    lime_mass = kernel(12.0 - np.arange(1, 13), 12)
    ours = np.bincount(removed, weights=source.mass(masks), minlength=13)[1:]
    np.testing.assert_allclose(ours, lime_mass / lime_mass.sum(), atol=1e-3)
    per_word = (~masks).sum(axis=0)
    assert per_word.max() - per_word.min() <= 2
    pairs = (~masks[removed == 2]).astype(int)
    together = (pairs.T @ pairs)[np.triu_indices(12, 1)]
    assert together.max() < 2.5 * together.mean()


def test_no_words_are_no_weights():
    found = lime_weights(SplitText.of("..."), shop_model)
    assert len(found.weights) == found.samples == 0
