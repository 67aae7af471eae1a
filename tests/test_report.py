"""A report is honest, complete, safe to open, and says what to do first."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.toy import toy_products
from glasscase.errors import BadCatalog, CannotWrite
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.coverage import CoverageCurve
from glasscase.evaluation.example_photos import with_photos
from glasscase.evaluation.judge import judge
from glasscase.jobs.evaluate import evaluate
from glasscase.models.classifier import ProductClassifier

pytestmark = pytest.mark.xdist_group("report")  # what it makes once is dear

EVIL = "<script>alert('x')</script>"


def reported(labels, probs, classes, *, products=None, present=None, accept_at=0.9):
    """The report on made-up answers."""
    probs = np.asarray(probs, float)
    products = products or [
        Product(id=f"p{i}", texts={"title": f"Thing {i}"}, row=i + 2) for i in range(len(labels))
    ]
    present = np.ones((len(labels), 2), bool) if present is None else np.asarray(present)
    answers = Answers.pair(labels, probs, classes, usable=present.any(axis=1))
    sure = answers.confidence
    verdicts = np.where(sure >= accept_at, "accept", np.where(sure < 0.4, "abstain", "review"))
    return judge(answers, products, present=present, verdicts=verdicts.tolist())


def answering(labels, given, classes, *, sure=0.95):
    """Probabilities that answer `given`, `sure` each time."""
    rest = (1 - sure) / (len(classes) - 1)
    return [[sure if name == answer else rest for name in classes] for answer in given]


def swapped(classes="abcd", *, each=50, pairs=()):
    """Labels, each class equally often, and answers right but for (label, answer, times)."""
    labels = [name for name in classes for _ in range(each)]
    given = list(labels)
    for label, answer, times in pairs:
        at = [i for i, name in enumerate(labels) if name == label and given[i] == label]
        for i in at[:times]:
            given[i] = answer
    return labels, given


def pictures(html):
    """The text of all plots of a page."""
    found = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", html)
    return "".join(base64.b64decode(one).decode("utf-8") for one in found)


@pytest.fixture(scope="module")
def model():
    return ProductClassifier("words").fit(toy_products(120, seed=3))


@pytest.fixture(scope="module")
def report(model):
    return evaluate(model, Catalog(toy_products(90, seed=8)))


def test_the_json_has_the_promised_figures(report, tmp_path):
    report.save(tmp_path)
    stored = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    promised = {
        "accuracy", "macro_precision", "macro_recall", "macro_f1", "weighted_precision",
        "weighted_recall", "weighted_f1", "roc_auc_macro", "roc_auc_micro", "top_3_accuracy",
        "ece", "log_loss", "brier", "balanced_accuracy", "ece_adaptive", "max_calibration_error",
        "hierarchical_precision", "hierarchical_recall", "hierarchical_f1", "tree_distance",
        "stated_precision", "stated_recall", "stated_f1", "stated_distance",
    }  # fmt: skip
    assert set(stored["metrics"]) == promised
    for name in promised - {"max_calibration_error"}:
        figure = stored["metrics"][name]
        assert figure["low"] <= figure["value"] <= figure["high"], name
    assert stored["advice"] == report.advice
    assert sum(map(sum, stored["confusion_matrix"]["counts"])) == 90
    assert set(stored["seconds_per_product"]) == {"encode", "decide"}
    assert {p.name for p in tmp_path.iterdir()} == {"report.json", "report.md", "report.html"}


def test_figures_and_tables_agree_with_the_models_own_answers(model, report):
    products = toy_products(90, seed=8)
    answers = model.predictions(products)
    right = [a.label == p.label for a, p in zip(answers, products, strict=True)]
    assert report.metrics["accuracy"].value == pytest.approx(np.mean(right))
    assert report.errors == 90 - sum(right)
    verdicts = {part.name: part.count for part in report.by_verdict}
    assert verdicts == {
        name: sum(a.verdict == name for a in answers) for name in ("accept", "review", "abstain")
    }
    assert sum(part.count for part in report.by_present) == 90
    # a model of words alone can use no photo
    assert {p.name for p in report.by_present if p.count} == {"words only", "nothing"}
    assert sum(row.support for row in report.classes) == 90


def test_the_same_evaluation_gives_the_same_files(model):
    def stable(report):
        values = report.to_dict()
        del values["seconds_per_product"]
        return values

    catalog = Catalog(toy_products(40, seed=8))
    first, again, other = (evaluate(model, catalog, seed=seed) for seed in (1, 1, 2))
    assert stable(first) == stable(again) != stable(other)
    assert replace(first, seconds={}).html() == replace(again, seconds={}).html()


def test_products_it_was_trained_on_are_pointed_out(model):
    seen = evaluate(model, Catalog(toy_products(120, seed=3)[:30]))
    assert seen.notes[0] == (
        "30 of 30 products were trained on (same words and photos): the figures flatter the model. "
        "Take other products to know how it will do."
    )


def test_unlabelled_products_are_left_out_and_said_so(model):
    products = toy_products(40, seed=8)
    half = [replace(p, category=None) if i % 2 else p for i, p in enumerate(products)]
    report = evaluate(model, Catalog(half))
    assert report.count == 20
    assert "Products without a category, left out: 20." in report.notes


def test_a_catalogue_without_labels_cannot_be_measured(model):
    products = [replace(p, category=None) for p in toy_products(5)]
    with pytest.raises(BadCatalog, match=r"nothing to measure against\. Name the column with"):
        evaluate(model, Catalog(products))


def test_labels_of_another_level_are_no_hundred_errors_but_one_message(model):
    products = [replace(p, category=("Shop", *p.category)) for p in toy_products(20)]
    with pytest.raises(BadCatalog, match=r"none of the \d+ labels is known .* 'Shop > .*--level"):
        evaluate(model, Catalog(products))


def test_what_reading_could_not_use_is_among_the_problems():
    products = toy_products(60, seed=3, cases=False)
    both = ProductClassifier("words").fit(products)
    some = products[:3]
    report = evaluate(both, Catalog(some, [Problem(3, "price", "'x' is no number", "Clear it.")]))
    assert [str(problem) for problem in report.problems] == [
        "row 3: price 'x' is no number. Clear it."
    ]


def test_the_chief_confusion_is_named_with_what_settling_it_would_bring():
    labels, given = swapped(pairs=[("a", "b", 12), ("b", "a", 4), ("c", "d", 4)])
    report = reported(labels, answering(labels, given, "abcd"), "abcd")
    assert report.advice.startswith(
        "Start with 'a' and 'b': taking one for the other makes 16 of 20 errors (80%)."
    )
    assert "by up to 8.0 points" in report.advice
    assert (report.confusions[0].label, report.confusions[0].count) == ("a", 12)


def test_the_more_frequent_direction_of_a_confusion_is_named_first():
    labels, given = swapped(pairs=[("a", "b", 4), ("b", "a", 12)])
    report = reported(labels, answering(labels, given, "abcd"), "abcd")
    assert report.advice.startswith("Start with 'b' and 'a':")


def test_copies_of_a_product_are_no_further_evidence(model):
    products = [p for p in toy_products(90, seed=8, cases=False) if p.text][:40]
    copies = [replace(p, id=f"{p.id}-{n}", photos=()) for p in products for n in range(6)]
    once, often = (evaluate(model, Catalog(some)) for some in (products, copies))
    assert often.data["independent products"] == once.data["independent products"]
    widths = [r.metrics["accuracy"].high - r.metrics["accuracy"].low for r in (once, often)]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


def test_labels_never_taught_come_first_when_they_make_most_errors():
    labels, given = swapped(pairs=[("a", "b", 5)])
    labels = ["tent"] * 20 + labels
    given = ["c"] * 20 + given
    report = reported(labels, answering(labels, given, "abcd"), "abcd")
    assert report.advice == (
        "20 of 25 errors (80%) are products with labels the model was never taught ('tent'): train "
        "again with them, or correct their spelling."
    )
    assert "do not" not in report.notes[0]
    assert report.notes[0].startswith("Products with labels the model does not know ('tent'): 20.")
    row = next(row for row in report.classes if row.label == "tent")
    assert (row.known, row.support, row.recall.value) == (False, 20, 0.0)


def test_products_without_anything_are_not_blamed_on_the_model():
    labels, given = swapped(pairs=[("a", "b", 2)])
    present = np.ones((200, 2), bool)
    present[100:115] = False
    report = reported(labels, answering(labels, given, "abcd"), "abcd", present=present)
    assert "15 of 17 errors (88%) are products with neither usable words" in report.advice
    nothing = report.by_present[-1]
    assert (nothing.name, nothing.count, nothing.accuracy.value) == ("nothing", 15, 0.0)
    assert report.matrix[:, -1].sum() == 15


def test_a_missing_photo_is_named_where_it_hurts():
    labels, given = swapped("abcde", each=60)
    present = np.ones((300, 2), bool)
    present[::10, 1] = False
    others = np.roll(np.array(list("abcde")), 1)
    for n, i in enumerate(range(0, 300, 10)):
        given[i] = others["abcde".index(given[i]) - n % 3] if n % 4 else given[i]
    report = reported(labels, answering(labels, given, "abcde"), "abcde", present=present)
    assert report.advice.startswith("Add a photo to the 30 products without:")


def test_boastful_probabilities_are_called_so():
    rng = np.random.default_rng(0)
    classes = [f"class {i:02}" for i in range(20)]
    labels = [classes[i % 20] for i in range(400)]
    given = [name if rng.uniform() < 0.7 else classes[rng.integers(20)] for name in labels]
    boastful = reported(labels, answering(labels, given, classes, sure=0.99), classes)
    assert boastful.advice.startswith(
        "Do not take the probabilities at their word: the answers are 99%"
    )
    honest = reported(labels, answering(labels, given, classes, sure=0.72), classes)
    assert "Do not take" not in honest.advice


def test_too_few_products_are_called_too_few():
    report = reported(list("abab"), answering("abab", "abab", "ab"), "ab")
    assert report.advice.startswith(
        "4 products cannot tell good from bad: accuracy may lie anywhere"
    )
    assert "Label about " in report.advice


def test_no_error_at_all_is_suspicious():
    labels, given = swapped()
    assert reported(labels, answering(labels, given, "abcd"), "abcd").advice.startswith(
        "All 200 products are right; before relying on it, check that none of them was"
    )


def test_coverage_takes_the_surest_first_and_equals_together():
    curve = CoverageCurve.of(np.array([0.5, 0.9, 0.5, 0.7]), np.array([False, True, True, True]))
    assert curve.coverage.tolist() == [0.25, 0.5, 1.0]
    assert curve.error.tolist() == [0.0, 0.0, 0.25]
    many = CoverageCurve.of(np.linspace(0, 1, 5000), np.ones(5000, bool))
    assert len(many.coverage) == 200
    assert many.coverage[-1] == 1.0


def test_the_files_escape_everything_and_ask_nobody(tmp_path):
    classes = [EVIL, "$a_b|c$", "كتب", "a\x00b"]
    labels = [EVIL, EVIL, "$a_b|c$", "كتب", "a\x00b", f"new {EVIL}"] * 5
    probs = answering(labels, ["$a_b|c$", *labels[1:5], EVIL] * 5, classes)
    products = [
        Product(id=f"{EVIL}{i}", texts={"title": EVIL}, photos=(Photo(EVIL, data=b"<"),))
        for i in range(30)
    ]
    report = replace(
        reported(labels, probs, classes, products=products),
        problems=(Problem(2, EVIL, EVIL, EVIL),),
        data={"source": EVIL, "columns": EVIL},
        model={EVIL: EVIL, "inner": {EVIL: EVIL}},
    )
    report = replace(report, confusions=with_photos(report.confusions, products))
    html = report.save(tmp_path).read_text(encoding="utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", html)
    assert "$a_b|c$" in pictures(html)
    markdown = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "<script" not in markdown.replace("\\<script", "")
    rows = [line for line in markdown.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {3, 5, 6, 7}


@pytest.mark.parametrize("classes", [2, 7, 60, 120])
def test_pages_for_few_and_many_classes(classes, tmp_path):
    rng = np.random.default_rng(0)
    names = [f"Shelf {i} > Long name of a class {i}" for i in range(classes)]
    targets = rng.integers(0, classes, 300)
    logits = rng.normal(size=(300, classes)) + 3 * np.eye(classes)[targets]
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    report = reported([names[t] for t in targets], probs, names)
    html = report.save(tmp_path).read_text(encoding="utf-8")
    assert html.count('class="plot" src="data:image/svg+xml;base64,') == 4
    assert ("classes with fewer errors are left out" in html) == (classes == 120)
    assert f"{report.errors} errors" in html


def test_one_product_has_a_report_without_nan(tmp_path):
    report = reported(["a"], [[0.3, 0.7]], "ab")
    report.save(tmp_path)
    stored = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert stored["metrics"]["roc_auc_macro"] == {"value": None, "low": None, "high": None}
    assert "NaN" not in (tmp_path / "report.json").read_text(encoding="utf-8")
    assert "nan" not in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert not re.search(r"\bnan\b", (tmp_path / "report.html").read_text(encoding="utf-8"))


def test_examples_show_their_photos(report):
    shown = [one for pair in report.confusions for one in pair.examples]
    by_id = {product.id: product for product in toy_products(90, seed=8)}
    assert shown
    for one in shown:
        assert one.thumbnail.startswith("data:image/jpeg;base64,") == bool(
            by_id[one.product_id].photos
        )
        assert by_id[one.product_id].text.startswith(one.text.rstrip("…"))
    assert "thumbnail" not in json.dumps(report.to_dict())


def test_a_full_disk_leaves_the_old_report(report, tmp_path, monkeypatch):
    report.save(tmp_path)
    before = (tmp_path / "report.html").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        replace(report, advice="other").save(tmp_path)
    assert (tmp_path / "report.html").read_bytes() == before


def test_a_page_counts_the_problems_it_does_not_show():
    report = replace(
        reported(["a", "b"], [[0.9, 0.1], [0.2, 0.8]], ["a", "b"]),
        problems=tuple(Problem(row, "photo", "is broken", "") for row in range(2, 62)),
    )
    html = report.html()
    assert html.count("is broken") == 50
    assert "and 10 more in report.json" in html
