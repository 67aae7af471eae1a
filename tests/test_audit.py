"""An audit finds planted wrong labels, says why, and its page lets nothing run."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import glasscase
from conftest import Refused, Shell, write_table
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.catalog.toy import ToyCatalogue, toy_products
from glasscase.catalog.toy_plan import plan
from glasscase.errors import BadSetting, CannotTrain
from glasscase.review.audit import Audit
from glasscase.review.evidence import Alike, Evidence, Opinion
from glasscase.review.worklist import worklist
from glasscase.settings import Settings

pytestmark = pytest.mark.xdist_group("audit")  # what it makes once is dear

SIZE = 160


@pytest.fixture(scope="module")
def planted() -> set[str]:
    """Ids of the products the toy shop files wrongly."""
    return {one.id for one in plan(SIZE, seed=0) if one.case == "wrong_label"}


@pytest.fixture(scope="module")
def toy_audit(toy_settings: Settings) -> Audit:
    return glasscase.audit(Catalog(toy_products(SIZE)), settings=toy_settings)


def flipped(products: list[Product], share: float, seed: int = 0) -> tuple[list[Product], set[str]]:
    rng = np.random.default_rng(seed)
    paths = sorted({one.category for one in products if one.category})
    changed = list(products)
    for index in rng.permutation(len(products))[: round(share * len(products))].tolist():
        others = [path for path in paths if path != products[index].category]
        changed[index] = replace(products[index], category=others[int(rng.integers(len(others)))])
    return changed, {a.id for a, b in zip(products, changed, strict=True) if a != b}


def test_the_wrong_labels_of_the_toy_shop_come_first(toy_audit: Audit, planted: set[str]) -> None:
    assert len(planted) >= 4
    first = toy_audit.worklist[: len(planted)]
    assert {case.product.id for case in first} == planted
    truth = {one.id: one.leaf for one in plan(SIZE, seed=0)}
    for case in first:
        assert case.suspect
        assert case.suggested is not None
        assert case.suggested.endswith(truth[case.product.id])
    assert len(toy_audit.suspects) <= 3 * len(planted)
    low, high = toy_audit.error_rate.low, toy_audit.error_rate.high
    assert low <= len(planted) / SIZE <= high


def test_the_worklist_holds_every_product_in_order(toy_audit: Audit) -> None:
    scores = [case.score for case in toy_audit.worklist]
    assert len(scores) == SIZE
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert toy_audit.suspects == tuple(case for case in toy_audit.worklist if case.reasons)


def test_an_audit_is_repeatable(toy_audit: Audit, toy_settings: Settings) -> None:
    again = glasscase.audit(Catalog(toy_products(SIZE)), settings=toy_settings)
    assert again.to_dict() == toy_audit.to_dict()


def test_a_clean_catalogue_has_few(toy_settings: Settings) -> None:
    found = glasscase.audit(Catalog(toy_products(96, cases=False)), settings=toy_settings)
    assert len(found.suspects) <= 2
    assert found.error_rate.value < 0.03


def test_flipped_labels_are_found_and_counted(toy_settings: Settings) -> None:
    products, wrong = flipped(toy_products(SIZE, cases=False), 0.1)
    found = glasscase.audit(Catalog(products), settings=toy_settings)
    first = {case.product.id for case in found.worklist[: SIZE // 5]}
    assert len(first & wrong) >= 0.9 * len(wrong)
    assert 0.05 <= found.error_rate.value <= 0.18
    assert found.error_rate.low <= 0.1 <= found.error_rate.high


def test_labels_at_random_are_nearly_all_called_wrong(toy_settings: Settings) -> None:
    """Four classes drawn anew: three of four labels are wrong by chance."""
    products = toy_products(SIZE, cases=False)
    tops = sorted({one.category[:1] for one in products if one.category})
    rng = np.random.default_rng(1)
    drawn = [replace(one, category=tops[int(rng.integers(len(tops)))]) for one in products]
    found = glasscase.audit(Catalog(drawn), settings=toy_settings)
    assert 0.5 <= found.error_rate.value <= 0.95


def test_reasons_are_sentences_that_name_both_classes(toy_audit: Audit) -> None:
    case = toy_audit.worklist[0]
    kinds = [reason.kind for reason in case.reasons]
    assert kinds[:2] == ["model", "modalities"]
    for reason in case.reasons:
        assert case.label in reason.text
        assert str(case.suggested) in reason.text
    assert re.search(r"The photo alone says .* the words alone say .* the label says",
                     case.reasons[1].text)  # fmt: skip


def opinion(*rows: list[float]) -> Opinion:
    return Opinion(np.array(rows), np.ones(len(rows), bool))


def evidence(targets: list[int], model: Opinion, **changes) -> Evidence:
    given = {
        "classes": ("a", "b"),
        "targets": np.array(targets),
        "model": model,
        "issues": np.zeros(len(targets), bool),
        "modalities": {},
        "copies": Alike([], {}),
        "variants": Alike([], {}),
    }
    return Evidence(**(given | changes))


def things(count: int) -> list[Product]:
    return [Product(str(i), texts={"title": f"thing {i}"}, row=i + 2) for i in range(count)]


def test_a_copy_filed_elsewhere_speaks_against_the_less_likely_label() -> None:
    model = opinion(*[[0.9, 0.1]] * 6, *[[0.1, 0.9]] * 5)
    targets = [0] * 5 + [1] * 6  # product 5 looks like class 0 and is filed under 1
    known = evidence(targets, model, copies=Alike([(0, 5)], {(0, 5): "photo"}))
    cases = {case.product.id: case for case in worklist(things(11), known)}
    assert not cases["0"].suspect
    [reason] = cases["5"].reasons
    assert reason.kind == "duplicate"
    assert reason.text == "A product with the same photo, row 2 (0), is filed under a."
    assert cases["5"].score == pytest.approx(1 - 0.1 * 0.5)
    assert (cases["5"].suggested, cases["5"].probability) == ("a", pytest.approx(0.9))


def test_most_copies_are_right_whatever_the_model_says() -> None:
    model = opinion(*[[0.9, 0.1]] * 12)
    known = evidence([0] * 6 + [1] * 6, model, copies=Alike([(0, 6, 7)], {}))
    cases = {case.product.id: case for case in worklist(things(12), known)}
    assert [one.kind for one in cases["0"].reasons] == ["duplicate"]
    assert cases["0"].suggested == "b"
    assert not cases["6"].suspect


def test_exact_copies_with_short_words_are_seen(toy_settings: Settings) -> None:
    """Too short to make two products near-duplicates; field by field, a copy is a copy."""
    products = [one.with_photos() for one in toy_products(60, cases=False)]
    first, second = products[0], products[1]
    assert first.label != second.label
    twins = [Product(name, texts={"title": "Kori"}, category=one.category)
             for name, one in (("a", first), ("b", second))]  # fmt: skip
    found = glasscase.audit(Catalog([*products, *twins]), settings=toy_settings)
    [group] = [one for one in found.groups_of("exact") if one.conflict]
    assert [one.id for one in group.products] == ["a", "b"]
    said = [r.text for case in found.suspects if case.product in twins for r in case.reasons]
    assert any(text.startswith("An exact copy, ") for text in said)


def test_words_and_photo_must_name_the_same_class() -> None:
    sure, torn = [[0.9, 0.1]] * 10, [[0.9, 0.1]] * 9 + [[0.1, 0.9]]
    targets = [0] * 5 + [1] * 5
    one, other = {"text": opinion(*sure)}, {"text": opinion(*torn)}
    together = evidence(targets, opinion(*sure), modalities=one | {"image": opinion(*sure)})
    apart = evidence(targets, opinion(*sure), modalities=other | {"image": opinion(*sure)})
    assert together.both_against.tolist() == [-1] * 5 + [0] * 5
    assert apart.both_against.tolist() == [-1] * 5 + [0] * 4 + [-1]


def test_a_tiny_class_is_not_judged_by_the_model() -> None:
    model = opinion(*[[0.9, 0.1]] * 7)
    known = evidence([0] * 5 + [1] * 2, model, issues=np.array([False] * 5 + [False] * 2))
    assert known.judged.tolist() == [True] * 5 + [False] * 2
    last = worklist(things(7), known)[-1]
    assert (last.label, last.score, last.probability) == ("b", 0.0, None)


def test_products_in_both_tables_and_what_they_inflate(toy_settings: Settings) -> None:
    """The other table repeats products whose wrong labels are learnt by heart with them."""
    shop = toy_products(120, cases=False)
    odd, wrong = flipped(shop, 0.2)
    copies = [replace(one, id=f"copy {one.id}") for one in odd if one.id in wrong]
    other = [*toy_products(150, cases=False)[120:], *copies]
    found = glasscase.audit(Catalog(odd), settings=toy_settings, against=Catalog(other)).leaks
    assert found is not None
    leaked = {leak.product.id for leak in found.leaks}
    assert leaked >= {one.id for one in copies}
    assert all(f"copy {leak.twin.id}" == leak.product.id for leak in found.leaks
               if leak.product.id.startswith("copy"))  # fmt: skip
    assert found.not_leaked is not None
    assert found.inflated_by is not None
    assert found.not_leaked.value > 0.8
    assert found.inflated_by.value > 0.05
    assert str(len(found.leaks)) in found.sentence


def test_no_product_in_both_tables(toy_settings: Settings) -> None:
    other = [replace(one, id="x", photos=(), texts={"title": "Nothing like the others at all"})
             for one in toy_products(1)]  # fmt: skip
    catalog = Catalog(toy_products(60))
    found = glasscase.audit(catalog, settings=toy_settings, against=Catalog(other))
    assert found.leaks is not None
    assert found.leaks.sentence == "No product is in both tables."
    assert found.leaks.leaked is None


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.seen if name == tag]


def test_the_page_is_one_file_for_every_reader(toy_audit: Audit, tmp_path: Path) -> None:
    page = toy_audit.save(tmp_path / "audit.html").read_text(encoding="utf-8")
    tags = Tags(page)
    assert tags.all("html")[0]["lang"] == "en"
    assert not tags.all("script") + tags.all("link") + tags.all("iframe")
    assert all((one["src"] or "").startswith("data:image/") for one in tags.all("img"))
    assert all((one["alt"] or "").startswith("Photo of ") for one in tags.all("img"))
    assert len(tags.all("table")) == len(tags.all("caption"))
    assert all(one.get("scope") for one in tags.all("th"))
    levels = [int(tag[1]) for tag, _ in tags.seen if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - before <= 1 for before, later in zip(levels, levels[1:], strict=False))
    assert len(tags.all("ol")) == 1
    assert len([1 for one in tags.all("li") if one.get("class") == "card case"]) == len(
        toy_audit.suspects
    )
    assert toy_audit.worklist[0].reasons[0].text.partition(" (")[0].replace(">", "&gt;") in page


def test_hostile_words_do_nothing(toy_settings: Settings) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    products = [
        replace(
            one,
            id=evil + one.id,
            texts={"title": f"{evil} {one.text}"},
            photos=(Photo(evil, data=b"no photo"),),
            category=(evil, *(one.category or ())),
        )
        for one in flipped(toy_products(60, cases=False), 0.1)[0]
    ]
    found = glasscase.audit(Catalog(products), settings=toy_settings)
    assert found.suspects
    tags = Tags(found.html())
    assert not tags.all("script")
    assert not any("onerror" in attrs for _, attrs in tags.seen)


def test_bad_input_is_told_with_a_remedy(toy_settings: Settings) -> None:
    products = toy_products(40, cases=False)
    with pytest.raises(CannotTrain, match=r"no product has a category\. Name the column"):
        glasscase.audit(Catalog([replace(one, category=None) for one in products]))
    with pytest.raises(CannotTrain, match=r"all products are in one category, 'Mugs'"):
        glasscase.audit(Catalog([replace(one, category=("Mugs",)) for one in products]))
    with pytest.raises(CannotTrain, match=r"4 labelled products are too few .* at least 10"):
        glasscase.audit(Catalog(products[:4]))
    settings = Settings.read(overrides=["train.recipe=text-cnn"])
    with pytest.raises(BadSetting, match=r"'text-cnn' learns its encoders.* such as late"):
        glasscase.audit(Catalog(products), settings=settings)


def test_words_alone_are_enough(toy_settings: Settings) -> None:
    products = [one.with_photos() for one in flipped(toy_products(96, cases=False), 0.05)[0]]
    found = glasscase.audit(Catalog(products), settings=toy_settings)
    assert found.suspects
    assert not any(r.kind == "modalities" for case in found.suspects for r in case.reasons)
    assert any("could not be asked apart" in note for note in found.notes)


def test_the_shell_says_what_python_says(
    shell: Shell, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    page, work = tmp_path / "audit.html", tmp_path / "work.csv"
    arguments = ["audit", toy_shop.products, "--photos", toy_shop.images, "--effort", "quick", "-q"]
    code, out, err = shell(*arguments, "--json", "--out", page, "--worklist", work)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["suspects"] == len(told["worklist"]) > 0
    assert page.exists()
    with work.open(encoding="utf-8") as stream:
        assert sum(1 for _ in stream) == told["suspects"] + 1
    code, words, _ = shell(*arguments)
    assert code == 0
    assert told["advice"] in words
    assert told["worklist"][0]["label"] in words


def test_the_shell_refuses_before_it_works(
    refused: Refused, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    table = toy_shop.products
    assert "End its name in .html" in refused("audit", table, "--out", tmp_path / "page.pdf")
    assert "End its name in .csv" in refused("audit", table, "--worklist", tmp_path / "work.xlsx")
    assert "would be overwritten" in refused("audit", table, "--worklist", table)
    bare = write_table(tmp_path / "bare.csv", ["id", "title"], ["1", "Blue mug"], ["2", "Red mug"])
    assert "no product has a category" in refused("audit", bare)


@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_where_hardly_a_label_can_be_judged_it_says_how(toy_settings: Settings) -> None:
    """Every product in a class of its own, but for one."""
    alone = [replace(one, category=("Shop", one.id)) for one in toy_products(40)]
    together = [replace(one, category=("Else", "All")) for one in alone[:6]]
    found = glasscase.audit(Catalog([*together, *alone[6:]]), settings=toy_settings)
    assert found.judged <= 6
    assert any("could not be judged" in note and "--level 1" in note for note in found.notes)
    assert found.advice == "Nothing speaks against any label." or f" {found.judged} labels" in (
        found.advice
    )
    json.dumps(found.to_dict(), allow_nan=False)


def test_nobody_judged_is_no_figure(toy_settings: Settings) -> None:
    alone = [replace(one, category=("Shop", one.id)) for one in toy_products(20, cases=False)]
    found = glasscase.audit(Catalog(alone), settings=toy_settings)
    assert found.judged == 0
    for figure in ("error_rate", "accuracy"):
        assert found.to_dict()[figure] == {"value": None, "low": None, "high": None}
    assert found.advice == "No label could be judged, and no duplicate speaks against one."
    assert not any("agrees with" in note for note in found.notes), "of nothing, no share agrees"
    assert "Nothing speaks against" not in found.html()
    assert "nan" not in found.html()
