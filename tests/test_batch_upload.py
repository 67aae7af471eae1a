"""Hostile zips and tables: each is refused with a reason, or one row's problem."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.parrot import Parrot

from glasscase.errors import BadCatalog, CannotWrite, GlasscaseError, TooLarge
from glasscase.jobs.batches import batch_zip
from glasscase.jobs.batches.batch_options import BatchOptions
from glasscase.jobs.batches.batch_preview import preview
from glasscase.jobs.batches.batch_rows import pieces
from glasscase.jobs.batches.batch_upload import BatchUpload
from glasscase.settings.service import LimitSettings

LIMITS = LimitSettings(
    batch_rows=50, batch_files=60, batch_megabytes=5, batch_unpacked_megabytes=8,
    max_photo_megabytes=1,
)  # fmt: skip
TABLE = b"sku,name\n1,sure mug\n"


def taken(folder: Path, name: str, data: bytes, limits: LimitSettings = LIMITS) -> BatchUpload:
    (folder / "u").mkdir()
    (folder / "u" / "received").write_bytes(data)
    return BatchUpload.take_in(folder / "u" / "received", name, limits)


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], deflated: bool = False) -> bytes:
    data = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(data, "w", kind) as packed:
        for name, content in members:
            if isinstance(name, zipfile.ZipInfo):
                name.compress_type = kind
            packed.writestr(name, content)
    return data.getvalue()


def renamed(name: bytes) -> bytes:
    """A zip whose one file is called `name`, as no honest program would call it."""
    plain = b"x" * (len(name) - 4) + b".jpg"
    return zipped((plain.decode(), b"photo")).replace(plain, name)


def linked() -> bytes:
    link = zipfile.ZipInfo("a.jpg")
    link.external_attr = 0o120777 << 16
    return zipped((link, b"/etc/passwd"))


def encrypted() -> bytes:
    data = bytearray(zipped(("a.jpg", b"photo")))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def long_list(entries: int) -> bytes:
    """A zip that is nothing but a list of files that are not there."""
    entry = b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", *[20] * 6, 0, 0, 0, 1, *[0] * 4, 0, 0)
    listed = (entry + b"a") * entries
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 9, 9, len(listed), 0, 0)
    return b"PK\x03\x04" + listed + end


def lying_zip64() -> bytes:
    """A zip whose end says that its list is longer than any memory."""
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 60, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, 4, 1)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", *[0xFFFF] * 4, *[0xFFFFFFFF] * 2, 0)
    return b"PK\x03\x04" + record + locator + end


ZEROS = bytes(900_000)
REFUSED_ZIPS: dict[str, tuple[Callable[[], bytes], type[GlasscaseError], str]] = {
    "a name that goes up": (
        lambda: renamed(b"../../../evil.jpg"), BadCatalog,
        "'s.zip' holds '../../../evil.jpg', which leaves its folder. Pack it again as a plain zip.",
    ),
    "an absolute name": (
        lambda: renamed(b"/etc/cron.d/a.jpg"), BadCatalog,
        "'s.zip' holds '/etc/cron.d/a.jpg', which leaves its folder. Pack it again as a plain zip.",
    ),
    "backslashes": (
        lambda: renamed(b"..\\..\\evil.jpg"), BadCatalog,
        "'s.zip' holds '..\\..\\evil.jpg', which leaves its folder. Pack it again as a plain zip.",
    ),
    "a single backslash": (
        lambda: renamed(b"images\\1.jpg"), BadCatalog,
        "'s.zip' holds 'images\\1.jpg', which leaves its folder. Pack it again as a plain zip.",
    ),
    "a drive": (
        lambda: renamed(b"C:/evil.jpg"), BadCatalog,
        "'s.zip' holds 'C:/evil.jpg', which leaves its folder. Pack it again as a plain zip.",
    ),
    "a zero byte": (
        lambda: renamed(b"a.jpg\0evil.exe"), BadCatalog,
        "'s.zip' holds 'a.jpg\\x00evil.exe', which leaves its folder. "
        "Pack it again as a plain zip.",
    ),
    "a link": (
        linked, BadCatalog,
        "'s.zip' holds 'a.jpg', which is neither a file nor a folder. Pack it again as a plain",
    ),
    "a password": (encrypted, BadCatalog, "'s.zip' is encrypted. Pack it without a password."),
    "a broken end": (
        lambda: zipped(("a.jpg", b"photo"))[:-8], BadCatalog,
        "'s.zip' is damaged: File is not a zip file. Pack it again as a plain zip.",
    ),
    "tiny files": (
        lambda: zipped(*((f"{n}.jpg", b"") for n in range(61))), TooLarge,
        "'s.zip' holds 61 files, the most is 60. "
        "Send it in parts, or raise limits.batch_files.",
    ),
    "a list without end": (
        lambda: long_list(60_000), TooLarge,
        "the zip's list of files is too long. Send fewer files at once.",
    ),
    "a lie of 64 bits": (lying_zip64, BadCatalog, "'s.zip' is damaged"),
    "a bomb that says so": (
        lambda: zipped(*((f"{n}.jpg", ZEROS) for n in range(10)), deflated=True), TooLarge,
        "'s.zip' unpacks to over 8 MB. "
        "Send it in parts, or raise limits.batch_unpacked_megabytes.",
    ),
    "two tables": (
        lambda: zipped(("a.csv", TABLE), ("b/c.csv", TABLE)), BadCatalog,
        "'s.zip' holds 2 tables: 'a.csv', 'b/c.csv'. Leave one in it.",
    ),
    "nothing": (
        lambda: zipped(("a.exe", b"MZ")), BadCatalog,
        "'s.zip' holds neither a table nor photos. Look what is in it.",
    ),
    "nothing at all": (
        lambda: zipped(), BadCatalog,
        "'s.zip' holds neither a table nor photos. Look what is in it.",
    ),
    "a zip in a zip": (
        lambda: zipped(("in.zip", zipped(("a.jpg", b"x")))), BadCatalog,
        "'s.zip' holds neither a table nor photos. Look what is in it.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED_ZIPS)
def test_a_zip_that_is_not_meant_well_is_refused(tmp_path: Path, case: str) -> None:
    made, kind, words = REFUSED_ZIPS[case]
    with pytest.raises(kind) as refused:
        taken(tmp_path, "s.zip", made())
    assert type(refused.value) is kind
    assert str(refused.value).startswith(words)
    there = [Path(parent) / one for parent, _, names in os.walk(tmp_path) for one in names]
    assert all(one.is_relative_to(tmp_path / "u") for one in there)


def test_a_bomb_that_lies_about_its_size_is_stopped(tmp_path: Path) -> None:
    data = bytearray(zipped(*((f"{n}.jpg", ZEROS) for n in range(12)), deflated=True))
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        struct.pack_into("<I", data, at + 24, 5)  # each says it unpacks to 5 bytes
    upload = taken(tmp_path, "s.zip", bytes(data))
    assert {one.reason for one in upload.left_out} == {"is damaged"}
    unpacked = [one for one in (tmp_path / "u").rglob("*.jpg") if one.is_file()]
    assert unpacked == []


def test_bytes_are_counted_whatever_was_said_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_zip, "_pieces", lambda *_: iter([ZEROS] * 10))
    with pytest.raises(TooLarge, match=r"unpacks to over 8 MB"):
        taken(tmp_path, "s.zip", zipped(*((f"{n}.jpg", b"x") for n in range(9))))


def test_a_shop_s_zip_that_unpacks_to_a_hundred_times_its_size_is_a_bomb(tmp_path: Path) -> None:
    limits = LimitSettings(batch_unpacked_megabytes=2000)
    data = zipped(*((f"{n}.jpg", bytes(14_000_000)) for n in range(4)), deflated=True)
    with pytest.raises(TooLarge, match=r"unpacks to over 100 times its size"):
        taken(tmp_path, "s.zip", data, limits)


def crc_broken() -> bytes:
    return zipped(("t.csv", TABLE), ("a.jpg", b"photo-of-a-mug")).replace(b"of-a-mug", b"of-a-cup")


LEFT_OUT: dict[str, tuple[bytes, str, str]] = {
    "a wrong checksum": (crc_broken(), "a.jpg", "is damaged"),
    "a photo too large": (
        zipped(("t.csv", TABLE), ("a.jpg", bytes(1_100_000))), "a.jpg", "is larger than 1 MB",
    ),
    "letters turned around": (
        zipped(("t.csv", TABLE), ("\u202egpj.exe.jpg", b"x")), "\\u202egpj.exe.jpg",
        "has characters in its name that are not seen",
    ),
    "a name no disk takes": (
        zipped(("t.csv", TABLE), ("x" * 300 + ".jpg", b"x")), "x" * 120 + "...",
        "has too long a name",
    ),
    "a file as a folder": (
        zipped(("t.csv", TABLE), ("a.jpg", b"x"), ("a.jpg/b.jpg", b"x")), "a.jpg/b.jpg",
        "is called as another file's folder",
    ),
    "a program": (
        zipped(("t.csv", TABLE), ("run.exe", b"MZ")), "run.exe", "is neither a photo nor a table",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT_OUT)
def test_a_single_bad_file_is_left_out_and_told(tmp_path: Path, case: str) -> None:
    data, name, reason = LEFT_OUT[case]
    upload = taken(tmp_path, "s.zip", data)
    assert [(one.name, one.reason) for one in upload.left_out] == [(name, reason)]
    assert upload.table == "unpacked/t.csv"
    assert BatchUpload.open(upload.folder) == upload
    assert not (tmp_path / "u" / "received").exists()


def test_a_name_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("t.csv", TABLE), ("a.jpg", b"first"), ("a.jpg", b"second"))
    upload = taken(tmp_path, "s.zip", data)
    assert [(one.name, one.reason) for one in upload.left_out] == [("a.jpg", "is there twice")]
    assert (upload.folder / "unpacked" / "a.jpg").read_bytes() == b"first"


def test_what_a_mac_leaves_in_a_zip_is_not_told(tmp_path: Path) -> None:
    litter = (("__MACOSX/._t.csv", b"x"), (".DS_Store", b"x"), ("Thumbs.db", b"x"))
    upload = taken(tmp_path, "s.zip", zipped(("t.csv", TABLE), *litter))
    assert upload.left_out == ()
    assert upload.rows == 1


def workbook() -> bytes:
    return zipped(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"))


REFUSED_TABLES: dict[str, tuple[str, bytes, type[GlasscaseError], str]] = {
    "no table": ("a.pdf", b"%PDF", BadCatalog, "'a.pdf' is no table that can be read. Send CSV"),
    "no name": ("", b"sku\n1\n", BadCatalog, "'' is no table that can be read. Send CSV, TSV"),
    "a workbook": (
        "a.xlsx", workbook(), BadCatalog, "'a.xlsx' is a workbook. Save it as CSV in UTF-8.",
    ),
    "a workbook called csv": (
        "a.csv", workbook(), BadCatalog, "'a.csv' holds neither a table nor photos.",
    ),
    "a page": ("a.csv", b"<!doctype html>", BadCatalog, "catalogue 'a.csv' is an HTML page."),
    "only spaces": ("a.csv", b"  \n\n", BadCatalog, "catalogue 'a.csv' is empty."),
    "too many rows": (
        "a.csv", b"sku,name\n" + b"1,x\n" * 51, TooLarge,
        "'a.csv' has more than 50 rows. Send it in parts, or raise limits.batch_rows.",
    ),
    "too many broken rows": (
        "a.csv", b"sku,name\n" + b"\0xy\n" * 200_000, TooLarge, "'a.csv' has more than 50 rows.",
    ),
    "a cell without end": (
        "a.csv", b"sku,name\n1,x\n2," + b"x" * 3_000_000 + b"\n", TooLarge,
        "product 2 of 'a.csv' has 3,000,001 characters, the most is 200,000. "
        "Look whether a quote is missing, or leave that column out.",
    ),
    "a line of JSON without end": (
        "a.jsonl", b'{"a": "' + b"x" * 3_000_000 + b'"}\n', TooLarge, "product 1 of 'a.jsonl'",
    ),
    "too many lines of JSON": ("a.jsonl", b"[]\n" * 51, TooLarge, "'a.jsonl' has more than 50"),
    "no Parquet": ("a.parquet", b"PAR1 no", BadCatalog, "catalogue 'a.parquet' is not a Parquet"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED_TABLES)
def test_a_table_that_cannot_be_a_batch_is_refused(tmp_path: Path, case: str) -> None:
    name, data, kind, words = REFUSED_TABLES[case]
    with pytest.raises(kind) as refused:
        taken(tmp_path, name, data)
    assert type(refused.value) is kind
    assert str(refused.value).startswith(words)
    assert str(tmp_path) not in str(refused.value)


def test_a_parquet_file_with_too_many_rows_is_refused(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"name": ["x"] * 51}), tmp_path / "t.parquet")
    with pytest.raises(TooLarge, match="has more than 50 rows"):
        taken(tmp_path, "t.parquet", (tmp_path / "t.parquet").read_bytes())


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (",".join(f"c{n}" for n in range(1_000_000)), "a table has more than 20,000 columns"),
        (",".join("a" for n in range(20_001)), "a table has more than 20,000 columns"),
        ("a,b", "no column of 't.csv' looks like text, and no photos are given. Name text columns "
                "with text or photos with photos. Columns are: a, b."),
    ],
)  # fmt: skip
def test_odd_columns_are_refused_in_plain_words(tmp_path: Path, header: str, words: str) -> None:
    upload = taken(tmp_path, "t.csv", f"{header}\n1,2\n".encode())
    model = Parrot()
    model.columns = type(model.columns)()
    with pytest.raises(BadCatalog) as refused:
        preview(model, upload, BatchOptions("t.csv"))
    assert str(refused.value).startswith(words)


ODD_TABLES: dict[str, tuple[bytes, list[int], list[int]]] = {
    "formulas": (b"sku,name\n=1+1,@SUM(A1)\n-2,=cmd|' /C calc'!A0\n", [2, 3], []),
    "a huge cell": (b"sku,name\n1," + b"x" * 150_000 + b"\n2,y\n", [2, 3], []),
    "zero bytes": (b"sku,name\n1,a\n2,b\0c\n3,d\n", [2, 4], [3]),
    "another encoding": ("sku,name\n1,Süße Tasse\n".encode("cp1252"), [2], []),
    "UTF-16": ("sku,name\n1,Süße Tasse\n".encode("utf-16"), [2], []),
    "wide rows": (b"sku,name\n1" + b"," * 100_000 + b"\n2" + b",x" * 9_000 + b"\n", [2], [3]),
    "an open quote": (b'sku,name\n1,"never closed\n2,b\n', [3], [2]),
    "blank lines": (b"sku,name\n\n\n1,a\n", [4], []),
}


@pytest.mark.parametrize("case", ODD_TABLES)
def test_odd_rows_are_read_or_told(tmp_path: Path, case: str) -> None:
    data, read, broken = ODD_TABLES[case]
    upload = taken(tmp_path, "t.csv", data)
    (piece,) = pieces(Parrot(), upload, BatchOptions("t.csv"))
    assert [product.row for product in piece.products] == read
    assert [one.row for one in piece.problems if one.dropped] == broken
    longest = max(len(product.text) for product in piece.products)
    assert longest <= Parrot().settings.text.max_characters


def test_the_list_of_a_zip_is_not_read_whole_before_its_length_is_known(tmp_path: Path) -> None:
    data = long_list(60_000)
    tracemalloc.start()
    with pytest.raises(TooLarge):
        taken(tmp_path, "s.zip", data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_000_000 < len(data)


def test_a_full_disk_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    (tmp_path / "received").write_bytes(zipped(("a/b.jpg", b"x")))
    with pytest.raises(CannotWrite, match="No space left on device"):
        BatchUpload.take_in(tmp_path / "received", "s.zip", LIMITS)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadCatalog, match=r"the file that was sent is gone. Send it again."):
        BatchUpload.open(tmp_path)
