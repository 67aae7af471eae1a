"""`glasscase retrain`: what reviewers decided becomes a new model."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, showing
from glasscase.cli.opened_store import DatabaseOption, opened, service_settings, who
from glasscase.cli.show import print_json, print_problems
from glasscase.errors import CannotWrite


def retrain(
    bundle: o.BundleArgument,
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where the new bundle goes.")
    ],
    table: Annotated[
        Path | None,
        typer.Option(
            "--table",
            metavar="TABLE",
            help="The table it was trained on: everything is then trained anew.",
        ),
    ] = None,
    photos: o.PhotosOption = None,
    text: o.TextOption = None,
    label: o.LabelOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    delimiter: o.DelimiterOption = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Before and after, as .html or .json."),
    ] = None,
    training_file: Annotated[
        Path | None,
        typer.Option(
            "--training-file",
            metavar="FOLDER",
            help="Also write the decisions as a table with photos; it is yours to delete.",
        ),
    ] = None,
    activate: Annotated[
        bool, typer.Option("--activate", help="Let the new model answer in the service.")
    ] = False,
    database: DatabaseOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Train with what reviewers decided, and say what changes.

    Decisions come from the service's database. The old model stays as it is.
    """
    from glasscase.jobs.decisions.reviewed_products import reviewed_products, write_reviewed
    from glasscase.jobs.register_bundle import register_bundle, serve_bundle
    from glasscase.jobs.retrain import retrain as train_anew
    from glasscase.jobs.retrain_page import check_report_name, save_report
    from glasscase.jobs.table_source import TableSource
    from glasscase.models.bundle import check_place
    from glasscase.models.classifier import ProductClassifier

    check_place(out)
    if report is not None:
        check_report_name(report)
    if training_file is not None and training_file.exists():
        raise CannotWrite(f"{str(training_file)!r} exists", "Choose another --training-file.")
    columns = columns_from(text=text, label=label, id=id, photo_column=photo_column)
    source = TableSource(table, photos, columns, delimiter) if table is not None else None
    with (
        opened(service_settings(config, overrides, database)) as store,
        showing(quiet=quiet) as progress,
    ):
        model = ProductClassifier.load(bundle, cached=False)
        reviewed = reviewed_products(store, model.settings, progress=progress)
        if training_file is not None:
            write_reviewed(reviewed, training_file)
        found = train_anew(model, reviewed, table=source, progress=progress)
        found.model.save(out)
        if report is not None:
            save_report(found, report)
        row = serve_bundle(store, out) if activate else register_bundle(store, out)
        detail = {"decisions": found.decisions, "active": activate}
        store.audit.write(who(), "model.retrain", row.id, detail)
    if as_json:
        print_json({**found.to_dict(), "model": row.id, "bundle": str(out), "active": activate})
        return
    print_problems(found.problems)
    for sentence in (found.advice, *found.sentences):
        print(sentence)
    place = shlex.quote(str(out))
    print(f"The model is in {out}." + (" It answers from now on." if activate else ""))
    if not activate:
        print(f"Let it answer: glasscase serve {place}, or the page Model.")
