"""Jobs about models: one measured on a labelled table, two compared on one or on what they met."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.errors import BadBundle, GlasscaseError
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.model_curves import model_curves
from glasscase.evaluation.shadow_agreement import ShadowAgreement
from glasscase.files import write_json
from glasscase.jobs.compare_bundles import compare_bundles
from glasscase.jobs.evaluate import known_labels
from glasscase.models.classifier import ProductClassifier
from glasscase.models.held_out_answers import HeldOutAnswers
from glasscase.server.received.table_sending import table_of
from glasscase.server.service import Service
from glasscase.server.threads.job_worker import JobRun, Work

CURVES = "curves.json"
COMPARISON = "comparison.json"


def evaluate_work(service: Service) -> Work:
    """Kind `evaluate`: the curves of a model on a labelled table."""
    return partial(_evaluate, service)


def compare_work(service: Service) -> Work:
    """Kind `compare`: two models on a labelled table, or on products both answered in service."""
    return partial(_compare, service)


def _evaluate(service: Service, run: JobRun) -> Mapping[str, Any]:
    path = _path(service, str(run.job.options["model"]))
    upload, options = table_of(run)
    try:
        model = ProductClassifier.load(path, cached=False)
        catalog = upload.source(options).read(model, progress=run).labelled()
        classes = [str(name) for name in model.classes_]
        labels = known_labels(catalog, classes)
        encoded = model.encode(catalog.products, progress=run)
        usable = model.usable(encoded.features)
        answers = Answers.pair(labels, model.probabilities(encoded.features), classes)
        groups = near_duplicate_groups(catalog.products, limits=model.settings.photos, progress=run)
        seen = model.training.trained_on(catalog.products)
    except GlasscaseError as error:
        raise upload.plainly(error) from None
    held = HeldOutAnswers.of(
        answers.names, answers.targets, answers.probs, usable=usable, groups=groups
    )
    curves = model_curves(held).to_dict()
    write_json(run.folder / CURVES, {**curves, "source": options.name, "trained_on": seen})
    told = {"accuracy": curves["accuracy"], "products": curves["products"], "trained_on": seen}
    return {"model": run.job.options["model"], **told, "files": [CURVES]}


def _compare(service: Service, run: JobRun) -> Mapping[str, Any]:
    old, new = (str(id) for id in run.job.options["models"])
    if run.upload is None:
        agreement = ShadowAgreement.of(service.store.shadows.pairs(old, new)).to_dict()
        write_json(run.folder / COMPARISON, agreement)
        told = {"on": "service", "sentence": agreement["sentence"]}
        return {"models": [old, new], **told, "files": [COMPARISON]}
    upload, options = table_of(run)
    names = {id: _name(service, id) for id in (old, new)}
    try:
        found = compare_bundles(
            [_path(service, old), _path(service, new)], upload.source(options), progress=run
        )
    except GlasscaseError as error:
        raise upload.plainly(error) from None
    run.folder.mkdir(parents=True, exist_ok=True)
    found.save(run.folder)
    told = {"on": "table", "sentence": found.advice, "names": names}
    return {"models": [old, new], **told, "files": [COMPARISON, "comparison.html"]}


def _path(service: Service, id: str) -> Path:
    row = service.store.models.get(id)
    if row is None:
        raise BadBundle(f"there is no model {id!r} any more", "Load it again.")
    return Path(row.path)


def _name(service: Service, id: str) -> str:
    row = service.store.models.get(id)
    return id if row is None else row.name
