"""The job `kpi`: a table that was sent is learnt from, or answered by a model of an earlier job."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from glasscase.catalog.cells import safe_cell
from glasscase.errors import Conflict, GlasscaseError
from glasscase.files import write_json, write_text
from glasscase.jobs.apply_kpi import KpiAnswers, apply_kpi
from glasscase.jobs.kpis.kpi_result import KpiResult
from glasscase.jobs.predict_kpi import predict_kpi
from glasscase.kpi.page import kpi_page
from glasscase.kpi.plots import kpi_plots
from glasscase.server.received.kpi_sending import kpi_options, opened
from glasscase.server.received.table_sending import table_of
from glasscase.server.service import Service
from glasscase.server.threads.job_worker import JobRun, Work, job_folder

FIGURES, PAGE, PLOTS, MODEL = "kpi.json", "kpi.html", "plots.json", "model"
Plain = Callable[[str], str]
ANSWERS, ANSWER_TABLE = "predictions.json", "predictions.csv"


def kpi_work(service: Service) -> Work:
    """The job's function for this service."""
    return partial(_work, service)


def _work(service: Service, run: JobRun) -> Mapping[str, Any]:
    upload, options = table_of(run)
    source = upload.source(options)
    told: Mapping[str, str] = run.job.options.get("told", {})
    run.folder.mkdir(parents=True, exist_ok=True)
    try:
        if told.get("model"):
            folder = job_folder(service.settings.data_folder, str(told["model"])) / MODEL
            if not folder.is_dir():
                raise Conflict("the model of that job is gone", "Learn it again.")
            answers = apply_kpi(opened(upload, told), folder, photos=source.photos, progress=run)
            return _answered(run.folder, answers, upload.plain)
        result = predict_kpi(
            opened(upload, told), str(told.get("target", "")), photos=source.photos,
            options=kpi_options(told), progress=run,
        )  # fmt: skip
    except GlasscaseError as error:
        raise upload.plainly(error) from None
    run.say("writing what was found")
    return _learnt(run.folder, result, upload.name, upload.plain)


def _learnt(folder: Path, result: KpiResult, name: str, plain: Plain) -> Mapping[str, Any]:
    told = _plainly({**result.to_dict(), "source": name}, plain)
    result.save(folder / MODEL)
    write_json(folder / FIGURES, told)
    write_json(folder / PLOTS, kpi_plots(told))
    write_text(folder / PAGE, kpi_page(told))
    return {
        "rows": told["protocol"]["rows"],
        "target": told["target"]["name"],
        "chosen": told["chosen"],
        "alarms": len(told["alarms"]),
        "problems": len(told["problems"]),
        "files": [FIGURES, PLOTS, PAGE],
    }


def _answered(folder: Path, answers: KpiAnswers, plain: Plain) -> Mapping[str, Any]:
    told = _plainly(answers.to_dict(), plain)
    write_json(folder / ANSWERS, told)
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["row", "id", told["target"], "low", "high"])
    for one in told["predictions"]:
        writer.writerow(
            [one["row"], safe_cell(one["id"]), one["predicted"], one["low"], one["high"]]
        )
    write_text(folder / ANSWER_TABLE, stream.getvalue())
    return {
        "rows": len(told["predictions"]),
        "target": told["target"],
        "chosen": told["model"],
        "alarms": 0,
        "problems": len(told["problems"]),
        "files": [ANSWERS, ANSWER_TABLE],
    }


def _plainly(told: dict[str, Any], plain: Plain) -> dict[str, Any]:
    """The same with problems put through `plain`, which takes paths of this machine out."""
    problems = [
        {**one, "reason": plain(one["reason"]), "remedy": plain(one["remedy"])}
        for one in told["problems"]
    ]
    return {**told, "problems": problems}
