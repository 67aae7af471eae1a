"""Sentences that a reader could take for more, or for less, than what was measured."""

from __future__ import annotations

import random

import pytest

from glasscase.errors import BadSetting
from glasscase.insights.checked import Sentence, checked_sentence, objections
from glasscase.insights.fact import Ledger
from glasscase.insights.ledger_draft import LedgerDraft
from glasscase.insights.report import written_report
from glasscase.insights.report_pdf import report_pdf
from glasscase.jobs.ledgers.facts_of import ledger_of


def ledger() -> Ledger:
    draft = LedgerDraft("Packs", "packs", {})
    draft.add("score", "Ada", 60, "points", where="", low=55, high=65, n=40, better="more")
    draft.add("score", "Bob", 40, "points", where="", low=38, high=42, n=50, better="more")
    draft.add("score", "Cat", 90, "points", where="", low=85, high=95, better="more")
    draft.add("score", "Dan", 70, "points", where="", low=10, high=92, better="more")
    draft.add("score", "Bob", 9, "points", where="", comparator="Cat")
    draft.add("error", "Bob", 0.4, "share", where="", better="less", exact=True)
    draft.add("error", "Cat", 0.1, "share", where="", better="less", exact=True)
    draft.add("claims", "Bob", 7, "count", where="", exact=True)
    draft.add("claims", "Cat", 3, "count", where="", exact=True)
    draft.add("margin", "Bob", 0.42001, "share", where="", exact=True)
    draft.add("margin", "Cat", 0.42002, "share", where="", exact=True)
    draft.add("change", "Bob", -0.1, "share", where="", experimental=True, exact=True)
    draft.add("price", "Bob is lower than Cat. Zed", 3, "number", where="")
    draft.add("price", "A” is lower than “B", 4, "number", where="")
    draft.add("ratio", "Bob", 5, "number", where="", low=3, high=7)
    return draft.ledger()


FORM = "it fits no form of sentence"


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("In score, Bob at {{F2}} is below Ada at {{F1}} and Cat at {{F3}}.", FORM),
        ("In score, Bob stands at {{F2}} and Ada at {{F1}}, below Cat.", FORM),
        ("The score of Ada is {{F1}} lower than Cat.", FORM),
        ("Cat is above Ada at {{F1}} in score.", FORM),
        ("Cat has a higher score than Ada, {{F1}}.", FORM),
        ("In error, Bob has a score of {{F2}}.", FORM),
        ("The score of Ada comes to {{F1}} from {{F1.n}}.", FORM),
        ("Ada has a score of {{F1}} ({{F1.interval}}.", FORM),
        (
            "The score of Bob against Cat is {{F5}}, lower than Cat at {{F3}}.",
            "a figure against 'Cat' is compared with no other",
        ),
        ("Dan at {{F4}} is level with Bob at {{F2}} in score.", "F4 is not told apart from F2"),
        ("Bob at {{F6}} is ahead of Cat at {{F7}} in error.", "F6 is higher than F7"),
        (
            "Bob at {{F8}} is ahead of Cat at {{F9}} in claims.",
            "the ledger does not say which 'claims' is better: say higher or lower",
        ),
        ("Cat at {{F11}} is higher than Bob at {{F10}} in margin.", "F11 is not told apart from"),
        ("Cat has the highest margin: {{F11}}.", "'Cat' is not told apart from all others"),
        ("Bob lowers the change by {{F12}}.", "F12 has its own minus"),
        ("In this photo, the score of Bob is {{F2}}.", "the report is not about a photo"),
        ("Cat at {{F3}} is close to Dan at {{F4}} in score.", "'close' is no name of the ledger"),
    ],
)
def test_what_can_be_taken_for_something_false_is_refused(sentence: str, because: str) -> None:
    assert any(because in why for why in objections(sentence, ledger()))


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        (
            "In score, Ada stands at {{F1}}, Bob at {{F2}} and Cat at {{F3}}.",
            "In score, “Ada” stands at 60.0 points, “Bob” at 40.0 points and “Cat” at 90.0 points.",
        ),
        ("cat at {{F7}} .", ""),
        (
            "Cat at {{F7}} is ahead of Bob at {{F6}} in Error .",
            "“Cat” at 10.0 % is ahead of “Bob” at 40.0 % in error.",
        ),
        (
            "the score of Ada is {{F1}},below Cat ({{F3}}).",
            "The score of “Ada” is 60.0 points, below “Cat” (90.0 points).",
        ),
        (
            "In ratio, Bob stands at {{F15}},{{F15.interval}}.",
            "In ratio, “Bob” stands at 5.00, 95 % interval 3.00 to 7.00.",
        ),
        (
            "Bob is lower than Cat. Zed has a price of {{F13}}.",
            "“Bob is lower than Cat. Zed” has a price of 3.00.",
        ),
        (
            "{{F14.subject}} has a price of {{F14}}.",
            "“A' is lower than 'B” has a price of 4.00.",
        ),
        (
            "{{F8.subject}} stands at {{F8}} in claims and Cat at {{F9}}.",
            "“Bob” stands at 7 in claims and “Cat” at 3.",
        ),
    ],
)
def test_what_passes_is_shown_with_names_in_quotes_and_spaces_in_place(
    sentence: str, shown: str
) -> None:
    found = checked_sentence(sentence, ledger(), "w")
    assert (found.shown(ledger()) if isinstance(found, Sentence) else "") == shown


