"""Slices: a planted bad one is warned of, an equal one is not, and brands are really left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import fisher_exact

from conftest import Refused, Shell, write_table
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.product import Product
from glasscase.catalog.toy import ToyCatalogue, toy_products
from glasscase.errors import BadCatalog, BadSetting
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.fisher import fisher_worse
from glasscase.evaluation.left_out import BrandsLeftOut
from glasscase.evaluation.seen import Seen
from glasscase.evaluation.slices import LEAST, Dimension, Sliced, judge_slices, noticed_below
from glasscase.evaluation.slices_report import SlicesReport
from glasscase.jobs.brands_left_out import brands_left_out
from glasscase.jobs.slice_values import banded, dimensions_of
from glasscase.jobs.slices import slices
from glasscase.models.classifier import ProductClassifier
from glasscase.settings import PhotoSettings
from synthetic_features import planted


def of(correct: np.ndarray, groups: np.ndarray | None = None, classes: int = 2) -> Sliced:
    """Answers to products of `classes` classes in turn, right where `correct` [n] says so."""
    n = len(correct)
    targets = np.arange(n) % classes
    said = np.where(correct, targets, (targets + 1) % classes)
    probs = np.full((n, classes), 0.2 / (classes - 1))
    probs[np.arange(n), said] = 0.8
    names = [chr(97 + c) for c in range(classes)]
    answers = Answers.pair([names[t] for t in targets], probs, names)
    own = np.arange(n) if groups is None else groups
    return Sliced(answers, Seen.of(answers, [True] * n), own)


def parts(n: int, *sizes: int) -> Dimension:
    names = [name for i, size in enumerate(sizes) for name in [f"part {i}"] * size]
    return Dimension("brand", (*names, *[None] * (n - len(names))))


def test_a_planted_bad_slice_is_warned_of_and_an_equal_one_is_not() -> None:
    rng = np.random.default_rng(0)
    right = rng.random(400) < 0.9
    right[:40] = rng.random(40) < 0.5
    first, *others = judge_slices(of(right), [parts(400, 40, 40, 40)])
    assert (first.name, first.verdict) == ("part 0", "worse")
    assert first.difference.high < 0
    assert {one.verdict for one in others} == {"alike"}


def test_a_slice_that_is_better_than_the_rest_is_no_warning() -> None:
    right = np.ones(200, bool)
    right[100:] = np.arange(100) % 2
    (one,) = judge_slices(of(right), [parts(200, 100)])
    assert (one.verdict, one.accuracy.value, one.difference.value) == ("alike", 1.0, 0.5)


def test_too_few_products_say_nothing_however_bad_they_are() -> None:
    right = np.ones(300, bool)
    right[: LEAST - 1] = False
    (one,) = judge_slices(of(right), [parts(300, LEAST - 1)])
    assert (one.verdict, one.accuracy.value) == ("too few", 0.0)


def test_near_duplicates_count_once() -> None:
    right = np.ones(300, bool)
    right[:60] = False
    alike = np.arange(300)
    alike[:60] = np.repeat(np.arange(4), 15)
    (one,) = judge_slices(of(right, alike), [parts(300, 60)])
    assert (one.products, one.independent, one.verdict) == (60, 4, "too few")


def test_luck_among_many_slices_seldom_warns() -> None:
    alarms = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        right = rng.random(600) < 0.85
        names = rng.integers(0, 15, 600)
        many = Dimension("brand", tuple(f"brand {name}" for name in names))
        found = judge_slices(of(right), [many])
        assert len([one for one in found if one.verdict != "too few"]) >= 14
        alarms += any(one.verdict == "worse" for one in found)
    assert alarms <= 2  # 5 % of 12 is 0.6


def test_what_the_categories_explain_is_told_apart() -> None:
    hard = np.arange(400) % 2 == 1  # of class b only half are right
    right = ~hard | (np.arange(400) % 4 == 1)
    values = tuple("mostly b" if i < 160 and i % 2 else "rest" for i in range(400))
    one = next(
        one
        for one in judge_slices(of(right), [Dimension("seller", values)])
        if one.name == "mostly b"
    )
    assert one.verdict == "worse"
    assert one.expected == pytest.approx(0.5)
    assert one.accuracy.value == pytest.approx(0.5)


def test_the_figures_of_a_slice_are_those_of_its_products() -> None:
    right = np.array([True] * 30 + [False] * 10 + [True] * 60)
    one = judge_slices(of(right), [parts(100, 40)])[0]
    assert (one.products, one.accuracy.value) == (40, 0.75)
    assert one.accepted_error.value == 0.25
    assert one.ece == pytest.approx(0.05)
    assert one.macro_f1.value == pytest.approx(0.75, abs=0.01)
    assert one.difference.value == -0.25


def test_the_exact_test_is_scipys() -> None:
    for right, count, rest, others in [(3, 10, 50, 60), (0, 20, 80, 80), (20, 20, 3, 30)]:
        table = [[right, count - right], [rest, others - rest]]
        expected = fisher_exact(table, alternative="less").pvalue
        assert fisher_worse(right, count, rest, others) == pytest.approx(expected)


def test_what_would_be_noticed_is_where_the_test_begins_to_warn() -> None:
    below = noticed_below(10, 20, 190, 200)
    assert below is not None
    right = round(below * 20)
    assert (
        fisher_worse(right, 20, 190, 200) * 10 >= 0.05 > fisher_worse(right - 1, 20, 190, 200) * 10
    )
    assert noticed_below(10, 3, 5, 200) is None


def test_bands_divide_evenly_and_equal_numbers_stay_together() -> None:
    names = banded([float(i) for i in range(100)])
    assert sorted(names.count(name) for name in set(names)) == [25, 25, 25, 25]
    assert set(banded([5.0] * 10 + [7.0])) == {"up to 5", "above 5"}
    assert banded([None, None], "no price") == ["no price", "no price"]


def test_bands_of_close_numbers_keep_names_of_their_own() -> None:
    near = banded([13.40511, 13.40512, 13.40513, 13.40514])
    assert near == ["up to 13.40511", "above 13.40511 to 13.40512",
                    "above 13.40512 to 13.40513", "above 13.40513"]  # fmt: skip
    assert len(set(banded([5000.1, 5000.2, 5000.3, 5000.4]))) == 4


def test_products_that_cannot_be_divided_are_said_to_be() -> None:
    one = of(np.ones(1, bool))
    report = SlicesReport(judge_slices(one, []), one.seen.accuracy(one.groups, seed=0), (1, 1))
    (told,) = report.sentences
    assert told.startswith("These products cannot be divided")


def test_products_are_divided_by_all_that_is_known_of_them() -> None:
    products = [
        Product(
            id=str(i),
            texts={"title": "A mug for the office" if i % 2 else "Tasse mit Henkel und Deckel"},
            attributes={"brand": "Acme" if i < 30 else f"small {i}", "price": float(i + 1)},
            category=("Mugs",),
        )
        for i in range(60)
    ]
    found = {
        one.name: one.values
        for one in dimensions_of(
            products,
            ["Mugs"] * 12,
            by={"seller": ["x", "y"] * 30, "stock": [str(i) for i in range(60)]},
            limits=PhotoSettings(),
        )
    }
    assert list(found["brand"]) == ["acme"] * 30 + ["other brands"] * 30
    assert set(found["language"]) == {"English", "German"} - {""}
    assert len(set(found["price"])) == len(set(found["stock"])) == 4
    assert "training products of its category" not in found  # one slice is none
    assert not any(name.startswith("photo") for name in found)


@pytest.fixture(scope="module")
def words_model() -> ProductClassifier:
    return ProductClassifier("words").fit(toy_products(60))


class _Reads:
    """A model as far as leaving brands out needs one."""

    class head:
        blocks = ("sentence", "image")


def test_a_brand_that_alone_tells_the_class_falls_when_it_is_never_seen() -> None:
    features, targets = planted(240, 3, noise=0.2)
    brands = np.where(np.arange(240) < 160, "common", "odd")
    features.blocks["sentence"][160:] *= -1  # this brand speaks the other way round
    features.blocks["image"][160:] = features.blocks["image"][160:, ::-1]
    products = [
        Product(id=str(i), attributes={"brand": str(b)}, category=("abc"[t],))
        for i, (b, t) in enumerate(zip(brands, targets, strict=True))
    ]
    found = brands_left_out(_Reads(), products, features, np.arange(240))  # type: ignore[arg-type]
    assert isinstance(found, BrandsLeftOut)
    assert [one.name for one in found.brands] != []
    odd = next(one for one in found.brands if one.name == "odd")
    assert odd.known.value > 0.9
    assert odd.fall.low > 0.3
    assert "a new brand costs" in found.sentence


def test_a_brand_like_all_others_falls_by_nothing_and_lost_categories_are_counted() -> None:
    features, targets = planted(200, 4, noise=0.2)
    own = (np.arange(200) % 8 == 7) | (np.arange(200) % 8 == 3)  # all of class 3
    brands = ["sole" if one else f"brand {i // 4 % 2}" for i, one in enumerate(own)]
    products = [
        Product(id=str(i), attributes={"brand": b}, category=("abcd"[t],))
        for i, (b, t) in enumerate(zip(brands, targets, strict=True))
    ]
    found = brands_left_out(_Reads(), products, features, np.arange(200))  # type: ignore[arg-type]
    assert isinstance(found, BrandsLeftOut)
    assert "sole" not in [one.name for one in found.brands]  # nobody else has its category
    assert found.together.fall.value == pytest.approx(0, abs=0.02)
    assert "no sure fall" in found.sentence


def test_without_brands_it_says_why_none_was_left_out() -> None:
    features, targets = planted(20, 2)
    products = [Product(id=str(i), category=("ab"[t],)) for i, t in enumerate(targets)]
    said = brands_left_out(_Reads(), products, features, np.arange(20))  # type: ignore[arg-type]
    assert said == "Brands were not left out in turn: fewer than two have 20 independent products."


@pytest.fixture(scope="module")
def report(words_model: ProductClassifier) -> SlicesReport:
    shop = toy_products(160)[60:]
    bad = [replace(one, texts={"title": "thing"}) if i < 40 else one for i, one in enumerate(shop)]
    sellers = ["<b>careless</b>" if i < 40 else "careful" for i in range(len(shop))]
    return slices(words_model, Catalog(bad), by={"seller": sellers})


def test_a_careless_seller_is_found_by_a_named_column(report: SlicesReport) -> None:
    warned = {one.name for one in report.worse if one.dimension == "seller"}
    assert warned == {"<b>careless</b>"}
    assert any("<b>careless</b>" in sentence for sentence in report.sentences)


def test_the_page_holds_every_slice_and_escapes(report: SlicesReport, tmp_path: Path) -> None:
    page = report.save(tmp_path / "slices.html").read_text(encoding="utf-8")
    assert "<b>careless</b>" not in page
    assert "&lt;b&gt;careless&lt;/b&gt;" in page
    assert page.count("<bdi>") >= len(report.slices)
    json.dumps(report.to_dict(), allow_nan=False)


def test_bad_input_is_told(words_model: ProductClassifier) -> None:
    shop = toy_products(6)
    with pytest.raises(BadSetting, match="'seller' has 2 values for 6 products"):
        slices(words_model, Catalog(shop), by={"seller": ["a", "b"]})
    with pytest.raises(BadCatalog, match="no product has a category"):
        slices(words_model, Catalog([replace(one, category=None) for one in shop]))
    with pytest.raises(BadCatalog, match="none of the 1 labels is known to the model"):
        slices(words_model, Catalog([replace(one, category=("X",)) for one in shop]))


def test_the_shell_divides_by_a_column_and_names_the_nearest(
    shell: Shell, refused: Refused, toy_bundle: Path, unseen_shop: ToyCatalogue, tmp_path: Path
) -> None:
    products = toy_products(60)
    table = write_table(
        tmp_path / "words.csv",
        ["id", "title", "category", "Seller"],
        *[[p.id, p.text, p.label or "", "ab"[i % 2]] for i, p in enumerate(products)],
        ["99", "no category", "", "c"],
    )
    code, out, err = shell(
        "slices", toy_bundle, table, "--by", "Seller", "--no-leave-out", "--json", "-q"
    )
    assert code == 0, err
    told = json.loads(out)
    sizes = {s["name"]: s["products"] for s in told["slices"] if s["dimension"] == "Seller"}
    assert sizes == {"a": 30, "b": 30}
    assert refused("slices", toy_bundle, table, "--by", "seler", "-q") == (
        "there is no column 'seler'. Did you mean 'Seller'? "
        "Columns are: id, title, category, Seller.\n"
    )
    assert refused("slices", toy_bundle, unseen_shop.images, "--by", "x", "-q").startswith(
        "a folder of photos has no column 'x'."
    )
