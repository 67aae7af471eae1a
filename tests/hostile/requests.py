"""Whole requests: forms and JSON that are too many, too deep, or not what they say."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

MARK = "hostile-7d3f"
FORM = f"multipart/form-data; boundary={MARK}"
JSON = "application/json"
Request = tuple[str, bytes]
"""Content-Type and body."""


def part(name: str, value: bytes, *, file: str | None = None, kind: str = "") -> bytes:
    """One part of a form."""
    told = f'Content-Disposition: form-data; name="{name}"'
    told += f'; filename="{file}"' if file is not None else ""
    told += f"\r\nContent-Type: {kind}" if kind else ""
    return f"--{MARK}\r\n{told}\r\n\r\n".encode() + value + b"\r\n"


def form(*parts: bytes) -> Request:
    """A whole form."""
    return FORM, b"".join(parts) + f"--{MARK}--\r\n".encode()


def product(**fields: object) -> Request:
    """A product in JSON."""
    return JSON, json.dumps(fields).encode()


def ten_thousand_parts() -> Request:
    """Each small."""
    return form(*(part(f"field{number}", b"x") for number in range(10_000)))


def ten_thousand_files() -> Request:
    """Each empty."""
    return form(*(part("photos", b"x", file=f"{number}.png") for number in range(10_000)))


def a_form_within_a_form() -> Request:
    """As mail has it."""
    _, inner = form(part("title", b"mug"))
    return form(part("title", inner, kind=f"multipart/mixed; boundary={MARK}"))


def a_form_without_an_end() -> Request:
    """It stops in the midst of a part."""
    return FORM, part("title", b"mug")[:-2]


def a_form_without_a_boundary() -> Request:
    """It does not say where its parts end."""
    return "multipart/form-data", part("title", b"mug")


def a_part_with_endless_headers() -> Request:
    """A megabyte of them."""
    return form(f"--{MARK}\r\nX: ".encode() + b"y" * 1_000_000 + b"\r\n\r\nmug\r\n")


def a_part_of_many_headers() -> Request:
    """A hundred thousand."""
    return form(f"--{MARK}\r\n".encode() + b"X: y\r\n" * 100_000 + b"\r\nmug\r\n")


def a_name_of_a_megabyte() -> Request:
    """Of a field."""
    return form(part("n" * 1_000_000, b"mug"))


def a_file_called_by_a_path() -> Request:
    """It wants to be stored elsewhere."""
    return form(part("photos", b"mug", file="../../../../tmp/glasscase-escaped.png"))


def names_that_deceive() -> Request:
    """NUL, a change of direction, a bell, a script."""
    wicked = "\u202egpj.exe\x07<script>alert(1)</script>"
    return form(
        part(wicked, "a\x00mug \u202e\ud7ff\ufffe".encode(), file=None),
        part("photos", b"mug", file=f"{wicked}\x00.png"),
    )


def words_that_are_no_utf8() -> Request:
    """Bytes that are no letters."""
    return form(part("title", b"\xff\xfe\x00mug\xc3\x28"))


def half_a_surrogate_pair() -> Request:
    """JSON can say what UTF-8 cannot."""
    return JSON, b'{"texts": {"title": "mug \\ud800 \\u0000 \\u202e"}, "id": "\\udfff"}'


def a_number_beyond_all() -> Request:
    """1e400 is infinity to some."""
    return JSON, b'{"texts": {"title": "mug"}, "attributes": {"price": 1e400}}'


def not_a_number() -> Request:
    """NaN is no JSON."""
    return JSON, b'{"texts": {"title": "mug"}, "attributes": {"price": NaN}}'


def a_number_of_many_digits() -> Request:
    """Which takes long to read for some."""
    return JSON, b'{"texts": {"title": "mug"}, "keep_days": ' + b"9" * 100_000 + b"}"


def deep_lists() -> Request:
    """A hundred thousand deep."""
    return JSON, b'{"texts": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def deep_objects() -> Request:
    """A hundred thousand deep."""
    return JSON, b'{"texts": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001


def a_name_twice() -> Request:
    """Which of them counts?"""
    return JSON, b'{"texts": {"title": "mug", "title": "lamp"}, "texts": {"title": "shoe"}}'


def many_fields() -> Request:
    """A hundred thousand."""
    return product(texts={f"field{number}": "x" for number in range(100_000)})


def many_photos() -> Request:
    """Ten thousand, each one byte."""
    return product(photos=[{"data": "eA=="}] * 10_000)


def base64_of_zeros() -> Request:
    """Twenty megabytes of a photo that is none."""
    return product(photos=[{"data": base64.b64encode(bytes(20_000_000)).decode()}])


def base64_that_is_none() -> Request:
    """Letters that do not belong."""
    return product(photos=[{"data": "data:image/png;base64,!!!!"}])


def a_long_text() -> Request:
    """Ten million letters."""
    return product(texts={"title": "mug " * 2_500_000})


def a_text_of_one_word() -> Request:
    """As long as is allowed, without a space."""
    return product(texts={"title": "m" * 19_999})


def marks_upon_marks() -> Request:
    """Accents piled up on one letter."""
    return product(texts={"title": "m" + "\u0301" * 19_000 + "ug"})


def a_photo_by_an_inner_address() -> Request:
    """The cloud's own secrets."""
    return product(photos=[{"url": "http://169.254.169.254/latest/meta-data/"}])


def a_photo_by_a_file_name() -> Request:
    """Of this machine."""
    return product(photos=[{"url": "file:///etc/passwd"}])


def no_object() -> Request:
    """A list where an object should be."""
    return JSON, b"[]"


def nothing() -> Request:
    """No byte."""
    return JSON, b""


def another_kind() -> Request:
    """XML with an entity that reads a file."""
    told = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    return "application/xml", told.encode()


def packed_json() -> Request:
    """A Content-Type that does not exist, in capitals."""
    return "APPLICATION/JSON+GZIP; charset=utf-7", b"\x1f\x8b" + bytes(100)


REQUESTS: tuple[Callable[[], Request], ...] = (
    ten_thousand_parts, ten_thousand_files, a_form_within_a_form, a_form_without_an_end,
    a_form_without_a_boundary, a_part_with_endless_headers, a_part_of_many_headers,
    a_name_of_a_megabyte, a_file_called_by_a_path, names_that_deceive, words_that_are_no_utf8,
    half_a_surrogate_pair, a_number_beyond_all, not_a_number, a_number_of_many_digits, deep_lists,
    deep_objects, a_name_twice, many_fields, many_photos, base64_of_zeros, base64_that_is_none,
    a_long_text, a_text_of_one_word, marks_upon_marks, a_photo_by_an_inner_address,
    a_photo_by_a_file_name, no_object, nothing, another_kind, packed_json,
)  # fmt: skip
