"""The job `packs`: packs that were sent, scored against one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from glasscase.catalog.problem import Problem
from glasscase.errors import GlasscaseError
from glasscase.jobs.batches.kept_pictures import drop_all_over, keep_until
from glasscase.jobs.pack_comparison import JSON, PAGE, PICTURES, TABLE, PackComparison
from glasscase.jobs.pack_sets.pack_memory import PackMemory
from glasscase.jobs.score_packs import score_packs
from glasscase.packs.pack_table import PackSet, packs_of_photos, packs_of_table
from glasscase.packs.saliency_choice import SaliencyChoice, chosen_saliency
from glasscase.server.received.pack_files import PackFiles, photo_limits
from glasscase.server.received.pack_sending import PackRequest
from glasscase.server.service import Service
from glasscase.server.threads.job_worker import JobRun, Work
from glasscase.settings import PhotoSettings, Settings
from glasscase.shelf.files.given_boxes import given_boxes


@dataclass(frozen=True)
class _Ways:
    """What all comparisons of a service share."""

    memory: PackMemory
    saliency: SaliencyChoice


def packs_work(service: Service) -> Work:
    """The job's function for this service.

    What was measured stays in this process's memory for a while, so that trying a change is quick;
    nothing of it is written to disk.

    Raises:
        BadSetting, BadEncoder: `service.saliency` names no map and no model.
    """
    ways = _Ways(PackMemory(None), chosen_saliency(service.settings.service.saliency))
    return partial(_score, service, ways)


def _score(service: Service, ways: _Ways, run: JobRun) -> Mapping[str, Any]:
    drop_all_over(service.settings.data_folder)
    sent = PackFiles.open(run.upload if run.upload is not None else Path("nowhere"))
    asked = PackRequest.model_validate(sent.told)
    limits = photo_limits(service.settings.limits)
    try:
        packs = _packs(sent, asked, limits)
        found = score_packs(
            packs,
            progress=run,
            shelf_photo=sent.shelf_photo,
            shelf_boxes=None if asked.shelf_boxes is None else given_boxes(asked.shelf_boxes),
            saliency=ways.saliency,
            arrangements=asked.arrangements,
            weights=asked.weights,
            hero_profile=asked.hero_profile,
            what_if=asked.what_if,
            own=asked.own,
            height_mm=asked.height_mm,
            seed=asked.seed,
            settings=Settings().model_copy(update={"photos": limits}),
            memory=ways.memory,
        )
    except GlasscaseError as error:
        raise type(error)(sent.plain(error.reason), sent.plain(error.remedy)) from None
    run.say("writing the comparison")
    return _written(run.folder, found, asked.keep_days)


def _packs(sent: PackFiles, asked: PackRequest, limits: PhotoSettings) -> PackSet:
    if sent.table is None or sent.table.table is None:
        about = [one.model_dump(exclude_none=True) for one in asked.about]
        told = [{**_named(one), "height": one.get("height_mm")} for one in about]
        found = packs_of_photos(sent.photos, told=told, limits=limits)
    else:
        found = packs_of_table(
            sent.table.folder / sent.table.table,
            photos=sent.photo_folder,
            category=asked.category,
            limits=limits,
        )
    left_out = () if sent.table is None else sent.table.left_out
    problems = [
        *(Problem(None, "file", f"{one.name!r} {one.reason}", one.remedy) for one in left_out),
        *(
            replace(one, reason=sent.plain(one.reason), remedy=sent.plain(one.remedy))
            for one in found.problems
        ),
    ]
    return replace(found, problems=tuple(problems))


def _written(folder: Path, found: PackComparison, keep_days: int) -> Mapping[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    found.save(folder)
    kept = [PICTURES, PAGE]
    for name in kept if keep_days == 0 else []:
        (folder / name).unlink(missing_ok=True)
    until = keep_until(folder, kept, keep_days).isoformat() if keep_days else None
    return {
        "packs": len(found.result["packs"]),
        "what_if": len(found.result["what_if"]),
        "problems": len(found.result["problems"]),
        "pictures_until": until,
        "files": [JSON, TABLE, *(kept if keep_days else [])],
    }


def _named(told: Mapping[str, Any]) -> dict[str, Any]:
    """What was told, without the texts that are empty."""
    return {name: value for name, value in told.items() if value not in ("", None)}