def test_nobody_is_the_last_of_a_list_that_was_cut() -> None:
    draft = LedgerDraft("Shelf", "shelf", {})
    for name, value in (("Ada", 9), ("Bob", 5), ("Cat", 2)):
        draft.add("facings", name, value, "count", where="", exact=True)
    draft.partly("facings", "higher")
    lowest = "Cat has the lowest facings: {{F3}}."
    assert objections(lowest, draft.ledger()) == (
        "the ledger holds only some of the figures of 'facings'",
    )
    assert objections("Ada has the highest facings: {{F1}}.", draft.ledger()) == ()
    told = [one.shown(draft.ledger()) for one in written_report(draft.ledger()).sentences]
    assert told == ["“Ada” has the highest facings: 9."]
    draft.partly("facings")
    told = [one.shown(draft.ledger()) for one in written_report(draft.ledger()).sentences]
    assert told == ["The facings of “Ada” is 9."]


def test_a_result_with_more_classes_than_are_told_has_no_last_one() -> None:
    counts = [{"label": f"Class {i}", "products": 99 - i} for i in range(41)]
    found = ledger_of(
        {"kind": "catalogue", "rows": 9, "missing": [], "levels": [{"counts": counts}]}
    )
    assert found.whole("number of products in the category", "higher")
    assert not found.whole("number of products in the category", "lower")


def test_a_name_of_a_point_ends_no_sentence() -> None:
    draft = LedgerDraft("t", "packs", {})
    draft.add("score", ".", 4, "number", where="")
    assert objections("{{F1.subject}} has a score of {{F1}} {{F1.subject}}", draft.ledger()) != ()


def test_a_ledger_of_thousands_of_names_is_read_as_quickly() -> None:
    draft = LedgerDraft("t", "packs", {})
    for i in range(3_000):
        draft.add("score", f"Pack (.*)+ {chr(0x4E9D + i)} e\u0301\u0323 🫖", i, "number", where="")
    found = draft.ledger()
    first = found.facts[0].subject
    assert objections(f"{first} has a score of {{{{F2}}}}.", found) == (
        f"F2 is a figure of {found.facts[1].subject!r}, not of {first!r}",
    )


