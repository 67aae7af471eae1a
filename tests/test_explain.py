"""Explanations mean what they say: the cue moves the map, the keyword gets the weight."""

import json

import numpy as np
import pytest

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.errors import BadProduct, BadSetting
from glasscase.jobs.explain import explain
from glasscase.models.head import softmax
from glasscase.models.linear import LinearHead
from glasscase.settings import Settings
from see_through_model import GREEN, RED, photo, product, tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def place(heat):
    return np.unravel_index(heat.values.argmax(), heat.values.shape)


@pytest.mark.parametrize(
    ("at", "cell"), [((0, 0), (0, 0)), ((80, 0), (0, 5)), ((0, 80), (5, 0)), ((80, 80), (5, 5))]
)
def test_the_heat_map_moves_with_the_painted_cue(model, at, cell):
    (heat,) = explain(model, product("blue", photo(RED, at)), label="Mugs").heat_maps
    row, column = place(heat)
    assert cell[0] <= row <= cell[0] + 1
    assert cell[1] <= column <= cell[1] + 1
    inside = heat.values[cell[0] : cell[0] + 2, cell[1] : cell[1] + 2].sum()
    assert inside / heat.values.sum() > 0.6


def test_a_head_that_learnt_nothing_points_nowhere_in_particular(model):
    cue = product("blue mug", photo(RED, (80, 80)))
    shares = []
    kept = model.head._weights
    try:
        for seed in range(20):
            random = np.random.default_rng(seed)
            model.head._weights = {
                name: random.normal(size=w.shape).astype(np.float32) for name, w in kept.items()
            }
            (heat,) = explain(model, cue, label="Mugs").heat_maps
            shares.append(heat.values[5:, 5:].sum() / max(heat.values.sum(), 1e-9))
    finally:
        model.head._weights = kept
    (learnt,) = explain(model, cue, label="Mugs").heat_maps
    assert np.mean(shares) < 0.7 * learnt.values[5:, 5:].sum() / learnt.values.sum()


def test_the_gradient_is_of_the_calibrated_logit(model):
    cue = product("blue mug", photo(RED))
    features = model.encode([cue]).features
    (heat,) = explain(model, cue, label="Mugs").heat_maps
    step = 1e-3
    maps = model.image_encoder.feature_maps([decode(cue.photos[0].read(), name="x")])[1]
    row, column = place(heat)
    moved = features.blocks["image"] + step * maps[:, :, row, column] / 49
    before = model.logits(features)[0, 0]
    after = model.logits(features.replaced({"image": moved.astype(np.float32)}))[0, 0]
    assert heat.peak == pytest.approx((after - before) / step, rel=0.05)


def test_a_product_without_photo_has_no_heat_map_and_no_photo_share(model):
    found = explain(model, product("blue mug"))
    assert found.heat_maps == ()
    assert "no usable photo" in found.heat_note
    assert [share.modality for share in found.shares] == ["text"]
    assert found.words.top(1)[0][0] == "mug"


def test_a_product_without_words_has_a_heat_map_and_no_word_weights(model):
    found = explain(model, product("", photo(RED)))
    assert found.label == "Mugs"
    assert (found.words.method, found.words.words, found.words.samples) == ("none", (), 0)
    assert found.words.note == "There are no words."
    assert [share.modality for share in found.shares] == ["image"]
    assert len(found.heat_maps) == 1


def test_the_photo_speaks_for_the_class_it_shows(model):
    red = explain(model, product("mug plate", photo(RED)), label="Mugs")
    green = explain(model, product("mug plate", photo(GREEN)), label="Mugs")
    values = {
        name: {s.modality: s.value for s in found.shares}["image"]
        for name, found in (("red", red), ("green", green))
    }
    assert values["red"] > 0 > values["green"]
    assert red.probability > green.probability
    assert "photo speaks for it" in red.sentence
    assert "photo speaks against it" in green.sentence


def test_base_and_shares_add_up_to_the_log_odds(model):
    found = explain(model, product("blue mug", photo(GREEN)))
    p = found.probability
    assert found.log_odds == pytest.approx(np.log(p / (1 - p)), abs=1e-4)
    assert sum(share.share for share in found.shares) == pytest.approx(1.0)


