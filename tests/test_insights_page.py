"""Insights over REST and on its page: a result goes in, a checked report comes out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from browsing import PHONE, LiveService, Screenshot, Visit, accessible, fits
from glasscase.client import Client, Refused
from glasscase.errors import BadSetting
from glasscase.insights.report_page import report_page
from glasscase.jobs.write_insights import write_insights
from serving import service_settings, serving
from test_insights import EVALUATION

pytestmark = pytest.mark.xdist_group("insights-page")

SENT = {"file": ("evaluation.json", json.dumps(EVALUATION).encode(), "application/json")}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    with serving(service_settings(tmp_path_factory.mktemp("insights"), None)) as running:
        yield running


def test_the_answer_is_what_python_finds(client: TestClient) -> None:
    answer = client.post("/v1/insights", files=SENT)
    assert answer.status_code == 200, answer.text
    told, report = answer.json(), write_insights(EVALUATION)
    assert [s["text"] for part in told["sections"] for s in part["sentences"]] == [
        sentence.shown(report.ledger) for sentence in report.sentences
    ]
    facts = {fact["id"]: fact for fact in told["facts"]}
    figures = [p for part in told["sections"] for s in part["sentences"] for p in s["pieces"]]
    assert all(piece["fact"] in facts for piece in figures if piece["fact"])
    assert facts["F1"]["interval"] == "90.0 to 96.0 %"
    recall = next(part for part in told["sections"] if part["metric"] == "recall")
    assert [mark["at"] for mark in recall["marks"]] == [98.0, 70.0]


def test_the_files_are_a_page_and_a_pdf(client: TestClient) -> None:
    page = client.post("/v1/insights/report", files=SENT)
    assert page.text == report_page(write_insights(EVALUATION))
    pdf = client.post("/v1/insights/report", files=SENT, data={"form": "pdf"})
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("files", "data", "status", "said"),
    [
        ({}, {"writer": "template"}, 422, "there is no file 'file'"),
        ({"file": ("x.json", b"{")}, {}, 422, "'x.json' is no JSON"),
        ({"file": ("x.json", b'{"kind": "weather"}')}, {}, 422, "of kind 'weather'"),
        (SENT, {"writer": "gpt"}, 422, "this service does not ask 'gpt'"),
        (SENT, {"form": "docx"}, 422, "there is no form 'docx'"),
    ],
)
def test_what_cannot_be_reported_on_is_refused_in_words(
    client: TestClient, files: dict, data: dict, status: int, said: str
) -> None:
    answer = client.post("/v1/insights/report", files=files, data=data)
    assert answer.status_code == status
    assert said in answer.json()["message"]


def test_the_client_has_the_same_report(live_service: LiveService, tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(EVALUATION))
    with Client(live_service.url) as asked:
        report = asked.insights.write(EVALUATION)
        assert asked.insights.write(path) == report
        assert asked.insights.file(path, form="pdf").startswith(b"%PDF-")
        with pytest.raises(Refused, match="this service does not ask 'gpt'"):
            asked.insights.write(EVALUATION, writer="gpt")
        with pytest.raises(BadSetting, match="cannot be read"):
            asked.insights.write(tmp_path / "gone.json")
    told = [one.text for section in report.sections for one in section.sentences]
    assert told[0] == "The accuracy of “the model” is 93.0 % (95 % interval 90.0 to 96.0 %)."
    assert report.facts[0].where == "/metrics/accuracy"


def test_a_dropped_result_becomes_a_report(
    visit: Visit, screenshot: Screenshot, live_service: LiveService, tmp_path: Path
) -> None:
    del live_service
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(EVALUATION))
    page = visit("/insights")
    page.click("#go")
    assert page.inner_text("#ask-error") == "Choose a result first."
    page.set_input_files("#file", path)
    page.click("#go")
    page.wait_for_selector("#report h3")
    assert "“Mugs” at 98.0 %" in page.inner_text("#report")
    page.locator(".told a").first.click()
    assert page.locator("#F1").is_visible()
    accessible(page)
    screenshot(page, "insights")
    with page.expect_download() as download:
        page.click("text=Take away as PDF")
    file = tmp_path / "insights.pdf"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF-")


def test_a_result_another_page_hands_on_is_written_at_once_on_a_phone(
    visit: Visit, screenshot: Screenshot
) -> None:
    page = visit("/insights", width=PHONE, dark=True)
    page.evaluate(
        """async (result) => (await import("/static/handed_on.js")).reportOn(result, "r.json")""",
        EVALUATION,
    )
    page.wait_for_selector("#report h3")
    fits(page)
    accessible(page)
    screenshot(page, "insights-phone")
    page.reload()
    assert page.locator("#report").is_hidden()  # it is taken once
