"""A table becomes a table of answers: one for every row, in order, whole or not at all."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.workbooks import workbook_rows

from glasscase.catalog.cells import safe_cell
from glasscase.catalog.columns import Columns
from glasscase.catalog.product import Product
from glasscase.catalog.toy import ToyCatalogue
from glasscase.errors import BadCatalog, BadSetting, CannotWrite
from glasscase.jobs.predict import CHUNK_ROWS, PredictionCount, predict, predicted_rows
from glasscase.jobs.prediction_file import FIELDS, csv_rows, prediction_file
from glasscase.jobs.table_source import TableSource
from glasscase.models.classifier import ProductClassifier
from glasscase.models.prediction import Prediction
from glasscase.settings import Settings

MUG = Prediction(
    "7", "Kitchen > Mugs", 0.97, "accept", (("Kitchen > Mugs", 0.97), ("Toys", 0.03)), 0.6, 0.4,
    "", 2,
)  # fmt: skip
NOTHING = Prediction("8", None, None, "abstain", (), None, None, "neither words nor photo", 3)


class Parrot:
    """Answers with the first word of a product; stands for a model where only rows matter."""

    settings = Settings()
    columns = Columns(id="sku", text=("name",), label="kind")
    classes_ = ("a", "b")

    def __init__(self) -> None:
        self.asked: list[int] = []

    def predictions(self, products: Sequence[Product], **_: object) -> list[Prediction]:
        self.asked.append(len(products))
        return [
            Prediction(
                one.id,
                one.text.split()[0] if one.text else None,
                0.95 if one.text else None,
                "accept" if one.text else "abstain",
                (),
                None,
                None,
                "" if one.text else "nothing to go by",
                one.row,
            )
            for one in products
        ]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def table(path: Path, lines: Sequence[str]) -> TableSource:
    path.write_text("\n".join(["sku,name,kind", *lines]) + "\n", encoding="utf-8")
    return TableSource(path)


def test_every_row_has_an_answer_in_its_place(tmp_path: Path) -> None:
    lines = ["s1,red mug,a", "s2,blue mug", "s3,,b", "s1,green mug,a"]
    out = tmp_path / "out.csv"
    counted = predict(Parrot(), table(tmp_path / "new.csv", lines), out)
    rows = rows_of(out)
    assert [row["row"] for row in rows] == ["2", "3", "4", "5"]
    assert [row["id"] for row in rows] == ["s1", "", "s3", "s1#2"]
    assert [row["label"] for row in rows] == ["red", "", "", "green"]
    assert rows[1]["verdict"] == rows[2]["verdict"] == "abstain"
    assert "2 cells" in rows[1]["problem"]
    assert "nothing to go by" in rows[2]["problem"]
    assert "'s1' is there already" in rows[3]["problem"]
    assert (counted.rows, counted.accept, counted.abstain, counted.problems) == (4, 2, 2, 3)


def test_broken_rows_keep_their_place_in_a_table_of_many_pieces(tmp_path: Path) -> None:
    lines = [f"s{n},mug {n},a" for n in range(2, 3 * CHUNK_ROWS)]
    broken = {5, CHUNK_ROWS, CHUNK_ROWS + 1, 2 * CHUNK_ROWS + 7, len(lines) + 1}
    for row in broken:
        lines[row - 2] = f"s{row},half"
    parrot = Parrot()
    answers = list(predicted_rows(parrot, table(tmp_path / "new.csv", lines)))
    assert [answer.row for answer in answers] == list(range(2, len(lines) + 2))
    assert {answer.row for answer in answers if answer.verdict == "abstain"} == broken
    assert max(parrot.asked) <= CHUNK_ROWS


def test_columns_are_read_as_in_training_unless_named(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("title,sku,name,note\nTitle one,s1,name one,note one\n")
    as_trained = next(predicted_rows(Parrot(), TableSource(path)))
    assert (as_trained.id, as_trained.label) == ("s1", "name")
    named = TableSource(path, columns=Columns(text=("note",)))
    assert next(predicted_rows(Parrot(), named)).label == "note"


def test_the_three_kinds_of_file_say_the_same(tmp_path: Path) -> None:
    for ending in ("csv", "jsonl", "parquet"):
        with prediction_file(tmp_path / f"p.{ending}") as write:
            write([MUG])
            write([NOTHING])
    lines = (tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines()
    from_jsonl = [json.loads(line) for line in lines]
    from_parquet = parquet.read_table(tmp_path / "p.parquet").to_pylist()
    assert from_jsonl == from_parquet == [MUG.to_dict(), NOTHING.to_dict()]
    first, second = rows_of(tmp_path / "p.csv")
    assert list(first) == list(FIELDS)
    assert json.loads(first["top_k"]) == MUG.to_dict()["top_k"]
    assert (float(first["probability"]), first["label"]) == (0.97, "Kitchen > Mugs")
    assert (second["label"], second["probability"], second["top_k"]) == ("", "", "[]")


def test_a_workbook_holds_texts_as_texts(tmp_path: Path) -> None:
    evil = replace(MUG, id="=1+1", label="https://evil.example", problem="a\x01b", row=9)
    with prediction_file(tmp_path / "p.xlsx") as write:
        write([evil])
        write([NOTHING])
    first, second = workbook_rows(tmp_path / "p.xlsx")
    assert (first["id"], first["label"]) == ("=1+1", "https://evil.example")
    assert (first["row"], first["probability"]) == (9.0, 0.97)
    assert json.loads(first["top_k"]) == MUG.to_dict()["top_k"]
    assert "label" not in second
    assert second["problem"] == NOTHING.problem
    assert [path.name for path in tmp_path.iterdir()] == ["p.xlsx"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("-5", "-5"),
        ("+49 30 1234", "'+49 30 1234"),
        ("+1.5e3", "+1.5e3"),
        ("-1,250.00", "-1,250.00"),
        ("A > B", "A > B"),
        ("", ""),
    ],
)
def test_a_spreadsheet_runs_nothing(text: str, written: str) -> None:
    assert safe_cell(text) == written


def test_labels_and_problems_are_made_safe_and_numbers_stay_numbers() -> None:
    stream = io.StringIO()
    answer = Prediction("=A1", "-evil", 0.5, "review", (("-evil", 0.5),), 0.2, 0.8, "@me", 9)
    with csv_rows(stream) as write:
        write([answer])
    (row,) = csv.DictReader(io.StringIO(stream.getvalue()))
    assert (row["id"], row["label"], row["problem"]) == ("'=A1", "'-evil", "'@me")
    assert (row["probability"], row["row"], row["text_share"]) == ("0.5", "9", "0.2")


def test_an_unknown_ending_is_told_before_anything_is_predicted(tmp_path: Path) -> None:
    parrot = Parrot()
    with pytest.raises(BadSetting, match=r"'out.ods'.*\.csv, \.parquet, \.jsonl, \.xlsx"):
        predict(parrot, table(tmp_path / "new.csv", ["s1,mug,a"]), tmp_path / "out.ods")
    assert parrot.asked == []


def test_the_table_is_never_written_over(tmp_path: Path) -> None:
    source = table(tmp_path / "new.csv", ["s1,mug,a"])
    with pytest.raises(BadSetting, match="is the table itself"):
        predict(Parrot(), source, tmp_path / "sub" / ".." / "new.csv")


def test_a_table_that_cannot_be_read_leaves_the_old_predictions(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old")
    with pytest.raises(BadCatalog, match="does not exist"):
        predict(Parrot(), TableSource(tmp_path / "none.csv"), out)
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_full_disk_leaves_the_old_predictions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    out.write_text("old")
    source = table(tmp_path / "new.csv", ["s1,mug,a"])

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        predict(Parrot(), source, out)
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv", out.name]


def test_the_summary_is_one_paragraph() -> None:
    counted = PredictionCount()
    counted.add([MUG, MUG, NOTHING])
    assert str(counted) == (
        "3 rows: 2 can be accepted as they are, 0 should be looked at, for 1 the model abstains. "
        "Of 1 something could not be used: the column `problem` says what."
    )


def test_a_trained_model_predicts_the_new_products_of_the_toy_shop(
    toy_model: ProductClassifier, toy_shop: ToyCatalogue, tmp_path: Path
) -> None:
    out = tmp_path / "predictions.csv"
    source = TableSource(toy_shop.new, photos=toy_shop.images)
    counted = predict(toy_model, source, out)
    rows = rows_of(out)
    asked = rows_of(toy_shop.new)
    assert [row["id"] for row in rows] == [row["id"] for row in asked]
    assert counted.rows == len(asked)
    truth = {row["id"]: row for row in rows_of(toy_shop.truth)}
    known = [row for row in rows if truth[row["id"]]["case"] == "plain"]
    right = sum(row["label"] == truth[row["id"]]["true_category"] for row in known)
    assert right >= 0.8 * len(known)


class Heard:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)

    def track(self, items: object, **_: object) -> object:
        return items


def test_what_the_columns_are_taken_for_is_told_once(tmp_path: Path) -> None:
    heard = Heard()
    rows = ["s1,mug,a", "s2,pan,a"] * CHUNK_ROWS
    source = table(tmp_path / "new.csv", rows)
    assert list(predicted_rows(Parrot(), source, progress=heard))
    assert [message for message in heard.said if message.startswith("Columns")] == [
        "Columns: id: sku | text: name | photo: - | label: kind | price: - | brand: -"
    ]


def test_a_table_without_the_words_a_model_was_trained_on_is_told(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("sku,photo\ns1,a.jpg\n")
    heard = Heard()
    list(predicted_rows(Parrot(), TableSource(path, tmp_path), progress=heard))
    assert (
        "No column of text was found; the model was trained on name. Name it with --text."
        in heard.said
    )


def test_nothing_to_go_by_is_said_once(tmp_path: Path) -> None:
    (answer,) = predicted_rows(Parrot(), table(tmp_path / "new.csv", ["s1,,a"]))
    assert answer.problem == "nothing to go by"