def test_the_model_answers_the_same_and_probabilities_survive_explaining(model):
    cue = product("blue coffee mug", photo(RED))
    features = model.encode([cue]).features
    before = softmax(model.logits(features))[0]
    found = explain(model, cue)
    assert np.array_equal(softmax(model.logits(model.encode([cue]).features))[0], before)
    assert found.probability == pytest.approx(before.max())
    assert [label for label, _ in found.top][0] == found.predicted == "Mugs"


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("blue coffee mug", "mug"),
        ("blue plate, round", "plate"),
        ("蓝色的 كوب", "كوب"),
        ("هدية ☕ 🎁 👍🏽", "☕"),
        ("mug, blue mug, gift mug", "mug"),
    ],
)
def test_the_keyword_of_any_script_has_the_top_weight(model, text, keyword):
    found = explain(model, product(text))
    assert found.words.top(1)[0][0] == keyword
    assert found.words.method == "exact"
    for word in found.words.words:
        assert text[word.start : word.end] == word.word


def test_repeated_words_share_their_weight_or_are_told_apart(model):
    cue = product("mug blue mug")
    together = [w.weight for w in explain(model, cue, label="Mugs").words.words]
    told_apart = Settings(explain={"distinct_repeats": True})
    apart = explain(model, cue, label="Mugs", settings=told_apart).words
    assert together[0] == together[2]
    assert len(apart.words) == 3
    assert apart.words[0].weight == pytest.approx(apart.words[2].weight, abs=1e-6)
    assert apart.words[0].weight < together[0]  # one alone can go: the other is still there


def test_exact_explanations_are_deterministic(model):
    cue = product("blue coffee mug gift", photo(RED))
    first, second = explain(model, cue).to_dict(), explain(model, cue).to_dict()
    del first["seconds"], second["seconds"]
    assert first == second


def test_identical_variants_are_asked_about_once(model):
    model.asked = 0
    explain(model, product("blue coffee mug"))
    assert model.asked == 8


def test_why_a_rather_than_b(model):
    cue = product("mug plate", photo(RED))
    found = explain(model, cue, label="Mugs", against="Plates")
    logits = model.logits(model.encode([cue]).features)[0]
    assert found.words.answer == "log-odds"
    assert found.log_odds == pytest.approx(float(logits[0] - logits[1]), abs=1e-4)
    weights = found.words.distinct
    assert weights["mug"] > 0 > weights["plate"]
    turned = explain(model, cue, label="Plates", against="Mugs")
    assert turned.words.distinct["mug"] == pytest.approx(-weights["mug"], abs=1e-6)
    assert turned.shares[0].value == pytest.approx(-found.shares[0].value, abs=1e-6)
    assert "likely than “Plates”" in found.sentence


def test_another_class_can_be_spoken_for(model):
    found = explain(model, product("blue coffee mug", photo(RED)), label="Plates")
    assert (found.label, found.predicted) == ("Plates", "Mugs")
    assert found.words.distinct["mug"] < 0
    assert "gives “Plates”" in found.sentence
    assert "it says “Mugs”" in found.sentence


def test_an_unknown_class_is_answered_with_the_nearest(model):
    with pytest.raises(BadSetting, match=r"no class 'mugz'. Close to it: 'Mugs'"):
        explain(model, product("mug"), label="mugz")
    with pytest.raises(BadSetting, match=r"no class 'Bowl'"):
        explain(model, product("mug"), against="Bowl")
    with pytest.raises(BadSetting, match=r"'Mugs' against itself. Name another class"):
        explain(model, product("mug"), label="Mugs", against="Mugs")


def test_a_product_with_nothing_is_refused(model):
    with pytest.raises(
        BadProduct, match=r"'p' has neither words nor a photo the model can use. Give it"
    ):
        explain(model, product("  "))
    broken = Photo("bad.jpg", data=b"")
    with pytest.raises(BadProduct, match=r"the model can use. photo.*bad.jpg"):
        explain(model, product("", broken))


def test_several_photos_have_a_map_each_and_a_broken_one_is_a_problem(model):
    red, green = photo(RED, name="red.png"), photo(GREEN, (80, 80), name="green.png")
    broken = Photo("bad.jpg", data=b"nothing")
    found = explain(model, product("blue", red, broken, green), label="Mugs")
    assert [heat.photo for heat in found.heat_maps] == ["red.png", "green.png"]
    assert found.heat_maps[0].peak > 2 * found.heat_maps[1].peak
    assert any("bad.jpg" in str(problem) for problem in found.problems)
    alone = explain(model, product("blue", red), label="Mugs").heat_maps[0]
    assert place(alone) == place(found.heat_maps[0])


