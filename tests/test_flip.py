"""The smallest change: it does change the answer, nothing of it can be spared, and it is said."""

import itertools
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from glasscase.errors import BadSetting
from glasscase.explanations.photo_flip import PhotoFlip
from glasscase.explanations.word_flip import WordFlip, spared
from glasscase.explanations.word_masks import SplitText
from glasscase.jobs.explain import explain
from glasscase.jobs.explained_product import product_of
from see_through_model import GREEN, PALE_RED, RED, photo, product, tiny_model

LONG = "mug coffee كوب one two three four five six seven eight plate"


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def striped():
    return tiny_model(striped=True)


def answer(model, shown, text):
    """What the model says of `shown` with another text."""
    features = model.encode([shown]).features
    return str(model.classes_[model.logits(model.with_texts(features, [text]))[0].argmax()])


def without(text, words):
    split = SplitText.of(text)
    return split.render(np.array([word not in words for word in split.distinct]))


@pytest.mark.parametrize("text", ["mug coffee blue", "mug ☕ blue gift كوب", "round plate"])
def test_of_few_words_the_smallest_set_is_found_by_asking_all(model, text):
    shown = product(text, photo(GREEN if "mug" in text else RED))
    told = explain(model, shown).flip
    sets = [
        words
        for size in range(1, len(text.split()) + 1)
        for words in itertools.combinations(text.split(), size)
        if answer(model, shown, without(text, words)) != told.predicted
    ]
    if not sets:
        assert told.words.how == "none"
        return
    assert told.words.how == "smallest"
    assert len(told.words.words) == len(sets[0])
    assert tuple(told.words.words) in {p for s in sets for p in itertools.permutations(s)}
    assert answer(model, shown, without(text, told.words.words)) == told.words.label


def test_of_many_words_none_that_goes_can_be_spared(model):
    shown = product(LONG, photo(RED))
    told = explain(model, shown).flip
    words = told.words.words
    assert told.predicted == "Mugs"
    assert told.words.how in {"minimal", "smallest"}
    assert answer(model, shown, without(LONG, words)) == told.words.label != "Mugs"
    for word in words:
        spared = [other for other in words if other != word]
        assert answer(model, shown, without(LONG, spared)) == "Mugs"
    for start, end in told.words.places:
        assert LONG[start:end] in words


class Needs:
    """A search whose answer changes where these columns are gone; each other one counts a bit."""

    question = SimpleNamespace(label=0)

    def __init__(self, *columns):
        self.columns, self.asked = columns, 0

    def other(self, masks):
        self.asked += len(masks)
        return ~masks[:, self.columns].any(axis=1)

    def probabilities(self, masks):
        return (masks * np.arange(masks.shape[1])).sum(axis=1)[:, None] / 100


@pytest.mark.parametrize("needed", [(1, 3), (0,), (4,), (0, 1, 2, 3, 4)])
def test_what_the_change_can_do_without_is_put_back(needed):
    search, mask = Needs(*needed), np.array([False] * 5 + [True] * 3)
    left = spared(search, mask)
    assert tuple(np.flatnonzero(~left)) == needed
    assert search.asked <= 20


def test_a_missing_modality_is_told_with_its_answer(model):
    shown = product("plate", photo(RED))
    told = {one.modality: one for one in explain(model, shown).flip.without}
    features = model.encode([shown]).features
    for modality, one in told.items():
        probs = model.probabilities(features.without(modality))[0]
        assert one.label == model.classes_[probs.argmax()]
        assert one.probability == pytest.approx(probs.max())
    assert told["text"].label == "Mugs"
    assert told["image"].label == "Plates"
    assert told["text"].changes
    assert not told["image"].changes
    assert explain(model, product("plate")).flip.without == ()


def test_the_region_whose_blurring_changes_the_answer_lies_on_the_cue(striped):
    shown = product("blue", photo(PALE_RED, (80, 0), striped=True))
    explanation = explain(striped, shown)
    told = explanation.flip.photo
    assert (explanation.predicted, told.label) == ("Mugs", "Plates")
    ((name, places),) = told.regions
    assert name == "photo.jpg"
    assert told.share == pytest.approx(places.mean())
    assert told.share < 0.25
    assert places[0:2, 5:7].sum() > 0.5 * places.sum()
    assert told.sentence.startswith("With the strongest ")
    assert told.sentence.endswith(f"of the photo blurred the model says “Plates” "
                                  f"({100 * told.probability:.0f} %).")  # fmt: skip


def test_where_nothing_changes_the_answer_that_is_said(striped):
    told = explain(striped, product("mug coffee 杯子", photo(PALE_RED, striped=True))).flip
    assert told.words.sentence == "No removal of words changes the answer."
    assert told.photo.sentence == (
        "Blurring the photo does not change the answer, not even the whole photo."
    )
    assert told.photo.share == 1.0
    few = WordFlip((), (), None, 0.9, "none of few", 12)
    assert few.sentence == "Removing its 12 heaviest words does not change the answer."
    some = PhotoFlip(None, 0.9, 0.6, ())
    assert some.sentence.endswith("not even the photos looked at.")


