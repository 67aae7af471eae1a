"""The form of a request, read within limits; what is no form is refused in the one shape."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException

from glasscase.server.guard.refusals import Refused

_FIELD_BYTES = 1024 * 1024


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
