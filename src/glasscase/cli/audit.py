"""`glasscase audit`: where a catalogue's own labels are likely wrong."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import columns_from, read_catalog, settings_from, showing
from glasscase.cli.show import print_columns, print_json, print_problems, print_table
from glasscase.errors import BadSetting

if TYPE_CHECKING:
    from glasscase.catalog.columns import Columns
    from glasscase.jobs.correct import Corrected
    from glasscase.review.audit import Audit

SHOWN = 10


def audit(
    table: o.TableArgument,
    photos: o.PhotosOption = None,
    text: o.TextOption = None,
    label: o.LabelOption = None,
    id: o.IdOption = None,
    photo_column: o.PhotoColumnOption = None,
    price: o.PriceOption = None,
    image_vectors: o.ImageVectorsOption = None,
    text_vectors: o.TextVectorsOption = None,
    delimiter: o.DelimiterOption = None,
    level: o.LevelOption = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="TABLE", help="Another table: products in both, and what they do."
        ),
    ] = None,
    against_photos: Annotated[
        Path | None,
        typer.Option(
            "--against-photos", metavar="FOLDER", help="Its photos, where they are elsewhere."
        ),
    ] = None,
    effort: o.EffortOption = None,
    seed: o.SeedOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    worklist: Annotated[
        Path | None,
        typer.Option("--worklist", metavar="FILE.csv", help="Where the table to fill in goes."),
    ] = None,
    apply: Annotated[
        Path | None,
        typer.Option(
            "--apply", metavar="FILE.csv", help="Write a filled-in worklist into a copy, --out."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="The page (.html); with --apply the corrected table."
        ),
    ] = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Find labels that are likely wrong, with reasons.

    Every product is judged by a model that never saw it. Also says what is listed more than once,
    and what stands in a second table too.
    """
    columns = columns_from(
        text=text,
        label=label,
        id=id,
        photo_column=photo_column,
        price=price,
        image_vectors=image_vectors,
        text_vectors=text_vectors,
    )
    settings = settings_from(config, overrides, train__effort=effort, train__seed=seed)
    if apply is not None:
        from glasscase.jobs.correct import correct

        if out is None or worklist is not None or against is not None:
            raise BadSetting(
                "--apply only writes a corrected table", "Give it --out FILE and no audit options."
            )
        _show_corrected(
            correct(
                table, apply, out, columns=columns, delimiter=delimiter, settings=settings
            ),
            as_json=as_json,
        )  # fmt: skip
        return
    from glasscase.jobs.audit import audit as audit_catalog
    from glasscase.jobs.decisions.corrections_file import write_corrections

    _check_places(table, out, worklist)
    with showing(quiet=quiet) as progress:
        read = partial(
            read_catalog, delimiter=delimiter, level=level, settings=settings, progress=progress
        )
        catalog = read(table, photos, columns)
        other = None
        if against is not None:
            same = _columns_of(against, delimiter, catalog.columns)
            other = read(against, against_photos or photos, same)
        found = audit_catalog(catalog, settings=settings, against=other, progress=progress)
        if worklist is not None:
            write_corrections(worklist, found.suspects)
        page = found.save(out) if out is not None else None
    if as_json:
        print_json(found.to_dict())
        return
    print_columns(catalog.columns.describe(), quiet=quiet)
    _show(found)
    if worklist is not None:
        print(f"Write accept or keep into the column decision of {worklist}, then --apply it.")
    if page is not None:
        print(f"The page to look through is {page}.")


def _columns_of(table: Path, delimiter: str | None, columns: Columns) -> Columns:
    """The audited table's columns, as far as the other one has them."""
    from glasscase.catalog.columns import Columns
    from glasscase.catalog.photo_sets import is_photo_set
    from glasscase.catalog.tables import open_table

    if is_photo_set(table):
        return Columns()
    return columns.among(open_table(table, delimiter=delimiter).names)


def _check_places(table: Path, out: Path | None, worklist: Path | None) -> None:
    """Said before an audit of minutes, not after it."""
    for place, ending, what in ((out, ".html", "the page"), (worklist, ".csv", "the worklist")):
        if place is None:
            continue
        if place.suffix.lower() != ending:
            raise BadSetting(f"{what} cannot be {place.name!r}", f"End its name in {ending}.")
        if place.resolve() == table.resolve():
            raise BadSetting(f"{str(place)!r} would be overwritten", "Choose another name.")


def _show(found: Audit) -> None:
    from glasscase.review.worklist import named

    print_problems(found.problems)
    for note in found.notes:
        print(note)
    shown = found.suspects[:SHOWN]
    if shown:
        print_table(
            ["look at", "score", "label", "suggested", "probability"],
            [
                [
                    named(case.product),
                    f"{case.score:.2f}",
                    case.label,
                    case.suggested or "-",
                    "-" if case.probability is None else f"{case.probability:.0%}",
                ]
                for case in shown
            ],
        )
        if len(found.suspects) > len(shown):
            print(f"and {len(found.suspects) - len(shown)} more")
    for kind, words in (
        ("exact", "are exact duplicates"),
        ("near", "share a photo or all their words"),
        ("variant", "are variants (other size, colour or number)"),
    ):
        groups = found.groups_of(kind)
        if groups:
            conflicts = sum(group.conflict for group in groups)
            products = sum(len(group.products) for group in groups)
            print(f"{products} products in {len(groups)} groups {words}; {conflicts} of the groups "
                  "are filed under different categories.")  # fmt: skip
    if found.leaks is not None:
        print(found.leaks.sentence)
    print(found.advice)


def _show_corrected(done: Corrected, *, as_json: bool) -> None:
    if as_json:
        print_json(done.to_dict())
        return
    print_problems(done.problems, most=20)
    print(
        f"{len(done.changed)} labels changed, {done.already} were right already, {done.kept} kept, "
        f"{done.undecided} not decided. The corrected table is {done.path}."
    )
