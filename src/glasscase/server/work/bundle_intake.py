"""Bundles that come to a running service: from its own folders, or as a zip from outside.

A zip is hostile until checked: unpacked without links and without leaving its folder, compared
byte for byte with its manifest, opened, and asked once, all before the database hears of it.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glasscase.errors import BadBundle, CannotFetch, GlasscaseError
from glasscase.files import explained_write
from glasscase.jobs.batches.unpacking import unpack
from glasscase.jobs.register_bundle import bundle_card, model_id, register_bundle
from glasscase.models.bundle import check_bundle
from glasscase.models.stored_json import read_json
from glasscase.server.guard.refusals import Refused
from glasscase.server.threads.live_models import LiveModel
from glasscase.settings.service import ServiceSettings
from glasscase.store.models import ModelRow
from glasscase.store.store import Store

_MOST_FILES = 2_000
_PAID = "api:"


def bundle_folders(settings: ServiceSettings) -> list[Path]:
    """Folders from which bundles may be loaded by path."""
    found = [settings.data_folder / "bundles"]
    if settings.service.bundle:
        found.append(Path(settings.service.bundle).expanduser().resolve().parent)
    return [folder.expanduser().resolve() for folder in found]


def take_path(settings: ServiceSettings, store: Store, path: str, name: str) -> ModelRow:
    """Register the bundle at `path`, once it has answered. Blocks.

    Raises:
        Refused: 422, it lies elsewhere. The answer does not say whether anything is there.
        BadBundle: no bundle there, or one that is damaged or cannot answer.
    """
    folders = bundle_folders(settings)
    try:
        place = Path(path) if Path(path).is_absolute() else folders[0] / path
        place = place.resolve()
        inside = any(place != folder and place.is_relative_to(folder) for folder in folders)
    except (OSError, ValueError, RuntimeError):  # a zero byte, or links in a circle
        inside = False
    if not inside:
        raise Refused(
            422,
            "the path is outside the folders that bundles are loaded from",
            f"Copy the bundle to {str(folders[0])!r}, or send it as a zip.",
            field="path",
        )
    LiveModel.load(place)
    return register_bundle(store, place, name=name)


def take_zip(settings: ServiceSettings, store: Store, archive: Path, name: str) -> ModelRow:
    """Unpack, check and register a bundle from outside. Blocks.

    Raises:
        Refused: 422, the archive is damaged, too large or not meant well.
        BadBundle: what is in it is no bundle, was changed, or cannot answer.
        CannotWrite: the disk is full.
    """
    folder = settings.data_folder / "bundles"
    with _unpacked(archive, folder, settings) as fresh:
        try:
            check_bundle(fresh)
            _check_asks_nobody(fresh)
            bundle_card(fresh)
            id = model_id(fresh)
            LiveModel.load(fresh)
        except GlasscaseError as error:
            raise _plainly(error, fresh) from None
        place = folder / id
        with explained_write(place):
            if not place.exists():
                os.replace(fresh, place)
    return register_bundle(store, place, name=name or id)


def drop_unpacked(settings: ServiceSettings, row: ModelRow) -> None:
    """Delete the folder of a forgotten bundle if it was unpacked here; any other stays."""
    place = (settings.data_folder / "bundles").expanduser().resolve() / row.id
    if Path(row.path) == place:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _unpacked(archive: Path, folder: Path, settings: ServiceSettings) -> Iterator[Path]:
    fresh = folder / f".{uuid.uuid4().hex}"
    try:
        most = int(settings.limits.batch_unpacked_megabytes * 1e6)
        unpack(archive, fresh, most_bytes=most, most_files=_MOST_FILES)
        yield fresh
    except CannotFetch as error:
        reason = error.reason.replace(repr(archive.name), "the zip")
        raise Refused(422, reason, "Zip the folder that train wrote.", field="bundle") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _check_asks_nobody(folder: Path) -> None:
    """Refuse a bundle from outside that would send products' words to an address it names."""
    about = read_json(folder / "bundle.json")
    settings = about.get("settings") if isinstance(about, dict) else None
    encoders = settings.get("encoders") if isinstance(settings, dict) else None
    if isinstance(encoders, Mapping) and any(_is_paid(one) for one in encoders.values()):
        raise BadBundle(
            "the bundle asks a service on the network for vectors",
            "Put it into the service's bundle folder yourself if that is wanted.",
        )


def _is_paid(value: Any) -> bool:
    return isinstance(value, str) and value.strip().lower().startswith(_PAID)


def _plainly(error: GlasscaseError, folder: Path) -> BadBundle:
    """`error` without where the bundle was unpacked."""
    reason = error.reason.replace(repr(str(folder)), "in the zip").replace(str(folder), "the zip")
    if isinstance(error, BadBundle):
        return BadBundle(reason, error.remedy)
    return BadBundle(reason, "Copy it again from where it was made.")
