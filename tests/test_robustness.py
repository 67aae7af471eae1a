"""What changed photos and words cost: honest figures, the same every time, attacks that find."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conftest import Refused, Shell, write_table
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.toy import ToyCatalogue, toy_products
from glasscase.errors import BadCatalog, BadSetting
from glasscase.evaluation.photo_attack import PhotoGradients
from glasscase.evaluation.robustness import Case, Clean, judge_cases
from glasscase.evaluation.robustness_report import RobustnessReport
from glasscase.evaluation.robustness_words import sentences
from glasscase.evaluation.seen import Seen
from glasscase.evaluation.word_attack import attack_words, one_character_edits
from glasscase.jobs.damage import Damage, drawn
from glasscase.jobs.robustness import robustness
from glasscase.models.classifier import ProductClassifier

pytestmark = pytest.mark.xdist_group("robustness")  # what it makes once is dear

BLUR = Case("blur", "image", 1, "a little")
TYPOS = Case("typos", "text", 1, "a few")


def seen(correct: list[int], confidence: float = 0.9) -> Seen:
    right = np.array(correct, bool)
    return Seen(
        np.where(right, 0, 1), right, np.full(len(right), confidence), np.ones(len(right), bool)
    )


def clean_of(one: Seen, present: np.ndarray | None = None) -> Clean:
    n = len(one)
    both = np.ones((n, 2), bool) if present is None else present
    views = dict.fromkeys(("fused", "image only", "text only"), one)
    return Clean(views, np.arange(n), both)


def test_what_changes_nothing_costs_nothing_and_flips_nothing() -> None:
    same = seen([1] * 30 + [0] * 10)
    case, *_ = judge_cases(clean_of(same), {BLUR: {"fused": same, "image only": same}})
    view = case.views["fused"]
    assert (view.loss.value, view.loss.low, view.loss.high, view.flips.value) == (0, 0, 0, 0)
    assert view.accuracy.value == 0.75
    assert view.ece == pytest.approx(0.15)
    assert view.accepted_error.value == 0.25
    assert not case.sure


def test_a_real_loss_is_sure_and_stands_first_and_a_lucky_one_is_not() -> None:
    clean = clean_of(seen([1] * 60))
    worse, lucky = seen([1] * 40 + [0] * 20), seen([1] * 59 + [0])
    first, second = judge_cases(clean, {TYPOS: {"fused": lucky}, BLUR: {"fused": worse}})
    assert (first.case, second.case) == (BLUR, TYPOS)
    assert first.loss.value == pytest.approx(1 / 3)
    assert (first.sure, second.sure) == (True, False)
    assert first.views["text only"].loss.value == 0  # not named: it answers as before


def test_only_products_that_have_what_is_changed_count() -> None:
    present = np.ones((40, 2), bool)
    present[20:, 1] = False  # no photo
    changed = seen([0] * 10 + [1] * 30)
    case, *_ = judge_cases(clean_of(seen([1] * 40), present), {BLUR: {"fused": changed}})
    assert case.products == 20
    assert case.loss.value == 0.5


def test_near_duplicates_do_not_make_a_loss_surer() -> None:
    changed = seen([0] * 15 + [1] * 45)
    apart = clean_of(seen([1] * 60))
    alike = replace(apart, groups=np.repeat(np.arange(4), 15))
    by_one, by_group = (
        judge_cases(one, {BLUR: {"fused": changed}})[0].loss for one in (apart, alike)
    )
    assert by_one.value == by_group.value
    assert by_group.high - by_group.low > by_one.high - by_one.low


def test_the_sentence_names_the_costliest_change_and_what_to_do() -> None:
    clean = clean_of(seen([1] * 60))
    worse, lucky = seen([1] * 40 + [0] * 20), seen([1] * 54 + [0] * 6)
    told = sentences(judge_cases(clean, {BLUR: {"fused": worse}}), 60)
    assert told[0].startswith("Blur costs most: 33.3 points (95 % interval ")
    assert told[0].endswith("--recipe finetune --set net.augment=medium.")
    many = {Case("typos", "text", i, ""): {"fused": seen([1] * 60)} for i in range(1, 40)}
    unsure = judge_cases(clean, {BLUR: {"fused": lucky}, **many})
    assert unsure[0].loss.low > 0
    (said,) = sentences(unsure, 60)
    assert said.startswith("None of the 2 changes surely costs accuracy on these 60 products.")
    assert "seems blur at strength 1: 10.0 points" in said
    assert "a larger --sample would tell" in said
    nothing = judge_cases(clean, {BLUR: {"fused": seen([1] * 60)}})
    (said,) = sentences(nothing, 60)
    assert "seems" not in said


def test_errors_that_would_be_accepted_are_told_where_they_are_clearly_more() -> None:
    clean = clean_of(seen([1] * 60))
    noticed = seen([1] * 30 + [0] * 30)
    noticed = replace(noticed, accepted=noticed.correct)  # the wrong ones go to a person
    cases = judge_cases(clean, {BLUR: {"fused": noticed}})
    assert not any("does not notice" in said for said in sentences(cases, 60, 0.06))
    blind = judge_cases(clean, {BLUR: {"fused": seen([1] * 30 + [0] * 30)}})
    said = sentences(blind, 60, 0.06)[-1]
    assert said.startswith("Under blur at strength 1 50.0 % of the accepted answers are wrong")


WEAK = "superb weak mug of the shop"


def ask(texts: list[str]) -> np.ndarray:
    """A model that knows class 0 by one word alone, and doubts when it is gone."""
    has = np.array([0.9 if "weak" in text.split() else 0.2 for text in texts])
    return np.stack([has, 1 - has], axis=1)


def test_the_attack_finds_the_planted_weak_word_with_one_edit() -> None:
    found = attack_words(WEAK, 0, ask)
    assert (found.flipped, found.edits) == (True, 1)
    before, after = WEAK.split(), found.text
    assert "weak" not in after.split()
    assert all(word in after for word in before if word != "weak")


def test_the_attack_gives_up_at_its_budget_and_where_there_are_no_words() -> None:
    def deaf(texts: list[str]) -> np.ndarray:
        return np.tile([0.9, 0.1], (len(texts), 1))

    found = attack_words(WEAK, 0, deaf, most_edits=2)
    assert (found.flipped, found.edits) == (False, 2)
    assert attack_words("", 0, ask).edits == 0
    assert attack_words("!? -", 0, ask).asked == 0


@pytest.mark.parametrize("word", ["mug", "ab", "Handle", "кружка", "300ml"])
def test_edits_are_of_one_character(word: str) -> None:
    edits = one_character_edits(word)
    assert len(edits) >= 2
    for edited in edits:
        assert edited != word
        assert abs(len(edited) - len(word)) <= 1
        assert sum(a != b for a, b in zip(edited, word, strict=False)) <= len(word)
    assert one_character_edits("a") == []


def test_the_sample_is_the_same_in_any_order_of_the_table() -> None:
    products = toy_products(40)
    ids = {products[row].id for row in drawn(products, 10, 3)}
    turned = products[::-1]
    assert {turned[row].id for row in drawn(turned, 10, 3)} == ids
    assert {products[row].id for row in drawn(products, 10, 4)} != ids
    assert drawn(products, 99, 0) == [*range(40)]


def test_a_wrong_word_is_never_the_products_own_category() -> None:
    products = toy_products(40)
    classes = tuple(sorted({product.label or "" for product in products}))
    damage = Damage(classes, ProductClassifier().settings.photos, 0)
    for product in products:
        assert damage.wrong_word(product)
        assert damage.wrong_word(product) != (product.label or "").split(" > ")[-1]
    assert Damage(("杯子", "Mugs"), damage.limits, 0).wrong_word(
        replace(products[0], category=("Mugs",))
    ) == ""  # fmt: skip


@pytest.fixture(scope="module")
def unseen(unseen_shop: ToyCatalogue) -> Catalog:
    return Catalog.read(unseen_shop.products, photos=unseen_shop.images)


@pytest.fixture(scope="module")
def report(toy_model: ProductClassifier, unseen: Catalog) -> RobustnessReport:
    return robustness(toy_model, unseen, sample=8)


def test_every_change_is_measured_fused_and_alone(report: RobustnessReport) -> None:
    assert len(report.cases) == 3 * (11 + 7) + 2
    assert report.about.products == 8
    for one in report.cases:
        assert set(one.views) == {"fused", "image only", "text only"}
        other = "text only" if one.case.modality == "image" else "image only"
        assert one.views[other].loss.value == 0  # what is not read cannot harm
        assert one.views[other].flips.value == 0


def test_a_second_run_computes_nothing_again_and_finds_the_same(
    toy_model: ProductClassifier,
    unseen: Catalog,
    report: RobustnessReport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a vector was computed again")

    inside = toy_model.image_encoder.encoder
    monkeypatch.setattr(inside, "encode_images", refused)
    monkeypatch.setattr(toy_model.encoder.sentence.encoder, "encode_texts", refused)
    again = robustness(toy_model, unseen, sample=8)
    assert again.to_dict() == report.to_dict()


def test_the_page_shows_every_change_and_escapes(report: RobustnessReport, tmp_path: Path) -> None:
    hostile = replace(report, about=replace(report.about, notes=("<script>alert(1)</script>",)))
    page = hostile.save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert page.count("price banner, strength") == 3
    for change in ("blur", "typos", "missing photo"):
        assert f">{change}" in page
    json.dumps(report.to_dict(), allow_nan=False)


@pytest.fixture(scope="module")
def words_model() -> ProductClassifier:
    return ProductClassifier("words").fit(toy_products(60))


def test_a_model_of_words_is_not_asked_about_photos_and_says_so(
    words_model: ProductClassifier,
) -> None:
    report = robustness(words_model, Catalog(toy_products(80)[60:]), sample=20)
    assert {one.case.modality for one in report.cases} == {"text"}
    assert any("does not read photos" in note for note in report.about.notes)
    assert "There are 20 labelled" not in " ".join(report.about.notes)
    assert {view for one in report.cases for view in one.views} == {"fused", "text only"}
    assert set(report.clean) == {"fused", "text only"}


def test_a_sample_of_one_product_is_told_in_the_singular() -> None:
    cases = judge_cases(clean_of(seen([1])), {BLUR: {"fused": seen([1])}})
    assert sentences(cases, 1)[0].endswith("surely costs accuracy on this one product.")


def test_a_model_of_words_answers_products_with_photos_it_does_not_look_at(
    words_model: ProductClassifier,
) -> None:
    with_photo = next(one for one in toy_products(20) if one.photos and one.text)
    (answer,) = words_model.predictions([with_photo])
    assert answer.label is not None


def test_attacks_flip_words_within_the_budget_and_say_what_has_no_gradient(
    words_model: ProductClassifier,
) -> None:
    products = Catalog(toy_products(80)[60:])
    report = robustness(words_model, products, sample=30, attacks=True)
    assert report.attacks is not None
    one, *others = report.attacks.made
    assert others == []
    assert report.attacks.not_made == (
        "Photos were not attacked: the model does not look at photos.",
    )
    assert 0 < one.flipped <= one.products
    assert one.mean_edits is not None
    assert 1 <= one.mean_edits <= 5
    model = words_model
    for before, after in one.examples:
        said = [str(model.predict([toy_products(1)[0].with_text(t)])[0]) for t in (before, after)]
        assert said[0] != said[1]
    assert "There are 20 labelled products, so all were taken." in report.about.notes


def test_the_gradient_attack_stays_within_its_limit_and_lowers_the_answer(
    toy_model: ProductClassifier, unseen: Catalog
) -> None:
    gradients = PhotoGradients.of(toy_model)
    product = next(one for one in unseen.products if one.photos).with_text("")
    photos = gradients.squares(product)
    assert photos is not None
    features = toy_model.encode([product]).features
    before = gradients.answers(photos, features)
    assert before == pytest.approx(toy_model.probabilities(features)[0], abs=1e-4)
    answer = int(before.argmax())
    changed = gradients.attacked(photos, features, answer, 4)
    assert 0 < np.abs(changed.astype(int) - photos).max() <= 4
    after = gradients.answers(changed, features)
    noise = np.random.default_rng(0).integers(-4, 5, photos.shape)
    jittered = np.clip(photos.astype(int) + noise, 0, 255).astype(np.uint8)
    assert after[answer] < gradients.answers(jittered, features)[answer]
    assert after[answer] < before[answer]


def test_bad_input_is_told(words_model: ProductClassifier) -> None:
    shop = toy_products(4)
    with pytest.raises(BadSetting, match="a sample of 0 products is impossible. Use 1 or more."):
        robustness(words_model, Catalog(shop), sample=0)
    with pytest.raises(BadCatalog, match="no product has a category"):
        robustness(words_model, Catalog([replace(one, category=None) for one in shop]))
    with pytest.raises(BadCatalog, match="none of the 1 labels is known to the model"):
        robustness(words_model, Catalog([replace(one, category=("X",)) for one in shop]))
    with pytest.raises(BadCatalog, match="no product of the sample has words or a photo"):
        robustness(words_model, Catalog([replace(one, texts={}) for one in shop]))


def test_the_shell_says_what_costs_most(
    shell: Shell, refused: Refused, toy_bundle: Path, unseen_shop: ToyCatalogue, tmp_path: Path
) -> None:
    table = write_table(
        tmp_path / "words.csv",
        ["id", "title", "category"],
        *[[p.id, p.text, p.label or ""] for p in toy_products(6)],
    )
    code, out, err = shell("robustness", toy_bundle, table, "--sample", 3, "--json", "-q")
    assert code == 0, err
    told = json.loads(out)
    assert told["sample"] == {"products": 3, "of": 6, "seed": 0}
    assert "No product of the sample has usable photos, so none were changed." in told["notes"]
    nothing = write_table(tmp_path / "none.csv", ["id", "title"], ["1", "Blue mug"])
    assert refused("robustness", toy_bundle, nothing, "-q") == (
        "no product has a category, so there is nothing to measure against. "
        "Name the column with --label.\n"
    )
