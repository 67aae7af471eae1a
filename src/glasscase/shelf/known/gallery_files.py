"""A gallery as a folder: vectors as safetensors, the rest as JSON, and a manifest of both.

gallery.json          format, products, the encoder's card, limits
vectors.safetensors   vectors [views, dim], owners [views]
manifest.json         SHA-256 of both
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.encoders.encoder import EncoderCard
from glasscase.errors import BadBundle, CannotWrite
from glasscase.files import file_sha256, new_folder, write_json
from glasscase.models.arrays_file import read_arrays, write_arrays
from glasscase.shelf.known.gallery import Gallery
from glasscase.shelf.known.match import KnownProduct, MatchLimits

FORMAT = 1
_ABOUT, _VECTORS, _MANIFEST = "gallery.json", "vectors.safetensors", "manifest.json"
_ARRAYS = ("vectors", "owners", "turns", "centre", "strangers")
_MOST_BYTES = 4_000_000_000
_AGAIN = "Make it again: glasscase gallery make."


def save_gallery(gallery: Gallery, path: Path) -> Path:
    """Store `gallery` at `path` in one step; an old one there stays until the new one is whole.

    Raises:
        CannotWrite: no space, no permission, or `path` holds something that is no gallery.
    """
    ours = not path.exists() or (path / _ABOUT).is_file()
    if not ours and not (path.is_dir() and not any(path.iterdir())):
        raise CannotWrite(f"{str(path)!r} exists and is no gallery", "Choose another place.")
    about = {
        "format": FORMAT,
        "products": [asdict(product) for product in gallery.products],
        "encoder": asdict(gallery.card),
        "fingerprint": gallery.card.fingerprint(),
        "limits": asdict(gallery.limits),
        "measured": gallery.measured,
    }
    with new_folder(path) as folder:
        write_json(folder / _ABOUT, about)
        write_arrays(folder / _VECTORS, {name: getattr(gallery, name) for name in _ARRAYS})
        listed = {name: file_sha256(folder / name) for name in (_ABOUT, _VECTORS)}
        write_json(folder / _MANIFEST, {"format": FORMAT, "files": listed})
    return path


def load_gallery(path: Path) -> Gallery:
    """The gallery at `path`, every byte compared with its manifest.

    Raises:
        BadBundle: no gallery there, a changed byte, a newer format, or numbers that do not fit.
    """
    shown = repr(str(path))
    if not path.is_dir() or not (path / _MANIFEST).is_file() or not (path / _ABOUT).is_file():
        raise BadBundle(f"there is no gallery at {shown}", "Make one: glasscase gallery make.")
    files = _json(path / _MANIFEST, shown).get("files")
    for name in (_ABOUT, _VECTORS):
        part = path / name
        if not part.is_file() or part.is_symlink() or part.stat().st_size > _MOST_BYTES:
            raise BadBundle(f"the gallery {shown} lacks {name!r}", _AGAIN)
        if not isinstance(files, dict) or files.get(name) != file_sha256(part):
            raise BadBundle(f"{name!r} of the gallery {shown} was changed", _AGAIN)
    about = _json(path / _ABOUT, shown)
    if not isinstance(about.get("format"), int) or about["format"] > FORMAT:
        raise BadBundle(
            f"the gallery {shown} has format {about.get('format')}, this Glasscase reads {FORMAT}",
            "Run: pip install --upgrade glasscase",
        )
    try:
        gallery = _opened(about, read_arrays(path / _VECTORS))
    except (KeyError, TypeError, ValueError) as error:
        raise BadBundle(f"the gallery {shown} is laid out as no version does it", _AGAIN) from error
    return gallery


def _opened(about: dict[str, Any], arrays: dict[str, Any]) -> Gallery:
    card = EncoderCard(**about["encoder"])
    products = tuple(KnownProduct(**{k: str(v) for k, v in one.items()})
                     for one in about["products"])  # fmt: skip
    vectors, centre, strangers = (
        np.asarray(arrays[name], np.float32) for name in ("vectors", "centre", "strangers")
    )
    owners, turns = (np.asarray(arrays[name], np.int32) for name in ("owners", "turns"))
    limits = MatchLimits(**{name: float(value) for name, value in about["limits"].items()})
    if card.fingerprint() != about["fingerprint"] or vectors.shape != (len(owners), card.dim):
        raise ValueError("card and vectors do not belong together")
    if strangers.ndim != 2 or strangers.shape[1] != card.dim:
        raise ValueError("the strangers are of another encoder")
    if centre.shape != (card.dim,) or turns.shape != owners.shape or turns.min(initial=0) < 0:
        raise ValueError("the arrays do not belong together")
    if not products or set(np.unique(owners)) != set(range(len(products))):
        raise ValueError("products and vectors do not belong together")
    if not all(
        np.isfinite(x).all()
        for x in (vectors, centre, strangers, [limits.similarity, limits.margin])
    ):
        raise ValueError("a number is none")
    measured = dict(about["measured"])
    return Gallery(products, vectors, owners, turns, centre, strangers, card, limits, measured)


def _json(path: Path, shown: str) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadBundle(f"{path.name!r} of the gallery {shown} cannot be read", _AGAIN)
    return value
