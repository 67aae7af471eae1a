"""The form of a request, read within limits; what is no form is refused in the one shape."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException

from glasscase.server.guard.refusals import Refused

FORM = "multipart/form-data"
JSON = "application/json"
PLAIN_FORM = "application/x-www-form-urlencoded"
_FIELD_BYTES = 1024 * 1024


def sent_kind(request: Request, *kinds: str, remedy: str = "") -> str:
    """The media type of the body of `request`, in lower case and without parameters.

    Args:
        request: Whose `Content-Type` is read.
        kinds: Those that are taken.
        remedy: What to do otherwise; without one, the kinds are named.

    Raises:
        Refused: 415, it is another, or the request names none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in kinds:
        return kind
    raise Refused(
        415,
        f"the request is of type {kind[:60]!r}" if kind else "the request says no Content-Type",
        remedy or f"Send {' or '.join(kinds)}.",
        field="Content-Type",
    )


def sent_days(text: str, field: str, *, least: int = 0, most: int) -> int | None:
    """A number of days out of a field of a form; None where nothing stands there.

    Raises:
        Refused: 422, it is no number of `least` to `most`.
    """
    told = text.strip()
    if not told:
        return None
    number = told.isascii() and told.isdecimal() and len(told) <= len(str(most))
    if not (number and least <= int(told) <= most):
        raise Refused(
            422, f"{text[:40]!r} is no number of days", f"Send {least} to {most}.", field=field
        )
    return int(told)


def each_once(form: FormData) -> None:
    """Where one thing is asked for at a time: the second would pass unseen, or the first.

    Raises:
        Refused: 422, a part of the form came more than once.
    """
    for name in form:
        if len(form.getlist(name)) > 1:
            shown = name[:60]
            raise Refused(422, f"{shown!r} came more than once", "Send it once.", field=shown)


async def sent_form(
    request: Request, *, most_files: int, most_fields: int, most_field_bytes: int = _FIELD_BYTES
) -> FormData:
    """Files and fields of `request`; close it when they were read.

    Raises:
        Refused: 422, it is broken or has more than so many files, fields or bytes in a field.
    """
    try:
        return await request.form(
            max_files=most_files, max_fields=most_fields, max_part_size=most_field_bytes
        )
    except MultiPartException as error:
        raise Refused(422, f"the form cannot be read: {error.message}", "See /docs.") from None
