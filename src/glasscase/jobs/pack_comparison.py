"""Packs beside one another: the result, its pictures, and the files they become."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.cells import safe_cell
from glasscase.files import write_json, write_text
from glasscase.packs.attention_maps import pack_picture
from glasscase.pages.thumbnail import thumbnail

JSON, PAGE, TABLE, PICTURES = "packs.json", "packs.html", "packs.csv", "pictures.json"
_PHOTO_PX = 420
_EDIT_PX = 260


@dataclass(frozen=True, slots=True, eq=False)
class PackComparison:
    """What `score_packs` found."""

    result: Mapping[str, Any]
    """`{"kind": "packs", "schema": 1, ...}`; see docs/packs.md."""
    pictures: Mapping[str, Any]
    """`photos` and `attention` by pack, `edits` by number of the edit, `shelf`: JPEG `data:`
    addresses."""

    def to_dict(self) -> dict[str, Any]:
        """The result as plain JSON values, without pictures."""
        return dict(self.result)

    def html(self) -> str:
        """The comparison as one page of HTML that needs nothing else."""
        from glasscase.jobs.pack_page import pack_page

        return pack_page(self.result, self.pictures)

    def save(self, folder: str | Path) -> Path:
        """Write `packs.html`, `packs.json`, `packs.csv` and `pictures.json`; returns the page.

        Raises:
            CannotWrite: the disk is full, or the folder may not be written to.
        """
        folder = Path(folder)
        write_json(folder / JSON, self.to_dict())
        write_json(folder / PICTURES, dict(self.pictures))
        write_text(folder / TABLE, pack_csv(self.result))
        write_text(folder / PAGE, self.html())
        return folder / PAGE


def pack_csv(result: Mapping[str, Any]) -> str:
    """A row for each figure: pack, part, value, low, high, unit, why not."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["pack", "part", "figure", "value", "low", "high", "unit", "why_not"])
    for pack in result["packs"]:
        name = safe_cell(pack["id"])
        table.writerow([name, "score", "score", *_three(pack["score"]), "points", ""])
        for pillar, told in pack["pillars"].items():
            table.writerow([name, "pillar", pillar, *_three(told), "points", told["why_not"]])
        for one in pack["measures"]:
            part = one["pillar"] or "not scored"
            told = [part, one["name"], *_three(one), one["unit"], safe_cell(one["why_not"])]
            table.writerow([name, *told])
    return stream.getvalue()


def _three(told: Mapping[str, Any]) -> list[Any]:
    return ["" if told[name] is None else told[name] for name in ("value", "low", "high")]


def photo_picture(image: NDArray[np.uint8]) -> str:
    """A pack's photo for pages."""
    return thumbnail(image, longest_px=_PHOTO_PX)


def edit_picture(image: NDArray[np.uint8]) -> str:
    """An edited photo for pages."""
    return thumbnail(image, longest_px=_EDIT_PX)


def attention_picture(image: NDArray[np.uint8], times: NDArray[np.float32]) -> str:
    """A pack's photo with the attention on it, for pages."""
    return thumbnail(
        np.asarray(pack_picture(image, times, longest_px=_PHOTO_PX)), longest_px=_PHOTO_PX
    )
