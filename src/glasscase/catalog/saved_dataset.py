"""A folder that Hugging Face `datasets` wrote with `save_to_disk`, read without that library.

    state.json          the names of the data files
    dataset_info.json   what the columns are; of a ClassLabel the names of the classes
    data-*.arrow        the rows, as Arrow streams; an image is {bytes, path}
    dataset_dict.json   instead of all these: the splits, each a folder of that kind

Nothing in it is run. File names may not leave the folder, and every batch is checked before use.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glasscase.catalog.problem import Problem
from glasscase.errors import BadCatalog

_DICT, _STATE, _INFO = "dataset_dict.json", "state.json", "dataset_info.json"
_MOST_JSON_BYTES = 50_000_000
_AT_ONCE = 200
_AGAIN = "Save it again with save_to_disk."


def is_saved_dataset(folder: Path) -> bool:
    """Whether `folder` is one, or holds the splits of one."""
    whole = (folder / _STATE).is_file() and (folder / _INFO).is_file()
    return whole or (folder / _DICT).is_file()


class SavedDataset:
    """The rows of a saved dataset; those of several splits one after the other.

    `problems` grows while `rows` are walked through.
    """

    def __init__(self, folder: Path) -> None:
        """Open `folder`. Raises `BadCatalog` where it is damaged or has other columns per split."""
        self.folder = folder
        self.problems: list[Problem] = []
        self._parts = self._opened()
        self.names = _column_names(self._parts[0])

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Number (the first row is 2, as in every table) and cells of each row.

        Labels are given by name. Raises `BadCatalog` where a file turns out damaged.
        """
        number = 2
        for part in self._parts:
            classes = _class_names(part)
            for path in _data_files(part):
                for cells in _rows_of(path):
                    self._name_labels(number, cells, classes)
                    yield number, cells
                    number += 1

    def _opened(self) -> list[Path]:
        if not (self.folder / _DICT).is_file():
            return [self.folder]
        splits = _json(self.folder / _DICT).get("splits")
        if not isinstance(splits, list) or not splits or not all(map(_is_plain, splits)):
            raise _damaged(self.folder / _DICT, "it names no splits")
        parts = [self.folder / name for name in splits]
        if any(_column_names(part) != _column_names(parts[0]) for part in parts[1:]):
            message = f"the splits of {str(self.folder)!r} have different columns"
            raise BadCatalog(message, f"Name one of them, such as {str(parts[0])!r}.")
        if len(parts) > 1:
            reason = f"holds {len(parts)} splits, {', '.join(splits)}, which are read together"
            remedy = "Name the folder of one split to keep them apart."
            self.problems.append(Problem(None, "folder", reason, remedy))
        return parts

    def _name_labels(
        self, number: int, cells: dict[str, Any], classes: Mapping[str, Sequence[str]]
    ) -> None:
        for column, names in classes.items():
            label = cells.get(column)
            cells[column] = None
            if label is None or label == -1:  # how datasets marks a row without a label
                continue
            if isinstance(label, int) and 0 <= label < len(names):
                cells[column] = names[label]
                continue
            reason = f"{label!r} is none of the {len(names)} classes of the dataset"
            remedy = "It counts as missing; mend the dataset."
            self.problems.append(Problem(number, column, reason, remedy))


@contextmanager
def _batches(path: Path) -> Iterator[Any]:
    """The open stream of an Arrow file; what is wrong with it becomes `BadCatalog`."""
    from pyarrow import ArrowException, ipc, memory_map

    try:
        with memory_map(str(path)) as source, ipc.open_stream(source) as stream:
            yield stream
    except (ArrowException, OSError, ValueError, MemoryError) as error:
        if isinstance(error, BadCatalog):
            raise
        raise _damaged(path, _first_line(error)) from None


def _column_names(folder: Path) -> tuple[str, ...]:
    path = _data_files(folder)[0]
    with _batches(path) as stream:
        names = tuple(str(name) for name in stream.schema.names)
    if len(set(names)) < len(names):
        raise _damaged(path, "a column is there twice")
    return names


def _rows_of(path: Path) -> Iterator[dict[str, Any]]:
    with _batches(path) as stream:
        for batch in stream:
            batch.validate(full=True)
            for start in range(0, batch.num_rows, _AT_ONCE):
                yield from batch.slice(start, _AT_ONCE).to_pylist()


def _data_files(folder: Path) -> list[Path]:
    """The Arrow files of one split, in order. Raises `BadCatalog`."""
    state = _json(folder / _STATE)
    entries = state.get("_data_files")
    names = [str(entry.get("filename")) for entry in entries or [] if isinstance(entry, dict)]
    if not isinstance(entries, list) or not names or len(names) != len(entries):
        raise _damaged(folder / _STATE, "it names no data files")
    if state.get("_indices_data_files"):
        message = f"{str(folder)!r} holds rows and a selection of them, which is an old format"
        raise BadCatalog(message, "Save it again with a newer datasets library.")
    for name in names:
        if not _is_plain(name):
            raise _damaged(folder / _STATE, f"the file {name!r} is outside the folder")
        if not (folder / name).is_file() or (folder / name).is_symlink():
            raise BadCatalog(f"{str(folder)!r} lacks its data file {name!r}", "Copy it again.")
    return [folder / name for name in names]


def _class_names(folder: Path) -> dict[str, list[str]]:
    """Names of the classes of every ClassLabel column."""
    features = _json(folder / _INFO).get("features")
    found = {}
    for column, feature in (features if isinstance(features, dict) else {}).items():
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
            names = feature.get("names")
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise _damaged(folder / _INFO, f"the classes of {column!r} have no names")
            found[str(column)] = names
    return found


def _is_plain(name: Any) -> bool:
    """Whether a name stays in its folder."""
    return isinstance(name, str) and name not in ("", ".", "..") and not set(name) & set("/\\:\0")


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_JSON_BYTES:
            raise _damaged(path, "it is far too large")
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadCatalog(f"{str(path)!r} is missing", _AGAIN) from None
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, _first_line(error)) from None
    if not isinstance(value, dict):
        raise _damaged(path, "it is no JSON object")
    return value


def _damaged(path: Path, reason: str) -> BadCatalog:
    return BadCatalog(f"{str(path)!r} is damaged: {reason}", _AGAIN)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
