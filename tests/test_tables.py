"""Tables are read row by row; what is broken is said and the rest goes on."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasscase.catalog import text_lines
from glasscase.catalog.cells import as_text, listed
from glasscase.catalog.csv_records import guess_delimiter, read_records
from glasscase.catalog.prices import parse_price
from glasscase.catalog.tables import open_table
from glasscase.errors import BadCatalog, BadSetting

DATA = Path(__file__).parents[2] / "shared" / "data"


def _write(folder, content, name="p.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def _read(path, **options):
    table = open_table(path, **options)
    rows = list(table.rows)
    return table, rows


def test_plain_csv(tmp_path):
    table, rows = _read(_write(tmp_path, "id,name\n1,Mug\n2,Pot\n"))
    assert table.names == ("id", "name")
    assert rows == [(2, {"id": "1", "name": "Mug"}), (3, {"id": "2", "name": "Pot"})]
    assert table.problems == []


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path):
    text = 'id,name\n1,"two\nlines, and ""quotes"""\n\n2,Pot\n'
    _, rows = _read(_write(tmp_path, text))
    assert [row for row, _ in rows] == [2, 4]  # row 3 is blank; the two lines are one row
    assert rows[0][1]["name"] == 'two\nlines, and "quotes"'


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_guessed(tmp_path, delimiter):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow(["id", "name", "price"])
    for i in range(5):
        writer.writerow([i, f"Mug, big; blue | {i}\tone", "2,50"])
    table, rows = _read(_write(tmp_path, stream.getvalue()))
    assert table.names == ("id", "name", "price")
    assert rows[4][1] == {"id": "4", "name": "Mug, big; blue | 4\tone", "price": "2,50"}


def test_the_delimiter_can_be_overruled(tmp_path):
    path = _write(tmp_path, "id^name\n1^Mug, blue\n")
    assert open_table(path, delimiter="^").names == ("id", "name")


def test_one_column_needs_no_delimiter(tmp_path):
    table, rows = _read(_write(tmp_path, "title\nBlue mug\nRed pot\n"))
    assert table.names == ("title",)
    assert rows[1] == (3, {"title": "Red pot"})


@pytest.mark.parametrize(
    ("encoding", "noted"),
    [("utf-8", 0), ("utf-8-sig", 0), ("utf-16", 0), ("utf-16-le", 0), ("cp1252", 1)],
)
def test_encodings(tmp_path, encoding, noted):
    text = "id,name\n1,Caf\u00e9 \u20ac 5\n2,M\u00fcsli\n" + "3,plain\n" * 40
    table, rows = _read(_write(tmp_path, text.encode(encoding)))
    assert table.names == ("id", "name")
    assert rows[0][1]["name"] == "Caf\u00e9 \u20ac 5"
    assert rows[1][1]["name"] == "M\u00fcsli"
    assert [str(p) for p in table.problems] == [
        "encoding of 'p.csv' is not UTF-8 from line 2 on. "
        "It was read as Windows-1252 (Latin-1); save it as UTF-8 to be sure."
    ] * noted


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path, end):
    _, rows = _read(_write(tmp_path, f"id,name{end}1,Mug{end}2,Pot".encode()))
    assert [cells["name"] for _, cells in rows] == ["Mug", "Pot"]


@pytest.mark.parametrize("chunk", range(1, 9))
def test_line_ends_cut_by_the_reading_in_pieces(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(text_lines, "_CHUNK", chunk)
    _, rows = _read(_write(tmp_path, "id,name\r\n1,M\u00fcg\r\n2,Pot\r\n"))
    assert [(row, cells["name"]) for row, cells in rows] == [(2, "M\u00fcg"), (3, "Pot")]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("2,Pot,extra", "has 3 cells, the header has 2"),
        ("2", "has 1 cell, the header has 2"),
        ("2,P\0t", "holds a NUL character"),
        ('2,"Pot', "has quotes in wrong places"),
        ('2,"a" b "c', "has quotes in wrong places"),
    ],
)
def test_a_broken_row_in_the_middle(tmp_path, broken, reason):
    text = f'id,name\n1,"Mug"\n{broken}\n3,"Pan, big"\n4,"Lid"\n'
    table, rows = _read(_write(tmp_path, text))
    assert [(row, cells["id"]) for row, cells in rows] == [(2, "1"), (4, "3"), (5, "4")]
    assert [str(problem) for problem in table.problems] == [
        f"row 3: row {reason}. Mend it or quote its cells; it is left out."
    ]
    assert table.problems[0].dropped


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path):
    text = 'id,name\n1,"Mug\n' + "".join(f"{i},Pot {i}\n" for i in range(2, 3000))
    table, rows = _read(_write(tmp_path, text))
    assert len(rows) == 2998
    assert table.problems[0].reason == "opens a quote that is never closed"


