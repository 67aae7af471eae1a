"""Promises: exact tests of cut-offs, sets that cover, and verdicts that keep to them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from conftest import Refused, Shell
from glasscase import Catalog, ProductClassifier, promise
from glasscase.catalog.toy import ToyCatalogue
from glasscase.errors import BadCatalog, BadSetting
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.coverage import CoverageCurve
from glasscase.evaluation.promise_kept import PromiseKept
from glasscase.evaluation.promise_report import PromiseReport
from glasscase.evaluation.risk_control import (
    CUT_OFFS,
    Wanted,
    cut_off,
    least_products,
    promised,
    set_scores,
)
from glasscase.jobs.evaluate import evaluate
from glasscase.models.deciding import Concern, decision
from glasscase.models.promise import CutOff, NodeCutOff, Promise
from glasscase.settings import DecisionSettings

pytestmark = pytest.mark.xdist_group("promise")


def drawn(n: int, seed: int, *, slope: float = 0.5) -> tuple[Any, Any]:
    """Answers of n products whose chance to be wrong is `slope` times what is missing to 1."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.5, 1, n)
    return confidence, rng.random(n) < slope * (1 - confidence)


def test_too_loose_a_cut_off_is_hardly_ever_found() -> None:
    """The true error above t is (1 - t) / 4: 0.8 is as loose as 5 % allow."""
    found = [cut_off(*drawn(4000, seed), max_error=0.05, doubt=0.05) for seed in range(120)]
    too_loose = np.mean([one is not None and one < 0.8 for one in found])
    assert too_loose <= stats.binom.ppf(0.999, 120, 0.05) / 120
    assert np.mean([one is not None for one in found]) > 0.95, "and it is not always silent"
    assert min(one for one in found if one is not None) <= 0.9, "nor much too strict"


def test_it_holds_where_the_sure_are_wrong_more_often() -> None:
    """No assumption is made on how errors and probabilities go together."""
    found = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        confidence = rng.uniform(0.5, 1, 1500)
        found.append(
            cut_off(confidence, rng.random(1500) < 0.06, max_error=0.05, doubt=0.05) is not None
        )
    assert np.mean(found) <= stats.binom.ppf(0.999, 120, 0.05) / 120


def test_the_least_number_is_just_enough() -> None:
    for max_error in (0.02, 0.1):
        enough = least_products(max_error, 0.05)
        sure = np.full(enough, CUT_OFFS[0])
        right = np.zeros(enough, dtype=bool)
        assert cut_off(sure, right, max_error=max_error, doubt=0.05) is not None
        assert cut_off(sure[1:], right[1:], max_error=max_error, doubt=0.05) != CUT_OFFS[0]


def answers(n: int, seed: int, *, hard: int | None = None) -> Answers:
    """Four classes alike often; the probabilities are true but for class `hard`, a mere guess."""
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.full(4, 0.2), n)
    labels = [int(rng.choice(4, p=row)) for row in probs]
    if hard is not None:
        said = probs.argmax(axis=1)
        labels = [
            int(rng.integers(4)) if c == hard else b for b, c in zip(labels, said, strict=True)
        ]
    return Answers.pair(["abcd"[k] for k in labels], probs, list("abcd"))


def test_a_category_of_its_own_is_held_back_alone() -> None:
    seen, fresh = answers(8000, 1, hard=2), answers(8000, 2, hard=2)
    wanted = Wanted(max_error=0.05)
    made = promised(seen, wanted)
    assert [one.categories for one in made.cut_offs] == [("a",), ("b",), ("c",), ("d",), ()]
    assert made.cut_off("c") is None, "what is a mere guess is never accepted"
    assert not made.accepts("c", 0.9999)
    for name in "abd":
        rows = fresh.predicted == fresh.names.index(name)
        least = made.cut_off(name)
        assert least is not None
        taken = rows & (fresh.confidence >= least)
        assert taken.sum() > 400
        assert (~fresh.correct[taken]).mean() <= 0.05
    pooled = promised(seen, Wanted(max_error=0.05, by_category=False))
    assert [one.categories for one in pooled.cut_offs] == [()]
    assert pooled.coverage < made.coverage, "one cut-off pays for the worst"


def test_a_category_with_few_examples_shares_the_common_cut_off() -> None:
    made = promised(answers(300, 1), Wanted(max_error=0.05))
    assert [one.categories for one in made.cut_offs] == [()]
    assert made.cut_offs[0].products == 300


