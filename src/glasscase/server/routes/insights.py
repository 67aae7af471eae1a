"""Reports from measured results: `/v1/insights`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from glasscase.errors import BadSetting
from glasscase.insights.chat_writer import ChatWriter
from glasscase.insights.report import InsightReport
from glasscase.insights.report_page import report_page
from glasscase.insights.report_pdf import report_pdf
from glasscase.insights.template_writer import NAME as TEMPLATE
from glasscase.jobs.write_insights import chat_writer, parsed_result, write_insights
from glasscase.server.access import Predicting
from glasscase.server.answers.insight_answers import InsightsAnswer
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.sent_form import each_once, sent_form
from glasscase.server.service import Service, ServiceOf

router = APIRouter(prefix="/v1/insights", tags=["insights"])
_FORMS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}


def _body(**more: Any) -> dict[str, Any]:
    form = {
        "type": "object",
        "properties": {
            "file": {
                "type": "string", "format": "binary",
                "description": "JSON that shelf, packs, kpi, explain, profile or evaluate gave.",
            },
            "writer": {
                "type": "string", "default": TEMPLATE,
                "description": "template (by rule), or the model this service may ask.",
            },
            **more,
        },
        "required": ["file"],
    }  # fmt: skip
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


@router.post("", responses=refusals(415), openapi_extra=_body())
async def insights(request: Request, service: ServiceOf, caller: Predicting) -> InsightsAnswer:
    """A report in sentences on a result; every figure links to a fact, nothing is kept."""
    del caller
    report, _ = await _report(request, service)
    return InsightsAnswer.of(report)


@router.post(
    "/report",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in _FORMS.values()}}, **refusals(415, 501)},
    openapi_extra=_body(form={"type": "string", "enum": list(_FORMS), "default": "html"}),
)
async def report_file(request: Request, service: ServiceOf, caller: Predicting) -> Response:
    """The same report as a file: one HTML page, or a PDF."""
    del caller
    report, form = await _report(request, service)
    if form == "pdf":
        data = await run_in_threadpool(report_pdf, report)
    else:
        data = (await run_in_threadpool(report_page, report)).encode("utf-8")
    headers = {
        "Content-Disposition": f'attachment; filename="insights.{form}"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=_FORMS[form], headers=headers)


async def _report(request: Request, service: Service) -> tuple[InsightReport, str]:
    """The report asked for, and in which form."""
    sent = await sent_form(request, most_files=1, most_fields=2)
    try:
        each_once(sent)
        file = sent.get("file")
        if not isinstance(file, UploadFile):
            raise Refused(422, "there is no file 'file'", "Send a result.", field="file")
        writer = str(sent.get("writer") or TEMPLATE)
        form = str(sent.get("form") or "html")
        if form not in _FORMS:
            raise Refused(422, f"there is no form {form[:40]!r}", "Use html or pdf.", field="form")
        if writer not in (TEMPLATE, service.settings.service.insight_writer):
            remedy = "Use template, or ask whoever runs it to set service.insight_writer."
            raise Refused(422, f"this service does not ask {writer[:40]!r}", remedy, field="writer")
        data = await file.read()
        name = (file.filename or "result.json")[-100:]
        return await run_in_threadpool(_written, service, data, name, writer), form
    finally:
        await sent.close()


def _written(service: Service, data: bytes, name: str, writer: str) -> InsightReport:
    chosen: str | ChatWriter = TEMPLATE
    if writer != TEMPLATE:
        seconds = service.settings.limits.seconds / 3  # two answers, and what is done around them
        chosen = chat_writer(writer, answer_seconds=seconds, tries=1)
    try:
        return write_insights(parsed_result(data, called=name), writer=chosen)
    except BadSetting as error:
        raise Refused.because(error, field="file") from None
