"""What an embeddings endpoint answered, checked before anything of it is believed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from glasscase.encoders.encoder import Vectors
from glasscase.errors import BadService

_REMEDY = "Check that GLASSCASE_API_BASE names an OpenAI-compatible endpoint, and its model."
_MOST_DIMS = 65_536
_MOST_TOKENS = 1_000_000_000


@dataclass(frozen=True)
class ApiAnswer:
    """The vectors of some texts, in the order of the texts."""

    vectors: Vectors
    """float32 [n, dim], each of length 1."""
    tokens: int | None
    """What the endpoint says it counted; None where it does not say."""


def read_answer(body: bytes, texts: int) -> ApiAnswer:
    """Read the body of an answer about `texts` texts.

    Raises:
        BadService: it is not JSON, another number of vectors than of texts, numbers missing, or
            vectors of different lengths, of zeros, or with numbers that are none.
    """
    answer = _parsed(body)
    rows = _in_order(answer.get("data"), texts)
    lengths = sorted({len(row) for row in rows})
    if len(lengths) != 1 or not 0 < lengths[0] <= _MOST_DIMS:
        raise _bad(f"vectors of {' and '.join(map(str, lengths[:3]))} numbers")
    if any(type(number) not in (int, float) for row in rows for number in row):
        raise _bad("vectors that hold something else than numbers")
    try:
        with np.errstate(over="ignore"):
            vectors = np.array(rows, np.float64).astype(np.float32)
    except OverflowError:
        raise _bad("vectors with numbers that are infinite or none") from None
    if not np.isfinite(vectors).all():
        raise _bad("vectors with numbers that are infinite or none")
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(norms) & (norms > 1e-12)).all():
        raise _bad("a vector of zeros, or one too large to be true")
    return ApiAnswer(np.asarray(vectors / norms, np.float32), _tokens(answer))


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        page = body.lstrip()[:1] == b"<"
        raise _bad("an HTML page" if page else "something that is not JSON") from None
    if not isinstance(answer, dict):
        raise _bad("JSON that is no embeddings answer")
    return answer


def _in_order(data: Any, texts: int) -> list[list[Any]]:
    """The vectors by their `index`: endpoints may answer in any order."""
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise _bad("JSON that is no embeddings answer")
    if len(data) != texts:
        raise _bad(f"{len(data)} vectors for {texts} texts")
    found: dict[int, list[Any]] = {}
    for one in data:
        index, row = one.get("index"), one.get("embedding")
        if type(index) is not int or not 0 <= index < texts or index in found:
            raise _bad("vectors whose index does not say which text they belong to")
        if not isinstance(row, list):
            raise _bad("vectors that are no lists of numbers")
        found[index] = row
    return [found[i] for i in range(texts)]


def _tokens(answer: dict[str, Any]) -> int | None:
    usage = answer.get("usage")
    if not isinstance(usage, dict):
        return None
    counted = usage.get("total_tokens", usage.get("prompt_tokens"))
    return counted if type(counted) is int and 0 < counted <= _MOST_TOKENS else None


def _bad(what: str) -> BadService:
    return BadService(f"the embeddings endpoint answered with {what}", _REMEDY)