def test_it_is_about_the_answer_whatever_class_was_asked_about(model):
    shown = product("mug coffee blue", photo(GREEN))
    usual = explain(model, shown).flip.to_dict()
    assert explain(model, shown, label="Plates").flip.to_dict() == usual
    assert explain(model, shown, label="Plates", against="Trays").flip.to_dict() == usual


def test_a_photo_alone_and_words_alone_have_what_they_can(striped):
    alone = explain(striped, product("", photo(PALE_RED, striped=True))).flip
    assert alone.words is None
    assert alone.photo is not None
    words = explain(striped, product("mug blue"))
    assert words.flip.photo is None
    assert words.flip.words.words != ("mug", "blue")  # with nothing left there is no answer


def test_only_the_parts_asked_for_are_made(model):
    shown = product("blue coffee mug", photo(RED))
    told = explain(model, shown, parts=("words",))
    assert told.words.words
    assert (told.heat_maps, told.flip, told.rival, told.checks) == ((), None, None, ())
    told = explain(model, shown, parts=("photo", "flip"))
    assert told.words.words == ()
    assert told.flip.words is None
    assert told.flip.photo is not None
    with pytest.raises(
        BadSetting,
        match=r"no part 'heat'. Its parts are: words, photo, rival, flip, check\.",
    ):
        explain(model, shown, parts=("heat",))


def test_what_is_tried_brings_the_weights_it_goes_by(model):
    shown = product("blue coffee mug", photo(RED))
    whole = explain(model, shown)
    told = explain(model, shown, parts=("flip",))
    assert told.flip.sentences == whole.flip.sentences
    assert told.words.distinct == whole.words.distinct
    assert (told.rival, told.checks) == (None, ())
    assert len(explain(model, shown, parts=("check",)).checks) == 2
    assert explain(model, shown, parts=("rival",)).rival.sentence == whole.rival.sentence


def test_the_runner_up_is_compared_with_in_log_odds(model):
    shown = product("mug plate", photo(RED))
    told = explain(model, shown)
    asked = explain(model, shown, label="Mugs", against=told.rival.against)
    assert told.rival.label == "Mugs"
    assert told.rival.words.distinct == pytest.approx(asked.words.distinct)
    assert told.rival.log_odds == pytest.approx(asked.log_odds, abs=1e-4)
    assert [share.value for share in told.rival.shares] == pytest.approx(
        [share.value for share in asked.shares]
    )
    assert "“mug” speaks most for “Mugs”" in told.rival.sentence
    assert asked.rival is None


def test_photos_of_one_file_name_are_told_apart(striped, tmp_path):
    shown = [photo(PALE_RED, (80, 0), striped=True), photo((128, 128, 128))]
    paths = [tmp_path / str(folder) / "1.png" for folder in range(2)]
    for path, one in zip(paths, shown, strict=True):
        path.parent.mkdir()
        path.write_bytes(one.data)
    asked = product_of(paths, "blue", striped.settings)
    assert [one.name for one in asked.product.photos] == ["1.png", "1.png (2)"]
    same = product("blue", *(replace(one, name=f"{n}.png") for n, one in enumerate(shown)))
    told, apart = asked.explained(striped).flip.photo, explain(striped, same).flip.photo
    assert told.share == apart.share
    assert [grid.tolist() for _, grid in told.regions] == [g.tolist() for _, g in apart.regions]


def test_json_holds_the_changes_and_the_runner_up(striped):
    found = explain(striped, product("blue", photo(PALE_RED, (80, 0), striped=True)))
    values = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert values["flip"]["photo"]["regions"][0]["photo"] == "photo.jpg"
    assert np.array(values["flip"]["photo"]["regions"][0]["places"]).shape == (7, 7)
    assert values["flip"]["sentences"] == list(found.flip.sentences)
    assert values["rival"]["words"]["answer"] == "log-odds"
    assert [check["what"] for check in values["checks"]] == ["words", "photo"]


def test_the_shell_makes_the_parts_asked_for_and_tells_what_would_change(
    toy_bundle, shell, refused
):
    given = ("explain", toy_bundle, "--text", "blue mug", "--quiet")
    code, out, _ = shell(*given)
    assert code == 0
    assert "what would change the answer:" in out
    assert "check: Removing the heaviest word takes it from" in out
    _, out, _ = shell(*given, "--parts", "words")
    assert "what would change" not in out
    assert refused(*given, "--parts", "words,heat") == (
        "an explanation has no part 'heat'. Its parts are: words, photo, rival, flip, check.\n"
    )
    _, out, _ = shell(*given, "--json", "--parts", "words, flip")
    values = json.loads(out)
    assert values["flip"]["words"]["sentence"]
    assert (values["rival"], values["checks"]) == (None, [])


def test_a_card_for_nothing_is_refused_in_one_line(toy_bundle, refused):
    assert "there are neither words nor photos to explain" in refused("explain", toy_bundle)
    assert "there are neither words nor photos to explain" in refused(
        "explain", toy_bundle, "--text", "  ", "--out", "why.html"
    )
