"""Models in service: `/v1/models`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from glasscase.errors import BadSetting, Conflict
from glasscase.models.bundle import check_bundle
from glasscase.server.access import Administrating, Caller, Looking
from glasscase.server.answers.model_answers import (
    LoadModel,
    ModelAnswer,
    ModelCardAnswer,
    ModelsAnswer,
    SetRoles,
    models_answer,
)
from glasscase.server.guard.refusals import Refused, refusals, wrong_field
from glasscase.server.received.sent_form import FORM, JSON, sent_form, sent_kind
from glasscase.server.received.upload_file import save_upload
from glasscase.server.service import Service, ServiceOf
from glasscase.server.work.bundle_intake import drop_unpacked, take_path, take_zip
from glasscase.store.models import ModelRow

router = APIRouter(prefix="/v1/models", tags=["models"])
ModelId = Annotated[str, InPath(max_length=64, description="A model's id.")]


@router.get("", responses=refusals())
def models(service: ServiceOf, caller: Looking) -> ModelsAnswer:
    """All models the service knows, and who plays which role."""
    return _all(service)


def _load_body() -> dict[str, Any]:
    form = {
        "type": "object",
        "properties": {
            "bundle": {"type": "string", "format": "binary", "description": "A zip of the folder."},
            "name": {"type": "string", "maxLength": 100},
        },
        "required": ["bundle"],
    }
    content = {
        "multipart/form-data": {"schema": form},
        "application/json": {"schema": LoadModel.model_json_schema()},
    }
    return {"requestBody": {"required": True, "content": content}}


@router.post("", status_code=201, responses=refusals(409, 415, 507), openapi_extra=_load_body())
async def load(request: Request, service: ServiceOf, caller: Administrating) -> ModelAnswer:
    """Load a bundle: a zip of one, or the path of one in the service's bundle folders.

    It is checked byte for byte and has answered once when this returns; it plays no role yet.
    """
    kind = sent_kind(
        request, FORM, JSON, remedy="A bundle comes as multipart/form-data or as a path in JSON."
    )
    if kind == JSON:
        told = _told(await request.body())
        row = await run_in_threadpool(
            take_path, service.settings, service.store, told.path, told.name
        )
    else:
        row = await _sent(request, service)
    return await run_in_threadpool(_registered, service, caller, row)


def _told(body: bytes) -> LoadModel:
    try:
        return LoadModel.model_validate_json(body)
    except ValidationError as error:
        raise wrong_field(error.errors()) from None


async def _sent(request: Request, service: Service) -> ModelRow:
    form = await sent_form(request, most_files=1, most_fields=4)
    try:
        file, name = form.get("bundle"), form.get("name", "")
        if not isinstance(file, UploadFile):
            raise Refused(422, "there is no bundle", "Send a zip of one.", field="bundle")
        if not isinstance(name, str) or len(name) > 100:
            raise Refused(422, "the name is no short text", "Use up to 100 characters.",
                          field="name")  # fmt: skip
        return await run_in_threadpool(_unpacked, service, file, name.strip())
    finally:
        await form.close()


def _unpacked(service: Service, file: UploadFile, name: str) -> ModelRow:
    called = name or Path(file.filename or "").stem[:100]
    with tempfile.TemporaryDirectory(prefix="glasscase-bundle-") as folder:
        archive = save_upload(file, Path(folder) / "bundle.zip")
        return take_zip(service.settings, service.store, archive, called)


def _registered(service: Service, caller: Caller, row: ModelRow) -> ModelAnswer:
    service.store.audit.write(caller.id, "model.load", row.id, {"name": row.name})
    return ModelAnswer.of(row, service.store.models.roles(), service.models.cast)


@router.post("/roles", responses=refusals(409))
def set_roles(told: SetRoles, service: ServiceOf, caller: Administrating) -> ModelsAnswer:
    """Say which model shadows the active one, and which challenges it for a share of requests."""
    before = service.store.models.roles()
    if told.revision not in (None, before.revision):
        raise Conflict("someone else has just changed the models", "Look again.")
    shadow = before.shadow if told.shadow is None else told.shadow or None
    challenger = before.challenger if told.challenger is None else told.challenger or None
    share = before.challenger_share if told.challenger_share is None else told.challenger_share
    if before.active in (shadow, challenger):
        raise BadSetting("the active model cannot shadow or challenge itself", "Name another.")
    roles = {"shadow": shadow, "challenger": challenger}
    service.store.models.set_roles(
        active=before.active,
        **roles,
        challenger_share=share if challenger else 0.0,
        revision=before.revision,
    )
    detail = {**roles, "challenger_share": share if challenger else 0.0}
    service.store.audit.write(caller.id, "model.roles", before.active or "", detail)
    service.following.follow()
    return _all(service)


@router.get("/{id}", responses=refusals(404))
def model(id: ModelId, service: ServiceOf, caller: Looking) -> ModelCardAnswer:
    """One model with its card: what it was trained on, how good it is, what it cannot do."""
    row = known_model(service, id)
    about = ModelAnswer.of(row, service.store.models.roles(), service.models.cast)
    return ModelCardAnswer(**about.model_dump(), card=dict(row.card))


@router.post("/{id}/activate", responses=refusals(404, 409))
def activate(id: ModelId, service: ServiceOf, caller: Administrating) -> ModelsAnswer:
    """Let a model answer. When this returns it is warm here; other processes follow in a second.

    A shadow or challenger that becomes active leaves that role; the others stay as they are.
    """
    row = known_model(service, id)
    check_bundle(Path(row.path))  # a damaged one must not become the active one anywhere
    roles = service.store.models.roles()
    challenger = None if roles.challenger == id else roles.challenger
    service.store.models.set_roles(
        active=id,
        shadow=None if roles.shadow == id else roles.shadow,
        challenger=challenger,
        challenger_share=roles.challenger_share if challenger else 0.0,
        revision=roles.revision,
    )
    service.store.audit.write(caller.id, "model.activate", id, {"before": roles.active})
    service.following.follow()
    return _all(service)


@router.delete("/{id}", status_code=204, responses=refusals(404, 409))
def forget(id: ModelId, service: ServiceOf, caller: Administrating) -> Response:
    """Forget a model that plays no role. A bundle that was sent as a zip is deleted with it."""
    row = known_model(service, id)
    service.store.models.remove(id)
    drop_unpacked(service.settings, row)
    service.store.audit.write(caller.id, "model.forget", id, {"name": row.name})
    return Response(status_code=204)


def known_model(service: Service, id: str) -> ModelRow:
    """The model with this id. Raises `Refused` (404)."""
    row = service.store.models.get(id)
    if row is None:
        raise Refused(404, f"there is no model {id!r}", "GET /v1/models lists them.", field="id")
    return row


def _all(service: Service) -> ModelsAnswer:
    store = service.store.models
    return models_answer(store.list(), store.roles(), service.models.cast)
