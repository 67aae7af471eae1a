"""A bundle: one folder that holds a whole model, checked byte for byte when it is opened.

    bundle.json        format, classes, head, settings, columns: what the model is
    head.safetensors   the head's arrays; graphs/*.onnx where it is no plain arrays
    words.json, characters.json, sentence/, image/      the encoders, with their cards
    training.json, training.safetensors                 for "nearest training products"
    taxonomy.json      the tree of categories
    card.json, CARD.md what it was trained on, how good it is, what it cannot do
    known_kinds.json, known_kinds.safetensors           what is usual, so that a stranger is told
    usable.json        from when on a photo or a text is of no use
    added.json, added.safetensors                       categories added by a few examples
    promise.json       what may be accepted unseen, if a promise was made
    held_out.json, held_out.safetensors                 answers to products it had not seen
    manifest.json      SHA-256 and size of every other file, and of itself

No pickle anywhere: JSON, safetensors and ONNX.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.columns import Columns
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.catalog.usable import Usable
from glasscase.errors import BadBundle, CannotWrite
from glasscase.files import file_sha256, new_folder, write_bytes, write_json, write_text
from glasscase.models.added_head import AddedHead, with_added, without_added
from glasscase.models.arrays_file import read_arrays, write_arrays
from glasscase.models.calibration import Calibration
from glasscase.models.card_text import card_text
from glasscase.models.head import HeadState
from glasscase.models.heads import head_from_state
from glasscase.models.held_out_answers import HeldOutAnswers
from glasscase.models.known_kinds import KnownKinds
from glasscase.models.model_parts import ModelParts
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.promise import Promise
from glasscase.models.prototypes import load_prototypes, save_prototypes
from glasscase.models.stored_json import laid_out_as_now, read_json
from glasscase.models.training_index import TrainingIndex
from glasscase.settings import Settings

FORMAT = 1
MANIFEST = "manifest.json"
ABOUT = "bundle.json"
_PROMISE = "promise.json"
_USABLE = "usable.json"
_AGAIN = "Copy it again from where it was made, or train it anew."


def save_bundle(model: ModelParts, path: Path) -> Path:
    """Store `model` at `path` in one step; an old bundle there stays until the new one is whole.

    Raises:
        CannotWrite: no space, no permission, or `path` holds something that is no bundle.
    """
    check_place(path)
    added = model.head.prototypes if isinstance(model.head, AddedHead) else ()
    model = without_added(model)
    state = model.head.state()
    with new_folder(path) as folder:
        write_json(folder / ABOUT, _description(model, state))
        write_arrays(folder / "head.safetensors", state.arrays)
        for name, graph in state.graphs.items():
            write_bytes(folder / "graphs" / f"{name.replace('/', '--')}.onnx", graph)
        model.encoder.save(folder)
        model.training.save(folder)
        write_json(folder / "taxonomy.json", model.taxonomy.to_dict())
        write_json(folder / "card.json", model.card)
        write_text(folder / "CARD.md", card_text(model.card))
        if added:
            save_prototypes(folder, added)
        write_json(folder / _USABLE, model.usable.to_dict())
        if model.known_kinds is not None:
            model.known_kinds.save(folder)
        if model.promise is not None:
            write_json(folder / _PROMISE, model.promise.to_dict())
        if model.held_out is not None:
            model.held_out.save(folder)
        write_manifest(folder)
    return path


def check_place(path: Path, about: str = ABOUT) -> None:
    """Raises `CannotWrite` where `path` holds something that is no bundle: it would be lost.

    A bundle of this kind has the file `about`.
    """
    if path.exists() and not _is_bundle(path, about) and not _is_empty_folder(path):
        raise CannotWrite(f"{str(path)!r} exists and is no bundle", "Choose another --out.")


def _description(model: ModelParts, state: HeadState) -> dict[str, Any]:
    return {
        "glasscase": version("glasscase"),
        "classes": [str(name) for name in model.classes],
        "calibration": model.calibration.to_dict(),
        "head": state.config,
        "graphs": sorted(state.graphs),
        "settings": model.settings.model_dump(mode="json", exclude={"cache"}),
        "columns": asdict(model.columns),
    }


def write_manifest(folder: Path) -> None:
    """List every file of `folder` with its SHA-256: what `check_bundle` compares with."""
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    listed = {
        name: {"sha256": file_sha256(folder / name), "bytes": (folder / name).stat().st_size}
        for name in files
    }
    manifest = {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": listed,
    }
    write_json(folder / MANIFEST, {**manifest, "sha256": _own_sha256(manifest)})


def load_bundle(path: Path, *, cached: bool) -> ModelParts:
    """Check every byte of the bundle at `path` and open it.

    Raises:
        BadBundle: no bundle there, a changed, missing or additional file, or a newer format.
    """
    check_bundle(path)
    with laid_out_as_now("the description"):
        return _opened(path, read_json(path / ABOUT), cached=cached)


def _opened(path: Path, about: Mapping[str, Any], *, cached: bool) -> ModelParts:
    """All parts of a bundle whose bytes were checked."""
    settings = Settings.parse(about["settings"])
    graphs = {
        name: (path / "graphs" / f"{name.replace('/', '--')}.onnx").read_bytes()
        for name in about["graphs"]
    }
    state = HeadState(about["head"], read_arrays(path / "head.safetensors"), graphs)
    columns: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in about["columns"].items()
    }
    training = TrainingIndex.load(path)
    parts = ModelParts(
        settings=settings,
        encoder=ProductEncoder.load(path, settings, cached=cached),
        head=head_from_state(state),
        classes=np.array(about["classes"], dtype=np.str_),
        calibration=Calibration.from_dict(about["calibration"]),
        training=training,
        taxonomy=Taxonomy.from_dict(read_json(path / "taxonomy.json")),
        columns=Columns(**columns),
        card=read_json(path / "card.json"),
        promise=_promise(path / _PROMISE),
        known_kinds=KnownKinds.load(path, training.features),
        usable=_usable(path / _USABLE),
        held_out=HeldOutAnswers.load(path),
    )
    return with_added(parts, load_prototypes(path))


def _promise(path: Path) -> Promise | None:
    return Promise.from_dict(read_json(path)) if path.is_file() else None


def _usable(path: Path) -> Usable:
    return Usable.from_dict(read_json(path)) if path.is_file() else Usable()


def check_bundle(path: Path) -> None:
    """Compare every file with the manifest. Raises `BadBundle` saying what is wrong and where."""
    if not path.exists():
        raise BadBundle(f"there is no bundle at {str(path)!r}", "Check the path, or train one.")
    if not path.is_dir():
        raise BadBundle(
            f"{str(path)!r} is a file; a bundle is a folder", "Name the folder train --out made."
        )
    if not (path / MANIFEST).is_file():
        raise BadBundle(
            f"the folder {str(path)!r} is no bundle: it has no {MANIFEST}",
            "Name the folder train --out made.",
        )
    manifest = _read_manifest(path)
    _check_files(path, manifest["files"])


def _read_manifest(path: Path) -> dict[str, Any]:
    manifest = read_json(path / MANIFEST)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise BadBundle(f"{MANIFEST} of {str(path)!r} is damaged", _AGAIN)
    if manifest["format"] > FORMAT:
        raise BadBundle(
            f"the bundle {str(path)!r} has format {manifest['format']}, "
            f"this Glasscase reads up to {FORMAT}",
            "Run: pip install --upgrade glasscase",
        )
    own = manifest.pop("sha256", None)
    if own != _own_sha256(manifest) or not isinstance(manifest.get("files"), dict):
        raise BadBundle(f"{MANIFEST} of {str(path)!r} was changed", _AGAIN)
    return manifest


def _check_files(path: Path, listed: dict[str, dict[str, Any]]) -> None:
    there = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()} - {MANIFEST}
    missing, foreign = sorted(listed.keys() - there), sorted(there - listed.keys())
    if missing:
        raise BadBundle(f"the bundle {str(path)!r} lacks {missing[0]!r}", _AGAIN)
    if foreign:
        raise BadBundle(
            f"the bundle {str(path)!r} holds {foreign[0]!r}, which is not in its manifest",
            "Remove that file.",
        )
    for name, entry in listed.items():
        if (path / name).is_symlink() or file_sha256(path / name) != entry["sha256"]:
            raise BadBundle(f"{name!r} of the bundle {str(path)!r} was changed", _AGAIN)


def _own_sha256(manifest: dict[str, Any]) -> str:
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _is_bundle(path: Path, about: str) -> bool:
    """Whether a folder may be replaced. A manifest.json alone is no proof: web pages have one."""
    return all((path / name).is_file() for name in (MANIFEST, about))


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
