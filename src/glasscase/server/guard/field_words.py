"""What is wrong with one field of a request, in words for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

_WORDS = {
    "extra_forbidden": "there is no such field",
    "missing": "it is missing",
    "string_pattern_mismatch": "it is not written as it must be",
    "json_invalid": "it is not valid JSON: {error}",
    "literal_error": "it must be one of: {expected}",
    "enum": "it must be one of: {expected}",
    "string_type": "it must be a text",
    "int_parsing": "it must be a whole number",
    "int_type": "it must be a whole number",
    "float_parsing": "it must be a number",
    "float_type": "it must be a number",
    "bool_parsing": "it must be true or false",
    "bool_type": "it must be true or false",
    "list_type": "it must be a list",
    "dict_type": "it must be an object",
    "model_attributes_type": "it must be an object",
    "string_too_long": "it is longer than {max_length} characters",
    "string_too_short": "it is shorter than {min_length} characters",
    "too_long": "it has more than {max_length} entries",
    "less_than_equal": "it is above {le:g}",
    "greater_than_equal": "it is below {ge:g}",
}


def field_words(error: ErrorDetails | Mapping[str, Any]) -> str:
    """`error` of pydantic as a person would say it.

    >>> field_words({"type": "less_than_equal", "ctx": {"le": 5}, "msg": "..."})
    'it is above 5'
    >>> field_words({"type": "value_error", "msg": "Value error, colours are words"})
    'colours are words'
    >>> field_words({"type": "less_than_equal", "ctx": {"le": 5}, "msg": "", "input": math.nan})
    'it is no number'
    """
    given = error.get("input")
    if isinstance(given, float) and math.isnan(given):
        return "it is no number"
    words = _WORDS.get(str(error["type"]), "")
    try:
        told = words.format_map(error.get("ctx", {}))
    except (KeyError, ValueError, TypeError):  # other facts than these, or no numbers
        told = ""
    return told or str(error["msg"]).removeprefix("Value error, ")
