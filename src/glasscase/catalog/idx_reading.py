"""Pictures and labels in IDX files (MNIST, Fashion-MNIST) read as a catalogue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.category_paths import cut
from glasscase.catalog.grey_png import grey_png
from glasscase.catalog.idx_file import read_idx
from glasscase.catalog.image_decoding import check_limits
from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.errors import BadCatalog, BadPhoto, BadSetting
from glasscase.progress import Progress
from glasscase.settings import Settings

CLASSES = "classes.txt"
"""Beside the files: one name per line, the first for label 0."""
FASHION_MNIST = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
"""Names of its labels 0 to 9, as its authors give them (Xiao et al. 2017, arXiv:1708.07747)."""

_IMAGES = re.compile(r"^(?P<name>.*?)[-_.]?images[-_.]idx3[-_.]ubyte(?:\.gz)?$", re.IGNORECASE)
_MOST_CLASSES_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class IdxPair:
    """A file of pictures and the file of their labels, if there is one."""

    name: str
    """Such as `train`; may be empty."""
    images: Path
    labels: Path | None


def is_idx_images(path: Path) -> bool:
    """Whether a file is called like the pictures of an IDX set.

    >>> is_idx_images(Path("train-images-idx3-ubyte.gz")), is_idx_images(Path("a.csv"))
    (True, False)
    """
    return _IMAGES.match(path.name) is not None


def find_idx_pairs(source: Path) -> list[IdxPair]:
    """The sets in a folder, or the one a file of pictures belongs to; sorted by name.

    Labels stand beside their pictures: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`,
    each plain or `.gz`. Of a plain and a gzipped copy the plain one is taken.
    """
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    found: dict[str, IdxPair] = {}
    for path in files:
        match = _IMAGES.match(path.name)
        if match and path.is_file():
            found.setdefault(match["name"], IdxPair(match["name"], path, _labels_of(path)))
    return list(found.values())


def read_idx_sets(
    source: Path, *, level: int | None, settings: Settings, progress: Progress
) -> tuple[list[Product], list[Problem]]:
    """One product per picture, its id `<set>/<number>` counted from 0; its photo is kept in memory.

    Several sets in one folder are read one after the other, and this is said.

    Args:
        source: a folder with IDX files, or one file of pictures.
        level: as for any catalogue; classes are one level deep.
        settings: `photos.class_names` names the labels: `fashion-mnist`, `digits`, or a file. Left
            empty, `classes.txt` beside the files counts, then a folder called like Fashion-MNIST.
        progress: is told of every picture.

    Raises:
        BadCatalog: a damaged or too large file, or labels that do not fit their pictures.
        BadSetting: `photos.class_names` is none of those.
    """
    pairs = find_idx_pairs(source)
    products: list[Product] = []
    problems: list[Problem] = []
    if len(pairs) > 1:
        names = ", ".join(repr(pair.name) for pair in pairs)
        reason = f"holds {len(pairs)} sets, {names}, which are read together"
        remedy = "Name one file of images instead of the folder to keep them apart."
        problems.append(Problem(None, "folder", reason, remedy))
    for pair in pairs:
        images, labels = _read_pair(pair, settings)
        if labels is None:
            reason = f"of {pair.images.name!r} are not beside it, so there are no categories"
            problems.append(Problem(None, "labels", reason, "Add the file of labels."))
        names_of = _class_names(pair.images.parent, settings.photos.class_names)
        problems += _unnamed(pair, labels, names_of)
        numbers = progress.track(range(len(images)), total=len(images), what="reading photos")
        for number in numbers:
            identity = f"{pair.name}/{number}" if pair.name else str(number)
            photo = Photo(f"{identity}.png", data=grey_png(images[number]))
            name = None if labels is None else _name(int(labels[number]), names_of)
            category = cut((name,) if name else None, level)
            products.append(Product(id=identity, photos=(photo,), category=category))
    return products, problems


def _labels_of(images: Path) -> Path | None:
    name = re.sub("images", "labels", images.name, count=1, flags=re.IGNORECASE)
    name = re.sub("idx3", "idx1", name, count=1, flags=re.IGNORECASE)
    plain = re.sub(r"\.gz$", "", name, flags=re.IGNORECASE)
    for candidate in (name, plain, f"{plain}.gz"):
        if (images.parent / candidate).is_file():
            return images.parent / candidate
    return None


def _read_pair(
    pair: IdxPair, settings: Settings
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Pictures [n, height, width] and labels [n]."""
    most_bytes = int(settings.photos.max_set_megabytes * 1e6)
    images = read_idx(pair.images, axes=3, most_bytes=most_bytes)
    try:
        check_limits(images.shape[2], images.shape[1], pair.images.name, settings.photos)
    except BadPhoto as error:
        raise BadCatalog(error.reason, error.remedy) from None
    if pair.labels is None:
        return images, None
    labels = read_idx(pair.labels, axes=1, most_bytes=most_bytes)
    if len(labels) != len(images):
        raise BadCatalog(
            f"{pair.images.name!r} holds {len(images):,} pictures and "
            f"{pair.labels.name!r} {len(labels):,} labels",
            "They do not belong together; download both again.",
        )
    return images, labels


def _class_names(folder: Path, told: str) -> tuple[str, ...]:
    """Names of the labels from 0 on; empty where the numbers themselves are the names."""
    if told == "digits":
        return ()
    if told == "fashion-mnist":
        return FASHION_MNIST
    if told:
        if not Path(told).is_file():
            raise BadSetting(
                f"photos.class_names is {told!r}, which is no file",
                "Use fashion-mnist, digits, or a file with one name per line.",
            )
        return _names_in(Path(told))
    if (folder / CLASSES).is_file():
        return _names_in(folder / CLASSES)
    return FASHION_MNIST if "fashion" in folder.resolve().name.lower() else ()


def _names_in(path: Path) -> tuple[str, ...]:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            text = stream.read(_MOST_CLASSES_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadCatalog(f"{str(path)!r} cannot be read: {reason}", "Save it again.") from None
    names = tuple(" ".join(line.split()) for line in text.splitlines())
    while names and not names[-1]:
        names = names[:-1]
    if len(text) > _MOST_CLASSES_BYTES or not all(names) or len(set(names)) < len(names):
        raise BadCatalog(
            f"{str(path)!r} is no list of class names",
            "Write one name per line, each different, the first for label 0.",
        )
    return names


def _name(label: int, names: Sequence[str]) -> str | None:
    if not names:
        return str(label)
    return names[label] if label < len(names) else None


def _unnamed(
    pair: IdxPair, labels: NDArray[np.uint8] | None, names: Sequence[str]
) -> list[Problem]:
    """Labels beyond the names, said once: their products go on without a category."""
    if labels is None or not names or int(labels.max()) < len(names):
        return []
    beyond = np.flatnonzero(labels >= len(names))
    reason = (
        f"of {len(beyond):,} pictures of {pair.images.name!r} are beyond the {len(names)} class "
        f"names, the first is label {labels[beyond[0]]} of picture {beyond[0]}"
    )
    remedy = f"Name all classes in {CLASSES} or by photos.class_names."
    return [Problem(None, "labels", reason, remedy)]