def test_sets_hold_the_right_category_as_often_as_asked() -> None:
    counts = []
    for seed in range(200):
        scores = set_scores(answers(99, seed), Wanted(0.05, set_error=0.1))
        made = Promise(0.05, 0.95, (), 99, 0.1, scores)
        one = answers(20, 1000 + seed)
        counts += [
            one.names[target] in made.label_set(row, list("abcd"))
            for target, row in zip(one.targets.tolist(), one.probs, strict=True)
        ]
    low, high = stats.binom.interval(0.999, len(counts), 0.9)
    assert low <= sum(counts) <= high + 0.02 * len(counts), "and hardly more often"


def test_sets_by_category_cover_the_hard_one_too() -> None:
    def covered(*, own: bool) -> float:
        seen, fresh = answers(4000, 5, hard=2), answers(4000, 6, hard=2)
        scores = set_scores(seen, Wanted(0.05, set_error=0.1, sets_by_category=own))
        made = Promise(0.05, 0.95, (), 4000, 0.1, scores)
        rows = fresh.targets == 0
        held = [fresh.names[0] in made.label_set(row, list("abcd")) for row in fresh.probs[rows]]
        return float(np.mean(held))

    assert covered(own=True) == pytest.approx(0.9, abs=0.03)
    assert covered(own=False) != pytest.approx(covered(own=True), abs=1e-9)


def test_a_set_is_never_empty_and_likeliest_first() -> None:
    made = Promise(0.05, 0.95, (), 9, 0.1, {"": 0.0})
    assert made.label_set(np.array([0.2, 0.5, 0.3]), ["a", "b", "c"]) == ("b",)
    wide = Promise(0.05, 0.95, (), 9, 0.1, {"": 0.75})
    assert wide.label_set(np.array([0.2, 0.5, 0.3]), ["a", "b", "c"]) == ("b", "c")


MADE = Promise(
    0.05, 0.95, (CutOff(("a",), 0.7, 90, 60, 1), CutOff((), None, 10, 0, 0)), 100, 0.1, {"": 0.4}
)


def test_verdicts_keep_to_the_promise_unless_told_otherwise() -> None:
    settings = DecisionSettings(accept_at=0.9, abstain_below=0.4)
    assert decision("a", 0.75, settings, promise=MADE).verdict == "accept"
    assert decision("b", 0.99, settings, promise=MADE).verdict == "review"
    assert decision("b", 0.3, settings, promise=MADE).verdict == "abstain"
    assert decision("a", 0.75, settings).verdict == "review"
    plain = DecisionSettings(accept_at=0.9, abstain_below=0.4, promised=False)
    assert decision("b", 0.99, plain, promise=MADE).verdict == "accept"


def test_it_is_json_and_back() -> None:
    assert Promise.from_dict(json.loads(json.dumps(MADE.to_dict()))) == MADE
    assert (MADE.coverage, MADE.observed_error) == (0.6, 1 / 60)


@pytest.fixture(scope="module")
def report(toy_model: ProductClassifier, unseen_shop: ToyCatalogue) -> PromiseReport:
    catalog = Catalog.read(unseen_shop.products, photos=unseen_shop.images)
    return promise(toy_model, catalog, Wanted(max_error=0.1), seconds_per_review=30)


