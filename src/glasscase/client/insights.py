"""Reports in sentences on what was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from glasscase.client.answers import Report
from glasscase.client.read_file import read_file
from glasscase.client.sending import Sending

Result = Mapping[str, Any] | str | Path


class Insights:
    """`client.insights`."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    def write(self, result: Result, *, writer: str = "template") -> Report:
        """A report on `result`; each figure is a fact with its source.

        Args:
            result: what shelf, packs, kpi, explain, profile or evaluate gave, or its JSON file.
            writer: `template`, or the model the service may ask.

        Raises:
            BadSetting: the file cannot be read.
            Refused: the service says why.
        """
        files = _form(result, writer=writer)
        return Report.model_validate(self._sending.told("POST", "/v1/insights", files=files))

    def file(
        self,
        result: Result,
        *,
        form: Literal["html", "pdf"] = "html",
        writer: str = "template",
    ) -> bytes:
        """The report as one HTML page or a PDF. Raises as `write`."""
        files = _form(result, writer=writer, form=form)
        return self._sending.raw("POST", "/v1/insights/report", files=files)


def _form(result: Result, **fields: str) -> list[Any]:
    if isinstance(result, Mapping):
        name, data = "result.json", json.dumps(result).encode("ascii")
    else:
        name, data = read_file(result)
    told: list[Any] = [(key, (None, value)) for key, value in fields.items()]
    return [*told, ("file", (name, data, "application/json"))]
