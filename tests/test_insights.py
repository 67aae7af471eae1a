"""Reports from a ledger: what follows is told, what does not is refused, whoever wrote it."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from adversarial_writers import Attacks, pack_ledger, true_sentences
from glasscase import write_insights
from glasscase.cli.main import main
from glasscase.errors import BadService, BadSetting
from glasscase.insights.checked import FORMS, objections
from glasscase.insights.fact import Fact, Ledger
from glasscase.insights.ledger_draft import LedgerDraft
from glasscase.insights.report import written_report
from glasscase.insights.report_page import report_page
from glasscase.insights.report_pdf import report_pdf
from glasscase.insights.template_writer import NAME
from glasscase.jobs.ledgers.facts_of import ledger_of

EVALUATION = {
    "metrics": {"accuracy": {"value": 0.93, "low": 0.9, "high": 0.96}},
    "data": {"products": 300},
    "per_class": [
        {"label": "Mugs", "support": 40, "recall": {"value": 0.98, "low": 0.95, "high": 1.0},
         "precision": {"value": 0.9, "low": 0.8, "high": 0.97}},
        {"label": "Pans", "support": 30, "recall": {"value": 0.7, "low": 0.55, "high": 0.82},
         "precision": {"value": 0.91, "low": 0.8, "high": 0.98}},
    ],
    "notes": ["Measured on products of one month."],
}  # fmt: skip


def two_brands(**more: Any) -> Ledger:
    draft = LedgerDraft("Two brands", "shelf", {"a": 1})
    draft.add("share of shelf", "Aurora", 0.42, "share", where="/a", low=0.4, high=0.44, **more)
    draft.add("share of shelf", "Borealis", 0.2, "share", where="/b", low=0.15, high=0.25)
    draft.add("share of shelf", "Cascade", 0.22, "share", where="/c", low=0.2, high=0.24)
    draft.add("price", "Aurora", 3.5, "number", where="/d")
    draft.add("chance of a higher score", "Aurora", 0.71, "share", where="/e", comparator="Cascade")
    return draft.ledger()


@pytest.mark.parametrize("form", FORMS)
def test_the_examples_shown_to_writers_follow(form: str) -> None:
    draft = LedgerDraft("t", "packs", {})
    draft.add("score", "Aurora", 60, "points", where="", low=58, high=62)
    draft.add("score", "Borealis", 40 if "not told" not in form else 59, "points", where="",
              low=38, high=60 if "not told" in form else 42)  # fmt: skip
    draft.add("chance", "Aurora", 0.7, "share", where="", comparator="Borealis")
    assert objections(form, draft.ledger()) == ()


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("Aurora has a share of shelf of 42 %.", "digits stand in places such as {{F1}} only"),
        ("Aurora has a share of shelf of {{F2}}.", "F2 is a figure of 'Borealis', not of 'Aurora'"),
        ("Aurora has a price of {{F1}}.", "F1 is 'share of shelf', not 'price'"),
        ("Zorbex has a price of {{F4}}.", "'zorbex' is no name of the ledger and no word to use"),
        ("Aurora at {{F1}} is below Cascade at {{F3}} in share of shelf.", "F1 is higher than F3"),
        (
            "Cascade at {{F3}} is above Borealis at {{F2}} in share of shelf.",
            "F3 is not told apart from F2",
        ),
        (
            "Borealis has the lowest share of shelf: {{F2}}.",
            "'Borealis' is not told apart from all others as the lowest in 'share of shelf'",
        ),
        (
            "Aurora raises the share of shelf by {{F1}}.",
            "F1 is no result of an experiment, so no sentence may speak of causes",
        ),
        (
            "The chance of a higher score of Cascade against Aurora is {{F5}}.",
            "F5 is a figure of 'Aurora', not of 'Cascade'",
        ),
        ("The chance of a higher score of Aurora is {{F5}}.", "F5 is a figure against 'Cascade'"),
        ("Aurora has a share of shelf of {{F9}}.", "the ledger has no F9.value"),
        ("Aurora has a share of shelf of {F1}.", "curly brackets belong to places such as {{F1}}"),
        ("Aurora is above Cascade in share of shelf.", "it tells no figure"),
        ("Aurora has a price of {{F4}}\u202e.", "the character 'U+202E' is not one a sentence may"),
        ("Aurora has a price of {{F4}}", "it fits no form of sentence"),
        ("A " * 400, "a sentence has at most 600 characters"),
    ],
)
def test_what_does_not_follow_is_refused_with_its_reason(sentence: str, because: str) -> None:
    assert any(because in why for why in objections(sentence, two_brands()))


def test_causes_may_be_told_of_an_experiment_alone_and_in_its_direction() -> None:
    ledger = two_brands(experimental=True)
    assert objections("Aurora raises the share of shelf by {{F1}}.", ledger) == ()
    (why,) = objections("Aurora lowers the share of shelf by {{F1}}.", ledger)
    assert why == "F1 does not say so: it is 42.0 %"


def test_two_hundred_false_sentences_of_every_kind_are_refused() -> None:
    ledger = pack_ledger(8)
    attacks = Attacks(ledger, seed=1)
    through = [one for one in attacks.draw(200) if not objections(one[1], ledger)]
    assert through == []


def test_true_sentences_in_many_forms_pass() -> None:
    ledger = pack_ledger(8)
    refused = [s for s in true_sentences(ledger, 60, seed=2) if objections(s, ledger)]
    assert refused == []


def test_a_name_that_is_a_word_or_a_number_is_written_by_its_place_only() -> None:
    draft = LedgerDraft("t", "packs", {})
    draft.add("score", "Higher", 60, "points", where="")
    draft.add("score", "7", 40, "points", where="")
    ledger = draft.ledger()
    assert objections("{{F1.subject}} has a score of {{F1}}.", ledger) == ()
    assert objections("Higher has a score of {{F1}}.", ledger) != ()
    assert objections("{{F2.subject}} has a score of {{F2}}.", ledger) == ()
    assert objections("7 has a score of {{F2}}.", ledger) != ()


def test_names_from_outside_cannot_open_places_or_markup() -> None:
    draft = LedgerDraft("t", "shelf", {})
    draft.add("price", "{{F1}}\u202e<script>alert(1)</script>" + "x" * 200, 1.0, "number", where="")
    (fact,) = draft.ledger()
    assert fact.subject.startswith("((F1)) ‹script›alert(1)‹/script›")
    assert len(fact.subject) == 80
    page = report_page(written_report(draft.ledger()))
    assert "<script" not in page


def test_figures_that_are_none_do_not_enter_a_ledger() -> None:
    draft = LedgerDraft("t", "shelf", {})
    for value in (None, float("nan"), float("inf")):
        draft.add("price", "Aurora", value, "number", where="")
    draft.add("price", "Aurora", 2.0, "number", where="", low=float("nan"), high=3.0)
    for impossible, unit in ((5.0, "share"), (-3, "count"), (101, "points")):
        with pytest.raises(ValueError, match=f"is no {unit}"):
            draft.add("price", "Aurora", impossible, unit, where="")
    (fact,) = draft.ledger()
    assert (fact.value, fact.low, fact.high) == (2.0, None, None)


def test_the_template_tells_first_and_last_only_where_they_are_told_apart() -> None:
    report = written_report(two_brands())
    told = [sentence.shown(report.ledger) for sentence in report.sentences]
    assert told == [
        "“Aurora” has the highest share of shelf: 42.0 % (95 % interval 40.0 to 44.0 %).",
        "The price of “Aurora” is 3.50.",
        "The chance of a higher score of “Aurora” against “Cascade” is 71.0 %.",
    ]
    assert report.writers == {NAME: 3}


class Scripted:
    """A writer that says what it is told to; remembers what it was told."""

    name = "scripted"

    def __init__(self, first: list[str], second: list[str] | BadService = ()) -> None:  # type: ignore[assignment]
        self.first, self.second = first, second
        self.asked: list[Any] = []

    def sentences(self, ledger: Ledger) -> list[str]:
        return self.first

    def repaired(self, ledger: Ledger, refused: Any) -> list[str]:
        self.asked.append(refused)
        if isinstance(self.second, BadService):
            raise self.second
        return list(self.second)


def test_a_refused_sentence_is_repaired_once_then_the_template_fills_in() -> None:
    good = "Aurora at {{F1}} is above Cascade at {{F3}} in share of shelf."
    writer = Scripted(
        ["Aurora has a price of 4.", "Aurora at {{F1}} is below Cascade in share of shelf."],
        [good, "Aurora's price is lovely."],
    )
    report = written_report(two_brands(), writer)
    assert [text for text, _ in writer.asked[0]] == writer.first
    assert report.writers == {"scripted": 1, NAME: 2}
    assert report.sentences[0].shown(report.ledger) == (
        "“Aurora” at 42.0 % is above “Cascade” at 22.0 % in share of shelf."
    )
    assert report.refused == ("'lovely' is no name of the ledger and no word to use",)
    assert "lovely" not in json.dumps(report.to_dict()["sections"])


def test_an_endpoint_that_fails_in_the_middle_costs_its_sentences_and_not_the_report() -> None:
    writer = Scripted(
        ["Aurora's price is {{F4}}.", "No."], BadService("the chat endpoint is away", "Wait.")
    )
    report = written_report(two_brands(), writer)
    assert report.trouble == "the chat endpoint is away. Wait."
    assert report.writers == {"scripted": 1, NAME: 2}


def test_every_figure_of_the_page_leads_to_its_row() -> None:
    report = written_report(ledger_of(EVALUATION))
    page = report_page(report)
    links = re.findall(r'<a href="#(F\d+)">([^<]+)</a>', page)
    assert len(links) >= 4
    for id, shown in links:
        fact = report.ledger.by_id[id]
        assert f'<tr id="{id}">' in page
        assert fact.display == shown or shown.startswith("95 % interval")
    assert report.ledger.facts[0].source in page
    assert "The result says: “Measured on products of one month.”" in page
    assert page.count('<span class="by">template</span>') == len(report.sentences)


def test_the_pdf_is_one_with_every_page_and_the_same_twice() -> None:
    report = written_report(pack_ledger(20))
    made = report_pdf(report)
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    assert made.count(b"/Type /Page\n") >= 4
    assert made == report_pdf(report)


def test_a_fact_that_does_not_stand_in_its_result_stops_the_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lying(result: Any) -> Ledger:
        fact = Fact("F1", "price", "Aurora", 3.0, "number", "3", where="/rows")
        return Ledger("t", "catalogue", (fact,), ("Aurora",))

    monkeypatch.setattr("glasscase.jobs.ledgers.facts_of._KINDS", {"catalogue": lying})
    with pytest.raises(BadSetting, match="price of 'Aurora' does not stand at '/rows'"):
        ledger_of({"kind": "catalogue", "rows": 4})
    assert ledger_of({"kind": "catalogue", "rows": 3}).facts[0].value == 3.0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON"),
        ("[1]", "holds no result"),
        ('{"kind": "weather"}', "no report can be written of results of kind 'weather'"),
        ('{"a": NaN}', "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"metrics": 1, "per_class": 2, "data": 3}', "the result of kind 'evaluation' is damaged"),
    ],
)
def test_what_is_no_result_is_told_in_a_line(
    content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "result.json"
    path.write_text(content)
    assert main(["insights", str(path)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_the_shell_writes_what_python_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, page = tmp_path / "evaluation.json", tmp_path / "report.html"
    path.write_text(json.dumps(EVALUATION))
    assert main(["insights", str(path), "--out", str(page)]) == 0
    out = capsys.readouterr().out
    assert (
        "In recall, “Mugs” at 98.0 % (95 % interval 95.0 to 100.0 %) is higher than “Pans”" in out
    )
    report = write_insights(path)
    assert page.read_text(encoding="utf-8") == report_page(report)
    assert main(["insights", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == report.to_dict()
    with monkeypatch.context() as pipe:
        pipe.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
        assert main(["insights", "-", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == report.to_dict()
        assert main(["insights", "-"]) == 2
        assert "nothing came through the pipe. Print a result into it" in capsys.readouterr().err
    assert main(["insights", str(path), "--out", str(tmp_path / "report.docx")]) == 2
    assert "End it with .html, .pdf or .json." in capsys.readouterr().err


def test_facts_are_frozen_and_ids_unique() -> None:
    fact = Fact("F1", "m", "A", 1.0, "number", "1")
    with pytest.raises(dataclasses.FrozenInstanceError):
        fact.value = 2.0  # type: ignore[misc]
    with pytest.raises(ValueError, match="same id"):
        Ledger("t", "k", (fact, fact))
    with pytest.raises(ValueError, match="F1, F2"):
        Ledger("t", "k", (dataclasses.replace(fact, id="x"),))