def test_what_is_left_to_people_for_its_own_sake_has_no_part_in_the_test(
    report: PromiseReport,
    toy_model: ProductClassifier,
    unseen_shop: ToyCatalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalog = Catalog.read(unseen_shop.products, photos=unseen_shop.images)

    def half(self: Any, products: Any, encoded: Any, **_: Any) -> list[tuple[Concern, ...]]:
        told = (Concern("review", "The photo is blank."),)
        return [told if row % 2 else () for row in range(len(products))]

    monkeypatch.setattr(ProductClassifier, "concerns", half)
    found = promise(toy_model, catalog, Wanted(max_error=0.1))
    tested = sum(one.products for one in found.promise.cut_offs)
    before = sum(one.products for one in report.promise.cut_offs)
    assert abs(tested - before / 2) < before / 10, "only the others are tested"
    assert found.promise.products == report.promise.products, "all count for the coverage"
    assert found.promise.set_scores == report.promise.set_scores, "and for the sets"
    assert any(
        "or an answer that is a category added later), however sure the answer: " in note
        for note in found.notes
    )


def test_the_report_says_what_is_left_to_people(report: PromiseReport) -> None:
    made = report.promise
    assert 0 < made.coverage <= 1
    assert report.sentences[0].startswith(f"Accept {100 * made.coverage:.1f} % of the products")
    assert "with 95 % confidence at most 10 % of them are wrong" in report.sentences[0]
    assert report.review_hours == pytest.approx(1000 * (1 - made.coverage) * 30 / 3600)
    page = report.page()
    assert "What may be accepted unseen" in page
    assert "data:image/svg+xml" in page
    assert "://" not in page.split("data:image/svg+xml")[0], "nothing from another host"


def test_what_was_asked_for_is_said_unrounded(report: PromiseReport) -> None:
    asked = replace(report.promise, max_error=0.0004, confidence=0.996, set_error=0.004)
    said = replace(report, promise=asked)
    assert "with 99.6 % confidence at most 0.04 % of them are wrong" in said.sentences[0]
    assert "is among them for 99.6 % of products" in said.sentences[2]
    assert "100 % confidence" not in said.page()
    nothing = replace(asked, cut_offs=())
    assert "for at most 0.04 % of errors with 99.6 % confidence" in " ".join(
        replace(report, promise=nothing).sentences
    )


def test_why_nothing_is_promised_above_leaves_both_reasons_open(report: PromiseReport) -> None:
    none = NodeCutOff(None, None, 0.95, 195)
    said = replace(report, promise=replace(report.promise, above=none)).sentences
    assert (
        "Of the 195 answers that are not accepted, no category above them can be promised to be "
        "at most 10 % wrong: too few are sure of one, or too many of the sure are wrong."
    ) in said


def test_sets_promise_nothing_where_too_many_products_have_no_right_answer() -> None:
    many, names = 400, ("a", "b", "c")
    probs = np.tile([0.995, 0.004, 0.001], (many, 1))
    labels = ["a"] * 300 + ["stranger"] * 100
    lost = Answers.pair(labels, probs, names, usable=np.arange(many) < 300)
    made = promised(lost, Wanted(0.1))
    assert made.coverage > 0
    report = PromiseReport(
        made, CoverageCurve.of(lost.confidence, lost.correct), np.full(many, 3.0), 20
    )
    assert report.sentences[2] == (
        "Reviewers choose from 3.0 categories on average: that the right one is among them for "
        "90 % of products cannot be promised, with too few labelled products or too many the model "
        "has no answer for."
    )


def test_the_bundle_keeps_to_it(
    report: PromiseReport, toy_model: ProductClassifier, unseen_shop: ToyCatalogue, tmp_path: Path
) -> None:
    model = toy_model.with_promise(report.promise)
    loaded = ProductClassifier.load(model.save(tmp_path / "bundle"))
    assert loaded.promise == report.promise
    catalog = Catalog.read(unseen_shop.products, photos=unseen_shop.images)
    said = loaded.predictions(catalog)
    for one in said:
        if one.label is None or one.probability is None:
            assert (one.verdict, one.label_set) == ("abstain", ())
            continue
        accepted = report.promise.accepts(one.label, one.probability)
        stranger = one.unknown is not None and one.unknown <= loaded.settings.decision.unknown_at
        assert (one.verdict == "accept") == (accepted and not stranger)
        assert one.label_set[0] == one.label
    accepted_share = np.mean([one.verdict == "accept" for one in said])
    assert accepted_share == pytest.approx(report.promise.coverage, abs=0.05)
    evaluated = evaluate(loaded, catalog)
    judged = evaluated.to_dict()["by_verdict"]
    kept = evaluated.promise
    assert kept is not None
    assert kept.accepted == judged[0]["count"]
    assert kept.sentence in evaluated.markdown()
    assert kept.sentence in evaluated.html()
    assert evaluate(loaded.with_promise(None), catalog).promise is None
    assert next(row for row in judged if row["name"] == "accept")["accuracy"]["value"] >= 0.9
    assert not toy_model.predictions(catalog.products[:1])[0].label_set, "no promise, no sets"


def test_the_shell_writes_it_into_the_bundle(
    shell: Shell, toy_bundle: Path, unseen_shop: ToyCatalogue, tmp_path: Path
) -> None:
    bundle = shutil.copytree(toy_bundle, tmp_path / "bundle")
    told = ("promise", bundle, unseen_shop.products, "--photos", unseen_shop.images, "--quiet")
    page = tmp_path / "promise.html"
    code, out, err = shell(*told, "--max-error", "0.1", "--dry-run", "--out", page)
    assert (code, err) == (0, "")
    assert "% of the products unseen: with 95 % confidence at most 10 %" in out
    assert "keeps to it" not in out
    assert page.is_file()
    assert ProductClassifier.load(bundle).promise is None
    code, out, _ = shell(*told, "--max-error", "0.1", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["kept"]
    kept = ProductClassifier.load(bundle).promise
    assert kept is not None
    assert kept.coverage == found["coverage"]
    code, out, _ = shell(
        "predict", bundle, unseen_shop.new, "--photos", unseen_shop.images, "--json"
    )
    assert all(row["label_set"] for row in json.loads(out) if row["label"])


def test_too_little_data_is_said_and_nothing_is_kept(
    shell: Shell, toy_bundle: Path, unseen_shop: ToyCatalogue, tmp_path: Path
) -> None:
    bundle = shutil.copytree(toy_bundle, tmp_path / "bundle")
    code, out, _ = shell(
        "promise", bundle, unseen_shop.products, "--photos", unseen_shop.images, "--quiet",
        "--max-error", "0.01",
    )  # fmt: skip
    assert code == 0
    assert "Nothing can be promised: for at most 1 % of errors with 95 % confidence it" in out
    assert "Label " in out
    assert ProductClassifier.load(bundle).promise is None


def test_what_it_was_trained_on_is_refused_unless_forced(
    refused: Refused, toy_model: ProductClassifier, toy_bundle: Path, toy_shop: ToyCatalogue,
    toy_catalog: Catalog,
) -> None:  # fmt: skip
    said = refused("promise", toy_bundle, toy_shop.products, "--photos", toy_shop.images)
    assert "products were trained on (same words and photos): the model remembers them" in said
    assert "say --force" in said
    forced = promise(toy_model, toy_catalog, Wanted(max_error=0.2), forced=True)
    assert any("it flatters the model and need not hold" in note for note in forced.notes)


def test_one_product_is_not_said_to_be_several(
    toy_model: ProductClassifier, unseen_shop: ToyCatalogue
) -> None:
    catalog = Catalog.read(unseen_shop.products, photos=unseen_shop.images)
    products = catalog.products[:12]
    stranger = replace(products[0], category=("Toys", "Dolls"))
    copy = replace(products[1], id="again")
    found = promise(toy_model, Catalog([stranger, *products[1:], copy]), Wanted(0.1))
    said = (
        "Left out as near-duplicates of others: 1.",
        "Of a category the model does not know (Toys > Dolls), so that every answer counts as "
        "wrong: 1.",
    )
    assert [note for note in found.notes if note.endswith(": 1.")][:2] == [*said]


def test_bad_wishes_and_unlabelled_tables_are_refused(
    refused: Refused, toy_model: ProductClassifier, toy_bundle: Path, toy_shop: ToyCatalogue,
    toy_catalog: Catalog,
) -> None:  # fmt: skip
    said = refused("promise", toy_bundle, toy_shop.new, "--photos", toy_shop.images)
    assert "no product has a category" in said
    for wish in (Wanted(0.0), Wanted(0.1, confidence=1.0)):
        with pytest.raises(BadSetting, match="not between 0 and 1. Say 0.02 for 2 %"):
            promise(toy_model, toy_catalog, wish)
    for pace in (0.0, float("inf"), float("nan")):
        with pytest.raises(BadSetting, match="Say how long a person takes"):
            promise(toy_model, toy_catalog, Wanted(0.1), seconds_per_review=pace)
    with pytest.raises(BadCatalog, match="no product has a category"):
        promise(toy_model, Catalog([]), Wanted(0.1))


# Whether it held


@pytest.mark.parametrize(
    ("accepted", "wrong", "said"),
    [
        (400, 40, "(at most 5 % of the accepted wrong) did not hold: 400 of 500 products accepted"),
        (400, 4, "held for sure: 400 of 500 products accepted, 1.0 % of them wrong"),
        (40, 3, "is not contradicted: 40 of 500 products accepted, 7.5 % of them wrong"),
        (0, 0, "was not put to the test: no product was accepted."),
    ],
)
def test_a_report_says_whether_the_promise_held(accepted: int, wrong: int, said: str) -> None:
    taken, right = np.zeros(500, bool), np.ones(500, bool)
    taken[:accepted], right[:wrong] = True, False
    right[accepted:] = False  # what was not accepted does not count
    right[:wrong] = False
    found = PromiseKept.count(replace(MADE, max_error=0.05), taken, right, np.arange(500))
    assert said in found.sentence
    assert (found.accepted, found.wrong) == (accepted, wrong)
    if accepted:
        exact = stats.binomtest(wrong, accepted).proportion_ci(0.95, "exact")
        assert (found.error.low, found.error.high) == pytest.approx((exact.low, exact.high))


def test_copies_do_not_make_it_surer_that_a_promise_was_broken() -> None:
    """One wrong product of ten, each of them listed forty times."""
    copies = np.repeat(np.arange(10), 40)
    found = PromiseKept.count(replace(MADE, max_error=0.05), np.ones(400, bool), copies > 0, copies)
    assert (found.accepted, found.wrong, found.independent) == (400, 40, 10)
    assert found.to_dict()["independent"] == 10
    assert "is not contradicted: 400 of 400 products accepted, 10.0 %" in found.sentence
    once = stats.binomtest(1, 10).proportion_ci(0.95, "exact")
    assert (found.error.low, found.error.high) == pytest.approx((once.low, once.high))