def test_sentences_of_the_grammars_own_words_at_random_never_confuse_it() -> None:
    rng, found = random.Random(4), ledger()
    words = ["Bob", "Cat", "Ada", "score", "{{F1}}", "{{F2}}", "and", ",", "at", "is", "above",
             "(", ")", "in", "of", "has", "the", "stands"]  # fmt: skip
    for _ in range(300):
        said = " ".join(rng.choices(words, k=rng.randint(3, 30))) + "."
        kept = checked_sentence(said, found, "w")
        if isinstance(kept, Sentence):  # what passes once passes again, unchanged
            assert checked_sentence(kept.text, found, "w") == kept


@pytest.mark.parametrize(
    "evil",
    [
        {"rows": 1e999},
        {"rows": 10**400},
        {"rows": -1, "missing": [{"field": "a", "share": 0.5}]},
        {"missing": [{"field": "photo", "share": 10**400}]},
        {"levels": [{"counts": [{"label": "A", "products": 1e300}]}]},
        {"near_duplicates": {"products": {"value": 2}}},
        {"photos": {"sample": {"blurred_share": 0.1, "photos": "many"}}},
    ],
)
def test_figures_that_are_none_make_a_result_damaged_and_nothing_else(evil: dict) -> None:
    result = {"kind": "catalogue", "rows": 9, "missing": [], "levels": [], **evil}
    with pytest.raises(BadSetting, match="the result of kind 'catalogue' is damaged"):
        ledger_of(result)


def test_what_a_result_says_is_shown_as_its_words_cleaned_and_cut() -> None:
    draft = LedgerDraft("t", "catalogue", {})
    draft.said(["Buy” Ada\x1b[31m\u202e now {{F1}}", *["x" * 900] * 20])
    first, second, more = draft.ledger().notes
    assert first == "The result says: “Buy' Ada [31m now ((F1))”"
    assert len(second) < 450
    assert more == "The result says more: 9 further notes."
    for wrong in ("text", [1], {"a": 1}):
        with pytest.raises(TypeError):
            draft.said(wrong)


def test_a_pdf_of_more_facts_than_rows_has_those_its_sentences_lead_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("glasscase.insights.report_pdf._MOST_ROWS", 3)
    assert report_pdf(written_report(ledger())).startswith(b"%PDF-")


def test_a_sentence_that_is_written_twice_is_told_once() -> None:
    class Stubborn:
        name = "stubborn"

        def sentences(self, ledger: Ledger) -> list[str]:
            return ["Bob has a score of {{F2}}.", "No."]

        def repaired(self, ledger: Ledger, refused: object) -> list[str]:
            return ["Bob has a score of {{F2}} ."]

    assert written_report(ledger(), Stubborn()).writers["stubborn"] == 1


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("In price, Ada at {{F1}} is above Bob at {{F2}}.", "the interval of F1 is not known"),
        ("In price, Bob at {{F2}} is not told apart from Ada at {{F1}}.", "the interval of F1"),
        ("Ada has the highest price: {{F1}}.", "'Ada' is not told apart from all others"),
        ("Cat raises price by {{F3}}.", "the interval of F3 is not known, so it shows no cause"),
    ],
)
def test_figures_of_which_nobody_knows_how_sure_they_are_are_compared_with_none(
    sentence: str, because: str
) -> None:
    draft = LedgerDraft("Shelf", "shelf", {})
    draft.add("price", "Ada", 9, "number", where="")
    draft.add("price", "Bob", 2, "number", where="", low=1, high=3)
    draft.add("price", "Cat", 4, "number", where="", experimental=True, comparator="Bob")
    told = objections(sentence.replace("Cat raises", "Cat against Bob raises"), draft.ledger())
    assert told
    assert told[0].startswith(because)
    first = written_report(draft.ledger()).sections[0][1]
    assert [one.shown(draft.ledger()) for one in first] == [
        "The price of “Ada” is 9.00.",
        "The price of “Bob” is 2.00 (95 % interval 1.00 to 3.00).",
        "The price of “Cat” against “Bob” is 4.00.",
    ]
