"""Corrections of an audit: written safely, applied to labels only, never to another table."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from conftest import Refused, Shell
from glasscase.catalog.category_paths import CategoryPaths
from glasscase.catalog.columns import Columns
from glasscase.catalog.csv_records import cell_spans, read_records
from glasscase.catalog.label_cells import label_cell
from glasscase.catalog.product import Product
from glasscase.errors import BadCatalog, BadSetting
from glasscase.jobs.correct import Corrected, correct
from glasscase.jobs.decisions.corrections_file import FIELDS, read_decisions, write_corrections
from glasscase.review.worklist import Case, Reason

SHOP = (
    "id,title,category,note\r\n"
    "1,Blue mug,Kitchen > Mugs,plain\r\n"
    '2,"Red müg, ""large""","Toys > Balls","a note\r\nof two lines"\r\n'
    "\r\n"
    "3,Ball,Toys > Balls,  spaces  \r\n"
    "4,Plate,Kitchen > Plates,ü\r\n"
)


def case(id: str, label: str, suggested: str | None, row: int | None = None, text: str = "x"):
    product = Product(id, texts={"title": text}, row=row)
    return Case(product, label, 0.9, suggested, 0.8, 0.1, (Reason("model", "It says so."),))


def filled(path: Path, *rows: dict[str, str], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS, restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def row(id: str, label: str, suggested: str, decision: str = "accept", **more: str):
    return {"id": id, "label": label, "suggested": suggested, "decision": decision, **more}


@pytest.fixture
def apply(tmp_path: Path):
    def run(content: bytes, *rows: dict[str, str], name: str = "shop.csv", **options):
        table = tmp_path / name
        table.write_bytes(content)
        work = filled(tmp_path / "work.csv", *rows)
        done = correct(table, work, tmp_path / f"cleaned{table.suffix}", **options)
        return done, done.path.read_bytes()

    return run


RED = row("2", "Toys > Balls", "Kitchen > Mugs")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be"])
def test_only_the_label_changes_in_any_encoding(apply, encoding: str) -> None:
    done, after = apply(SHOP.encode(encoding), RED)
    assert after == SHOP.replace('"Toys > Balls"', '"Kitchen > Mugs"').encode(encoding)
    [changed] = done.changed
    assert (changed.row, changed.product_id) == (3, "2")
    assert (changed.before, changed.after) == ("Toys > Balls", "Kitchen > Mugs")


def test_what_is_kept_or_open_stays_byte_for_byte(apply) -> None:
    done, after = apply(
        SHOP.encode(), RED | {"decision": "keep"}, row("3", "Toys > Balls", "Kitchen > Mugs", "")
    )
    assert after == SHOP.encode()
    assert (done.changed, done.kept, done.undecided, done.problems) == ((), 1, 1, ())


def test_a_cell_keeps_its_form(apply) -> None:
    table = (
        'id;title;category\n1;Blue mug;"[""Kitchen >> Mugs >> Blue Mug""]"\n'
        '2;Ball;"[""Toys >> Balls""]"\n3;Bat;Toys>>Bats\n'
    )
    done, after = apply(
        table.encode(), row("2", "Toys", "Kitchen"), row("3", "Toys", "Kitchen > Mugs")
    )
    assert not done.problems
    assert after.decode().splitlines()[2:] == ['2;Ball;"[""Kitchen""]"', "3;Bat;Kitchen>>Mugs"]


def test_a_list_of_levels_stays_one() -> None:
    paths = CategoryPaths()
    assert label_cell(("Home", "Mugs"), '["Toys", "Balls"]', paths) == '["Home", "Mugs"]'
    assert label_cell(("Home",), "Toys", paths) == "Home"


def test_json_lines(apply) -> None:
    lines = [
        '{"id": "1", "title": "Blue mug",  "category": "Kitchen"}',
        '{"id": "2", "title": "Bäll", "category": ["Toys"]}',
        "",
        '{"id": "3", "title": "Big ball", "category": "Toys"}',
    ]
    done, after = apply(
        "\n".join(lines).encode(),
        row("1", "Kitchen", "Toys"),
        row("2", "Toys", "Kitchen"),
        name="shop.jsonl",
    )
    assert not done.problems
    [first, second, *rest] = after.decode().split("\n")
    assert json.loads(first) == json.loads(lines[0]) | {"category": "Toys"}
    assert json.loads(second) == json.loads(lines[1]) | {"category": ["Kitchen"]}
    assert rest == lines[2:]


def test_parquet_keeps_its_columns_and_types(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema(
        [("id", pa.int64()), ("title", pa.string()), ("category", pa.large_string()),
         ("price", pa.float32())],
        metadata={"shop": "ours"},
    )  # fmt: skip
    columns = {"id": [1, 2], "title": ["Blue mug", "Ball"], "category": ["Toys", "Kitchen"],
               "price": [1.5, None]}  # fmt: skip
    parquet.write_table(pa.table(columns, schema=schema), tmp_path / "shop.parquet")
    work = filled(tmp_path / "work.csv", row("1", "Toys", "Kitchen"))
    done = correct(tmp_path / "shop.parquet", work, tmp_path / "cleaned.parquet")
    after = parquet.read_table(done.path)
    assert len(done.changed) == 1
    assert after.schema.equals(schema, check_metadata=True)
    assert after.to_pydict() == columns | {"category": ["Kitchen", "Kitchen"]}


def test_applying_twice_changes_nothing_more(apply) -> None:
    _, once = apply(SHOP.encode(), RED)
    done, twice = apply(once, RED)
    assert twice == once
    assert (done.changed, done.already, done.problems) == ((), 1, ())


def test_a_person_may_know_better(apply) -> None:
    done, after = apply(SHOP.encode(), RED | {"suggested": "Kitchen > Plates"})
    assert done.changed[0].after == "Kitchen > Plates"
    assert b'"Kitchen > Plates","a note' in after


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"decision": "acept"}, "row 3: decision 'acept' is neither accept nor keep. Write one"),
        ({"id": "77"}, "row 3: id '77' is not in the catalogue. Check the id"),
        ({"suggested": "Kitchen > Mug"}, "no category of the catalogue. Did you mean 'Kitchen > "),
        ({"suggested": ""}, "row 3: suggested is blank, so there is nothing to accept. Write"),
        ({"label": "Kitchen > Mugs"}, "row 3: label 'Kitchen > Mugs' is not that of product '3'"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_and_the_others_go_on(apply, bad: dict[str, str], told: str) -> None:
    other = row("3", "Toys > Balls", "Kitchen > Plates")
    done, after = apply(SHOP.encode(), RED, other | bad)
    assert after == SHOP.replace('"Toys > Balls"', '"Kitchen > Mugs"').encode()
    [problem] = done.problems
    assert told in str(problem)


def test_one_product_twice(apply) -> None:
    done, _ = apply(SHOP.encode(), RED, RED, RED | {"suggested": "Kitchen > Plates"})
    assert len(done.changed) == 1
    assert [str(one) for one in done.problems] == [
        "row 4: suggested '2' is there twice, with different labels. Keep one of the rows."
    ]


def test_corrections_of_another_catalogue_are_refused(apply, tmp_path: Path) -> None:
    with pytest.raises(BadCatalog, match=r"is not of catalogue .*: 2 of its 2 decisions name"):
        apply(SHOP.encode(), row("x1", "A", "B"), row("x2", "A", "B"))
    assert not list(tmp_path.glob("cleaned*"))


def test_without_ids_the_words_must_agree(apply) -> None:
    table = "title,category\nBlue mug with handle,Toys\nRed ball,Toys\nBig plate,Kitchen\n"
    given = Columns(text=("title",), label="category")
    wanted = row("2", "Toys", "Kitchen", words="Blue mug with handle")
    done, after = apply(table.encode(), wanted, columns=given)
    assert after.decode() == table.replace("handle,Toys", "handle,Kitchen")
    lines = table.splitlines()
    moved = "\n".join([lines[0], lines[2], lines[1], lines[3]])
    with pytest.raises(BadCatalog, match="is not of catalogue"):
        apply(moved.encode(), wanted, columns=given)


def test_formulas_do_not_run_and_come_back(tmp_path: Path) -> None:
    work = tmp_path / "work.csv"
    write_corrections(work, [case("=cmd()", "@Toys", "+Kitchen", row=2, text="=HYPERLINK(1)")])
    [cells] = list(csv.DictReader(io.StringIO(work.read_text(encoding="utf-8"))))
    assert cells["id"] == "'=cmd()"
    for value in cells.values():
        assert not value.startswith(("=", "+", "-", "@"))
    table = tmp_path / "shop.csv"
    table.write_text("id,title,category\n=cmd(),=HYPERLINK(1),@Toys\n2,Plate,+Kitchen\n")
    filled(work, cells | {"decision": "accept"})
    correct(table, work, tmp_path / "cleaned.csv")
    assert "=cmd(),=HYPERLINK(1),+Kitchen\n" in (tmp_path / "cleaned.csv").read_text()


def test_a_spreadsheet_may_change_the_delimiter(tmp_path: Path) -> None:
    work = filled(tmp_path / "work.csv", RED | {"decision": " Accept "}, delimiter=";")
    [decision], problems = read_decisions(work)
    assert (decision.id, decision.decision, problems) == ("2", "accept", [])


def test_decisions_are_not_written_over(tmp_path: Path) -> None:
    work = tmp_path / "work.csv"
    write_corrections(work, [case("1", "a", "b")])
    write_corrections(work, [case("2", "a", "b")])
    filled(work, RED)
    before = work.read_bytes()
    with pytest.raises(BadSetting, match="holds decisions, which would be lost"):
        write_corrections(work, [case("1", "a", "b")])
    assert work.read_bytes() == before


def test_no_file_is_its_own_correction(tmp_path: Path) -> None:
    table, work = tmp_path / "shop.csv", filled(tmp_path / "work.csv", RED)
    table.write_text(SHOP)
    for out in (table, work):
        with pytest.raises(BadSetting, match="would be overwritten"):
            correct(table, work, out)


def test_what_cannot_be_corrected_says_so(tmp_path: Path, refused: Refused) -> None:
    table, work = tmp_path / "shop.csv", filled(tmp_path / "work.csv", RED)
    table.write_text(SHOP)
    out = tmp_path / "cleaned.csv"
    plain = tmp_path / "plain.csv"
    plain.write_text("id,title\n1,Mug\n")
    assert "Give it --out FILE" in refused("audit", table, "--apply", work)
    for source, decisions, told in (
        (table, table, "is no worklist: it has no column"),
        (plain, work, "Name it with --label"),
        (tmp_path, work, "is a folder"),
    ):
        assert told in refused("audit", source, "--apply", decisions, "--out", out)
    assert not out.exists()


def test_the_shell_applies(shell: Shell, tmp_path: Path) -> None:
    table, work, out = (tmp_path / name for name in ("shop.csv", "work.csv", "cleaned.csv"))
    table.write_bytes(SHOP.encode())
    filled(work, RED, row("9", "a", "b"), row("3", "Toys > Balls", "Toys", "keep"))
    code, words, err = shell("audit", table, "--apply", work, "--out", out)
    assert (code, err) == (0, "")
    assert "row 3: id '9' is not in the catalogue" in words
    assert "1 labels changed, 0 were right already, 1 kept, 0 not decided" in words
    code, told, _ = shell("audit", table, "--apply", work, "--out", out, "--json")
    assert json.loads(told)["changed"] == [
        {"row": 3, "product_id": "2", "before": "Toys > Balls", "after": "Kitchen > Mugs"}
    ]


def test_records_know_their_lines_and_cells() -> None:
    text = 'a,b\n\n"x\ny",2\n"open,3\n4,"s"t\n'
    lines = text.splitlines(keepends=True)
    for record in read_records(lines, ","):
        stored = "".join(lines[record.first_line : record.first_line + record.lines])
        if not record.broken:
            spans = cell_spans(stored, ",", record.cells)
            assert spans is not None
            cells = [stored[begin:end] for begin, end in spans]
            assert [cell.strip('"') for cell in cells] == [c.strip('"') for c in record.cells]
    assert [(r.first_line, r.lines) for r in read_records(lines, ",")][:2] == [(0, 1), (2, 2)]


def test_corrected_says_everything(tmp_path: Path) -> None:
    told = Corrected(tmp_path, (), 1, 2, 3, ()).to_dict()
    assert (told["already"], told["kept"], told["undecided"]) == (1, 2, 3)


def test_a_new_label_is_written_in_the_encoding_of_the_file(apply) -> None:
    table = "id,title,category\n1,Ball,Toys\n2,Müsli,Frühstück\n"
    done, after = apply(table.encode("cp1252"), row("1", "Toys", "Frühstück"))
    assert not done.problems
    assert after == table.replace("Toys", "Frühstück").encode("cp1252")


def test_a_label_the_file_cannot_hold_is_told(apply) -> None:
    table = "id,title,category\n1,Müsli,Toys\n2,Tee,茶\n"
    mixed = table.splitlines(keepends=True)
    stored = b"".join(line.encode("cp1252" if "ü" in line else "utf-8") for line in mixed)
    done, after = apply(stored, row("1", "Toys", "茶"))
    assert after == stored
    assert "row 2: label cannot be changed in the file" in str(done.problems[0])
