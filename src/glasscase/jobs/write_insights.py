"""A report on any result: facts by code, sentences by a rule or a language model, all checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from glasscase.encoders.api_client import ApiClient, Endpoint
from glasscase.errors import BadSetting
from glasscase.files import write_bytes, write_json, write_text
from glasscase.insights.chat_writer import ChatWriter
from glasscase.insights.report import InsightReport, Writer, written_report
from glasscase.insights.report_page import report_page
from glasscase.insights.report_pdf import report_pdf
from glasscase.jobs.ledgers.facts_of import ledger_of
from glasscase.progress import Progress, silent

MOST_BYTES = 64_000_000
"""A larger result is not read."""
FORMS = (".html", ".pdf", ".json")
ANSWER_SECONDS = 90.0
TRIES = 3
"""Of one request: somebody waits, and the template can write as well."""
_REMEDY = "Give a file that --json wrote, such as: glasscase shelf photo.jpg --json > shelf.json"


def write_insights(
    result: Mapping[str, Any] | Path | str,
    *,
    writer: str | Writer = "template",
    progress: Progress = silent,
) -> InsightReport:
    """A report on `result`.

    Args:
        result: what `glasscase shelf|pack|kpi|explain|profile|evaluate --json` wrote, or its file.
        writer: `template` (by rule, no network), or the name of a model at the OpenAI-compatible
            endpoint of GLASSCASE_API_BASE and GLASSCASE_API_KEY; or a `Writer`.
        progress: says what is being done.

    Raises:
        BadSetting: the result cannot be read or holds nothing to tell; no address for a model.
        MissingExtra: a model is asked for and httpx2 is not installed.

    Of the result only the ledger of facts goes to an endpoint: metrics, names, figures.
    """
    given = result if isinstance(result, Mapping) else read_result(Path(result))
    ledger = ledger_of(given)
    chosen: Writer | None
    if isinstance(writer, str):
        chosen = None if writer == "template" else chat_writer(writer)
    else:
        chosen = writer
    if chosen is not None:
        progress.say(f"Asking {chosen.name} for sentences about {len(ledger.facts)} facts.")
    return written_report(ledger, chosen)


def chat_writer(
    model: str, *, answer_seconds: float = ANSWER_SECONDS, tries: int = TRIES
) -> ChatWriter:
    """A writer at the endpoint that the environment names.

    Args:
        model: its name there.
        answer_seconds: longest time for one answer.
        tries: how often a request is sent where the endpoint is busy or silent.

    Raises:
        BadSetting: no usable name or address.
        MissingExtra: httpx2 is not installed.
    """
    if not model.strip() or len(model) > 200 or not model.isprintable():
        raise BadSetting("the writer has no usable name", "Say template, or a model's name.")
    endpoint = Endpoint.from_environment(wanted_by=f"the writer {model!r}")
    client = ApiClient(endpoint, answer_seconds=answer_seconds, tries=tries, called="chat endpoint")
    return ChatWriter(client, model)


def read_result(path: Path) -> dict[str, Any]:
    """The JSON object in `path`. Raises `BadSetting`."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", "") or "cannot be opened").lower()
        raise BadSetting(f"{str(path)!r} cannot be read: {reason}", _REMEDY) from None
    return _within_limit(data, called=str(path))


def read_piped(stream: BinaryIO) -> dict[str, Any]:
    """The JSON object another verb printed into `stream`. Raises `BadSetting`."""
    data = stream.read(MOST_BYTES + 1)
    if not data.strip():
        raise BadSetting(
            "nothing came through the pipe",
            "Print a result into it: glasscase shelf photo.jpg --json | glasscase insights -",
        )
    return _within_limit(data, called="the pipe")


def _within_limit(data: bytes, *, called: str) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        limit = f"{MOST_BYTES // 1_000_000} MB"
        raise BadSetting(f"{called!r} is larger than {limit}", _REMEDY)
    return parsed_result(data, called=called)


def parsed_result(data: bytes, *, called: str) -> dict[str, Any]:
    """The JSON object in `data`; `called` is its name for messages. Raises `BadSetting`."""
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadSetting(f"{called!r} is no JSON", _REMEDY) from None
    if not isinstance(found, dict):
        raise BadSetting(f"{called!r} holds no result", _REMEDY)
    return found


def check_form(path: Path) -> None:
    """Raise `BadSetting` where a report cannot be written to a file of that name."""
    if path.suffix.lower() not in FORMS:
        message = f"a report cannot be written as {path.name!r}"
        raise BadSetting(message, "End it with .html, .pdf or .json.")


def store_report(report: InsightReport, path: Path) -> None:
    """Write `report` as its ending says: a page, a PDF, or JSON.

    Raises:
        BadSetting: another ending.
        CannotWrite: no room or no permission.
        MissingExtra: a PDF, and reportlab is not installed.
    """
    check_form(path)
    suffix = path.suffix.lower()
    if suffix == ".html":
        write_text(path, report_page(report))
    elif suffix == ".pdf":
        write_bytes(path, report_pdf(report))
    else:
        write_json(path, report.to_dict())


def _no_number(name: str) -> float:
    raise ValueError(name)
