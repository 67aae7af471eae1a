"""`glasscase insights`: a report from measured figures that cannot invent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import showing
from glasscase.cli.show import print_json


def insights(
    result: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT", help="What shelf, pack, kpi, explain ... --json wrote; - is a pipe."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the report: .html, .pdf or .json."),
    ] = None,
    writer: Annotated[
        str,
        typer.Option("--writer", metavar="NAME", help="template, or a model of your endpoint."),
    ] = "template",
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Write a report from measured figures that cannot invent.

    Code writes the facts and every figure. Sentences come from a rule (template), or from a model
    at the OpenAI-compatible endpoint of GLASSCASE_API_BASE and GLASSCASE_API_KEY, which sees the
    facts only; each of its sentences is checked, and dropped where it does not follow.
    """
    from glasscase.jobs.write_insights import check_form, read_piped, store_report, write_insights

    if out is not None:
        check_form(out)
    with showing(quiet=quiet) as progress:
        given = read_piped(sys.stdin.buffer) if str(result) == "-" else result
        report = write_insights(given, writer=writer, progress=progress)
        if out is not None:
            store_report(report, out)
    if as_json:
        print_json(report.to_dict())
        return
    for section, sentences in report.sections:
        print(section.metric[:1].upper() + section.metric[1:])
        for sentence in sentences:
            by = "" if sentence.writer == "template" else f"  [{sentence.writer}]"
            print(f"  {sentence.shown(report.ledger)}{by}")
    if report.refused:
        print(f"{len(report.refused)} sentences of {writer} did not follow and were dropped.")
    if report.trouble:
        print(f"The template wrote, for {report.trouble}")
    for note in report.ledger.notes:
        print(note)
    if out is not None and not quiet:
        print(f"The report is in {out}.")