def test_stray_inner_quotes_are_understood_on_one_line(tmp_path):
    table, rows = _read(_write(tmp_path, 'id,name,price\n1,"15" laptop, new",9\n2,5" pipe,3\n'))
    assert [cells["name"] for _, cells in rows] == ['15" laptop, new', '5" pipe']
    assert table.problems == []


def test_empty_cells_at_the_end_do_not_break_a_row(tmp_path):
    table, rows = _read(_write(tmp_path, "id,name\n1,Mug,,\n"))
    assert rows == [(2, {"id": "1", "name": "Mug"})]
    assert table.problems == []


def test_a_cell_of_a_megabyte(tmp_path):
    _, rows = _read(_write(tmp_path, f'id,name\n1,"{"word " * 200_000}"\n2,Pot\n'))
    assert len(rows[0][1]["name"]) == 1_000_000
    assert rows[1][1]["name"] == "Pot"


def test_names_that_are_double_or_blank(tmp_path):
    table, rows = _read(_write(tmp_path, "id,name,name,\n1,a,b,c\n"))
    assert table.names == ("id", "name", "name.2", "column 4")
    assert rows[0][1]["name.2"] == "b"
    assert str(table.problems[0]) == (
        "row 1: column 'name' is there twice; the later one is called 'name.2'. Rename one."
    )


def test_jsonl(tmp_path):
    lines = [{"id": 1, "name": "Mug"}, {"id": 2, "extra": ["a", "b"]}]
    text = "\n".join(map(json.dumps, lines)) + '\n{"id": 3,\n[1]\n\n{"id": 4}\n'
    table, rows = _read(_write(tmp_path, text, "p.jsonl"))
    assert table.names == ("id", "name", "extra")
    assert [(row, cells["id"]) for row, cells in rows] == [(2, 1), (3, 2), (7, 4)]
    assert [str(problem) for problem in table.problems] == [
        "row 4: row is not valid JSON. Mend it; it is left out.",
        "row 5: row is not a JSON object. Mend it; it is left out.",
    ]


def test_parquet_and_frame_give_the_same_rows(tmp_path):
    columns = {"id": ["a", "b"], "price": [1.5, None], "photos": [["x.jpg"], []]}
    pq.write_table(pa.table(columns), tmp_path / "p.parquet")
    _, stored = _read(tmp_path / "p.parquet")
    frame = pd.DataFrame({"id": ["a", "b"], "price": [1.5, float("nan")]})
    table, rows = _read(frame)
    assert stored[0] == (2, {"id": "a", "price": 1.5, "photos": ["x.jpg"]})
    assert rows[0] == (2, {"id": "a", "price": 1.5})
    assert as_text(rows[1][1]["price"]) is None
    assert table.name == "data frame"


@pytest.mark.parametrize("missing", [None, float("nan"), "nan", "NULL", "  ", "N/A", pd.NA, pd.NaT])
def test_missing_cells(missing):
    assert as_text(missing) is None


