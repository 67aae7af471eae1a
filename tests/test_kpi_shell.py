"""`glasscase kpi`, its page, and its facts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from conftest import Shell
from glasscase.errors import BadSetting
from glasscase.jobs.kpis.kpi_options import KpiOptions
from glasscase.jobs.ledgers.facts_of import ledger_of
from glasscase.jobs.predict_kpi import predict_kpi
from glasscase.kpi.page import kpi_page
from kpi_shops import plain, write

FEW = ("--models", "ridge", "--quiet")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The JSON of a result with an experiment."""
    columns = plain(140)
    columns["arm"] = ["new" if i % 2 else "old" for i in range(140)]
    columns["sales"] = [s + 300 * (i % 2) for i, s in enumerate(columns["sales"])]
    columns["<b>brand</b>"] = columns.pop("brand")
    table = write(tmp_path_factory.mktemp("kpi") / "shop.csv", columns)
    options = KpiOptions(models=("ridge",), experiment="arm")
    return predict_kpi(table, "sales", options=options).to_dict()


def test_a_model_is_made_and_answers_in_the_shell(shell: Shell, tmp_path: Path) -> None:
    table = write(tmp_path / "shop.csv", plain(120))
    code, out, err = shell("kpi", table, "--target", "sales", "--group", "brand",
                           "--out", tmp_path / "out", *FEW)  # fmt: skip

    assert code == 0, err
    assert re.search(r"ridge: names \* +0\.\d\d \(", out)
    assert "associated, goes with less" in out
    assert f"The page is {tmp_path}/out/kpi.html" in out
    code, out, err = shell("kpi", table, "--model", tmp_path / "out" / "model", "--json")
    answers = json.loads(out)["predictions"]
    assert len(answers) == 120
    assert answers[0]["low"] < answers[0]["predicted"] < answers[0]["high"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((), "there is no target. Name the column of the KPI with --target."),
        (("--target", "sails"), "there is no column 'sails'. Did you mean 'sales'?"),
        (("--target", "colour"), "column 'colour' holds text: 60 of 60 values are no numbers"),
        (("--target", "sales"), "60 rows have a usable 'sales'; below 100 its figures would be"),
        (
            ("--target", "sales", "--models", "forest"),
            "there is no model 'forest'. Use mean, ridge",
        ),
        (("--target", "sales", "--level", "2"), "an interval level of 2 is impossible."),
        (("--model", "nowhere"), "there is no model of a KPI at 'nowhere'. Name the folder"),
        (("--model", "x", "--target", "sales"), "--target and --model exclude one another."),
        (("--model", "x", "--time", "week"), "--time and --model exclude one another. A model was"),
    ],
)
def test_mistakes_are_one_line(
    shell: Shell, tmp_path: Path, asked: tuple[str, ...], said: str
) -> None:
    table = write(tmp_path / "shop.csv", plain(60))
    code, out, err = shell("kpi", table, *asked)

    assert (code, out) == (2, "")
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_the_page_is_one_file_and_nothing_from_outside_is_markup(told: dict[str, Any]) -> None:
    page = kpi_page(told)

    assert "<script" not in page
    assert "<b>brand</b>" not in page
    assert "&lt;b&gt;brand&lt;/b&gt;" in page
    assert page.count("data:image/svg+xml") == 4
    assert "What goes with <bdi>sales</bdi>" in page
    assert not re.search(r"\bdriv(es|e)\b|\bcaus(es|ed)\b", page.replace("speaks of causes", ""))


def test_facts_stand_in_the_result_and_only_the_experiment_is_one(told: dict[str, Any]) -> None:
    ledger = ledger_of(told)
    experimental = [fact for fact in ledger if fact.experimental]

    assert [fact.subject for fact in experimental] == ["new"]
    assert experimental[0].comparator == "old"
    assert experimental[0].value == told["experiment"]["differences"][0]["value"]
    assert any(fact.metric == "importance for the prediction" for fact in ledger)
    biased = {**told, "experiment": {**told["experiment"], "causal": False}}
    assert not any(fact.experimental for fact in ledger_of(biased))
    changed = json.loads(json.dumps(told))
    changed["intervals"] = {}
    with pytest.raises(BadSetting, match="the result of kind 'kpi' is damaged"):
        ledger_of(changed)
