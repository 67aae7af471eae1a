"""What is said about a KPI and its table with a request, checked before anything is queued."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from glasscase.catalog.columns import Columns, no_such_column
from glasscase.catalog.tables import Table, open_table
from glasscase.catalog.vector_names import vector_columns
from glasscase.errors import BadSetting, GlasscaseError
from glasscase.jobs.batches.batch_upload import BatchUpload
from glasscase.jobs.kpis.kpi_options import EXPOSURES, LINKS, KpiOptions
from glasscase.jobs.kpis.kpi_table import KpiTable, check_columns
from glasscase.kpi.learner import FAMILIES
from glasscase.kpi.scale import KINDS
from glasscase.server.guard.refusals import Refused

KPI_FIELDS = {
    "target": "The column of the KPI.",
    "model": "Instead of a target: id of a finished job, whose model answers for the table.",
    "time": "Column of the time of measurement: models are judged on later products.",
    "group": "Column of what is held back whole, such as the brand.",
    "exposure": "Column of impressions, days or distribution.",
    "exposure_as": f"{' or '.join(EXPOSURES)}; by the kind of KPI unless said.",
    "weight": "Column of how much a row counts.",
    "experiment": "Column of a treatment that luck decided.",
    "features": "Columns to read, divided by commas; all unless said.",
    "leave_out": "Columns never to read.",
    "kind": f"{', '.join(KINDS)}; guessed unless said.",
    "link": f"Scale that is learnt in: {', '.join(LINKS)}; by the kind unless said.",
    "models": f"Of {', '.join(FAMILIES)}; divided by commas.",
    "level": "Share of new products whose value an interval should hold, 0.5 to 0.99; else 0.9.",
    "folds": "How many parts are held back in turn, 2 to 20; else 5.",
    "seed": "Of folds and models; the same seed gives the same result; else 0.",
    "force": "`yes` goes on with fewer than 100 products.",
    "text": "Columns of text, divided by commas; guessed unless said.",
    "id": "Column that names the product.",
    "photo_column": "Columns of photo file names, divided by commas.",
    "image_vectors": "Column, or columns as `NAME*`, of vectors of photos made elsewhere.",
    "text_vectors": "The same of texts.",
    "delimiter": "What divides the cells of the table; guessed unless said.",
}
"""Field -> what it is."""
_WITH_A_MODEL = ("model", "delimiter")
_LISTS = ("features", "leave_out", "models", "text", "photo_column")
_NUMBERS: dict[str, type[float | int]] = {"level": float, "folds": int, "seed": int}
_MOST_DIGITS = 25


def kpi_told(said: Mapping[str, str]) -> dict[str, str]:
    """The fields of `KPI_FIELDS` that say something, each checked by itself and all together.

    Raises:
        Refused: 422, naming the field.
    """
    told = {name: said[name].strip() for name in KPI_FIELDS if name in said}
    if said.get("delimiter"):
        told["delimiter"] = said["delimiter"]  # a tab is no blank here
    told = {name: value for name, value in told.items() if value}
    if bool(told.get("target")) == bool(told.get("model")):
        raise Refused(422, "there is no target" if not told.get("target")
                      else "a target and a model exclude one another",
                      "Send the column of the KPI as 'target', or the id of a job as 'model'.",
                      field="target")  # fmt: skip
    if "model" in told:
        for name in [one for one in told if one not in _WITH_A_MODEL]:
            raise Refused(422, f"a model was learnt with its own {name}", "Leave it out.",
                          field=name)  # fmt: skip
    for name in told:
        _options({name: told[name]}, name)
    _options(told, "exposure_as")
    return told


def kpi_options(told: Mapping[str, str]) -> KpiOptions:
    """Options from the fields of a request. Raises `BadSetting`."""
    known = {field.name for field in fields(KpiOptions)}
    values = {name: _value(name, told[name]) for name in told}
    columns = Columns(
        id=values.get("id"),
        text=values.get("text", ()),
        photo=values.get("photo_column", ()),
        image_vectors=values.get("image_vectors"),
        text_vectors=values.get("text_vectors"),
    )
    return KpiOptions(
        **{name: value for name, value in values.items() if name in known}, columns=columns
    )


def opened(upload: BatchUpload, told: Mapping[str, str]) -> Table:
    """The table that was sent. Raises `BadCatalog` or `BadSetting`."""
    return open_table(upload.folder / str(upload.table), delimiter=told.get("delimiter"))


def check_kpi_table(folder: Path, told: Mapping[str, str]) -> None:
    """Whether the table in `folder` has every column that was named, for one thing each. Blocks.

    Raises:
        Refused: 422, naming the field.
    """
    upload = BatchUpload.open(folder)
    if upload.table is None:
        raise Refused(422, "there is no table among what was sent", "Put one in.", field="file")
    field = "delimiter" if "delimiter" in told else "file"
    try:
        names = opened(upload, told).names
        if "model" in told:
            return
        table = KpiTable(upload.name, names, (), (), Columns(), ())
        for field in [one for one in told if one != "delimiter"]:
            _check_one(table, told, field)
        field = "features"
        check_columns(table, told["target"], kpi_options(told))
    except GlasscaseError as error:
        raise Refused.because(upload.plainly(error), field=field) from None


def _check_one(table: KpiTable, told: Mapping[str, str], name: str) -> None:
    """Whether the columns that field `name` speaks of are there, and none is the target."""
    target = told["target"]
    if name == "target":
        check_columns(table, target, KpiOptions())
    elif target in table.names:
        options = kpi_options({name: told[name]})
        for column in options.columns.names():
            if column not in table.names:
                raise no_such_column(column, table.names)
        for vectors in (options.columns.image_vectors, options.columns.text_vectors):
            if vectors and not vector_columns(vectors, table.names):
                raise no_such_column(vectors, table.names)
        check_columns(table, target, options)


def _options(told: Mapping[str, str], field: str) -> None:
    try:
        kpi_options(told)
    except BadSetting as error:
        raise Refused.because(error, field=field) from None


def _value(name: str, text: str) -> Any:
    if name in _LISTS:
        cells = next(csv.reader([text], skipinitialspace=True), [])
        return tuple(one.strip() for one in cells if one.strip())
    if name == "force":
        if text not in ("yes", "no"):
            raise BadSetting(f"force is {text[:40]!r}", "Use yes or no.")
        return text == "yes"
    if name not in _NUMBERS:
        return text
    try:
        return _NUMBERS[name](text if len(text) <= _MOST_DIGITS else "too long")
    except ValueError:
        what = "whole number" if _NUMBERS[name] is int else "number"
        raise BadSetting(f"{name} is {text[:40]!r}", f"Write a {what}.") from None