def test_cells_as_text():
    assert as_text(7.0) == "7"
    assert as_text(7.25) == "7.25"
    assert as_text("half \ud83d pair") == "half \ufffd pair"
    assert listed('["a.jpg", "b, c.jpg"]') == ["a.jpg", "b, c.jpg"]
    assert listed(["a.jpg", None]) == ["a.jpg"]
    assert listed("a.jpg; b.webp,c.png") == ["a.jpg", "b.webp", "c.png"]


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("Rs. 1,299", 1299.0),
        ("1.299,00 \u20ac", 1299.0),
        ("$1,299.50", 1299.5),
        ("12,5", 12.5),
        ("0.999", 0.999),
        ("1234.567", 1234.567),
        ("1,00,000", 100000.0),
        ("899.0", 899.0),
        ("free", None),
        ("", None),
    ],
)
def test_prices(text, price):
    assert parse_price(text) == price


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.csv", "", "catalogue '{}' is empty. It needs a header and rows."),
        ("p.csv", " \n\n ", "catalogue '{}' is empty. It needs a header and rows."),
        ("p.csv", "id,name\n", "catalogue '{}' has a header but no rows. Add products."),
        (
            "p.xlsx",
            "PK",
            "catalogue '{}' has the unknown ending '.xlsx'. "
            "Save it as CSV, TSV, Parquet or JSON Lines (.csv .tsv .txt .parquet .jsonl).",
        ),
        (
            "p.csv",
            "PK\x03\x04...",
            "catalogue '{}' is an Excel workbook or archive. Export it as CSV.",
        ),
        ("p.csv", "<!DOCTYPE html>", "catalogue '{}' is an HTML page. Download the table again."),
        ("p.jsonl", "", "catalogue '{}' is empty. It needs a header and rows."),
    ],
)
def test_what_is_no_table(tmp_path, name, content, message):
    path = _write(tmp_path, content, name)
    with pytest.raises(BadCatalog) as caught:
        open_table(path)
    assert str(caught.value) == message.format(path)


def test_missing_file_folder_and_damaged_parquet(tmp_path):
    with pytest.raises(BadCatalog) as caught:
        open_table(tmp_path / "no.csv")
    assert str(caught.value) == f"catalogue '{tmp_path / 'no.csv'}' does not exist. Check the path."
    with pytest.raises(BadCatalog, match="is a folder, not a table"):
        open_table(tmp_path)
    path = _write(tmp_path, "PAR1 and no more", "p.parquet")
    with pytest.raises(BadCatalog, match=r"p.parquet' is not a Parquet file \("):
        open_table(path)
    with pytest.raises(BadCatalog, match="a dict is not a catalogue"):
        open_table({"id": [1]})


@given(st.binary(max_size=400))
def test_any_bytes_as_csv_give_rows_or_bad_catalog(content):
    with tempfile.TemporaryDirectory() as folder:
        try:
            table, rows = _read(_write(Path(folder), content))
        except BadCatalog as error:
            assert error.reason  # noqa: PT017 - either outcome is right
        else:
            assert all(set(cells) == set(table.names) for _, cells in rows)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
                 min_size=2, max_size=2),
        min_size=1, max_size=8,
    ),
    st.sampled_from([",", ";", "\t", "|"]),
)  # fmt: skip
def test_what_the_csv_module_writes_is_read_back(rows, delimiter):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])
    lines = stream.getvalue().encode().splitlines(keepends=True)
    records = list(read_records((line.decode() for line in lines), delimiter))
    assert [record.cells for record in records] == [["a", "b"], *rows]
    assert not any(record.broken for record in records)


def test_guess_prefers_what_keeps_rows_in_step():
    assert guess_delimiter("id;a, b\n1;x, y, z\n2;w\n") == ";"
    assert guess_delimiter("title\nred, blue\n") == ","


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is absent")
@pytest.mark.parametrize("name", ["flipkart/products.csv", "reviews/alexa.tsv"])
def test_real_files_are_read_as_the_csv_module_reads_them(name):
    path = DATA / name
    with path.open(encoding="utf-8-sig", newline="") as stream:
        expected = list(csv.DictReader(stream, delimiter="\t" if name.endswith("tsv") else ","))
    table, rows = _read(path)
    assert [cells for _, cells in rows] == expected
    assert table.problems == []


@pytest.mark.parametrize("delimiter", ["\t", "\\t", "tab"])
def test_a_tab_can_be_given_as_the_shell_can_write_it(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id\ttitle\n1\tmug, blue\n")
    assert open_table(path, delimiter=delimiter).names == ("id", "title")


def test_a_delimiter_is_one_character(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,title\n1,mug\n")
    with pytest.raises(BadSetting, match=r"delimiter ';;' is not a character.*Give one character"):
        open_table(path, delimiter=";;")


def test_a_delimiter_that_divides_nothing_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,title\n1,mug\n")
    with pytest.raises(BadCatalog, match=r"its header has no ';' but ','\. Leave --delimiter out"):
        open_table(path, delimiter=";")
    path.write_text("title\nmug\n")
    assert open_table(path, delimiter=";").names == ("title",)