def test_neighbours_are_like_the_product(model):
    found = explain(model, product("coffee mug", photo(RED)))
    assert len(found.neighbours) == 5
    assert {one.label for one in found.neighbours} == {"Mugs"}
    likeness = [one.similarity for one in found.neighbours]
    assert likeness == sorted(likeness, reverse=True)
    same = model.training.features.take(slice(0, 1))
    assert same.present.all()
    own = Product("x", {"t": model.training.titles[0]}, ())
    assert explain(model, own).neighbours[0].similarity == pytest.approx(1.0, abs=1e-5)


def test_a_very_long_text_is_explained_and_what_was_put_together_is_said(model):
    text = " ".join(["mug"] + [f"word{k}" for k in range(150_000)])
    found = explain(model, product(text[:1_000_000]))
    assert found.words.method == "sampled"
    assert found.words.samples <= 1000
    assert found.words.top(1)[0][0] == "mug"
    assert "The first 99 different words are weighed one by one" in found.words.note
    assert "beyond text.max_characters" in found.words.note


def test_json_holds_everything_and_nothing_strange(model):
    found = explain(model, product("blue coffee mug", photo(RED)))
    values = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert values["label"] == "Mugs"
    assert values["words"]["words"][2] == {
        "word": "mug",
        "start": 12,
        "end": 15,
        "weight": found.words.words[2].weight,
        "error": 0.0,
    }
    assert np.array(values["heat_maps"][0]["values"]).shape == (7, 7)
    assert values["heat_maps"][0]["unit"] == "logit"
    assert values["neighbours"][0]["label"] == "Mugs"


def test_a_model_that_reads_no_photos_says_so_and_gives_them_no_say(model, monkeypatch):
    words_only = LinearHead(("sentence",), l2=0.01)
    labels = np.searchsorted(model.classes_, model.training.labels)
    monkeypatch.setattr(model, "head", words_only.fit(model.training.features, labels, 3))
    found = explain(model, product("mug", photo(RED)))
    assert found.heat_maps == ()
    assert found.heat_note.startswith("This model decides by words alone")
    assert [share.modality for share in found.shares] == ["text"]


@pytest.fixture(scope="module")
def real_model():
    from glasscase.catalog.toy import toy_products
    from glasscase.models.classifier import ProductClassifier

    return ProductClassifier("linear").fit(toy_products(60))


def test_with_real_encoders_the_map_is_exact_and_the_parts_add_up(real_model):
    from glasscase.catalog.toy import toy_products

    shown = next(p for p in toy_products(60) if p.photos and p.text)
    shown = shown.with_text("Blue ceramic coffee mug 300ml")
    found = explain(real_model, shown)
    features = real_model.encode([shown]).features
    probability = real_model.probabilities(features)[0].max()
    assert found.probability == pytest.approx(probability, abs=1e-5)
    assert found.log_odds == pytest.approx(np.log(probability / (1 - probability)), abs=1e-3)
    assert found.words.samples == 2**5
    full = real_model.probabilities(real_model.encoder.with_texts(features, [shown.text]))[0].max()
    assert full == pytest.approx(probability, abs=1e-4)

    (heat,) = found.heat_maps
    image = decode(shown.photos[0].read(), name="x", at_least_px=224)
    vectors, maps = real_model.image_encoder.feature_maps([image])
    np.testing.assert_allclose(vectors, features.blocks["image"], atol=1e-4)
    label = list(real_model.classes_).index(found.label)
    strength = np.zeros((7, 7))
    for row, column in np.ndindex(7, 7):
        logits = [
            real_model.head.logits(
                features.replaced({"image": vectors + sign * 0.05 * maps[:, :, row, column] / 49})
            )[0, label]
            / real_model.temperatures(features)[0]
            for sign in (1, -1)
        ]
        strength[row, column] = (logits[0] - logits[1]) / 0.1
    np.testing.assert_allclose(heat.values, np.maximum(strength, 0), atol=0.03 * heat.peak)
    assert heat.peak > 0
