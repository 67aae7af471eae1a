"""`glasscase explain`: why a model answers as it does for one product."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import model_from, source_from
from glasscase.cli.show import print_json, print_problems, print_table
from glasscase.errors import BadSetting

if TYPE_CHECKING:
    from glasscase.explanations.explanation import Explanation


def explain(
    bundle: o.BundleArgument,
    table: Annotated[
        Path | None,
        typer.Argument(metavar="TABLE", help="Table with the product, named by --row or --id."),
    ] = None,
    photo: Annotated[
        list[Path] | None,
        typer.Option("--photo", metavar="FILE", help="A photo; may be given several times."),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option("--text", metavar="WORDS", help="Its words; with TABLE the text columns."),
    ] = None,
    row: Annotated[
        int | None,
        typer.Option("--row", metavar="N", help="Row of TABLE; the header is row 1."),
    ] = None,
    id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Product of TABLE, by its id.")
    ] = None,
    photos: o.PhotosOption = None,
    photo_column: o.PhotoColumnOption = None,
    image_vectors: o.ImageVectorsOption = None,
    text_vectors: o.TextVectorsOption = None,
    delimiter: o.DelimiterOption = None,
    label: Annotated[
        str | None,
        typer.Option("--label", metavar="CLASS", help="Class to speak for; else the answer."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="CLASS", help="Why rather that class than this one."),
    ] = None,
    parts: Annotated[
        str | None,
        typer.Option(
            "--parts",
            metavar="LIST",
            help="Of words,photo,rival,flip,check only these; fewer are quicker.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="A .html page, .png heat map or .json of everything."
        ),
    ] = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Say why a model answers as it does for one product.

    Places on the photo, weights of words, what each of the two contributed, what would change the
    answer, similar products. Give the product by --photo and --text, or by TABLE and --row or --id.
    """
    from glasscase.explanations.tested import PARTS, known_parts
    from glasscase.jobs.explained_product import product_in, product_of
    from glasscase.jobs.explanation_file import check_ending, save_explanation

    if out is not None:
        check_ending(out)
    wanted = PARTS if parts is None else known_parts(parts.replace(" ", "").split(","))
    model = model_from(bundle, config, overrides)
    if table is None:
        if row is not None or id is not None:
            raise BadSetting("--row and --id need a table", "Name it after the bundle.")
        asked = product_of(photo or [], text or "", model.settings)
    else:
        if photo:
            raise BadSetting("--photo does not go with a table", "Give --photos FOLDER instead.")
        source = source_from(
            table, photos, delimiter, text=text, photo_column=photo_column,
            image_vectors=image_vectors, text_vectors=text_vectors,
        )  # fmt: skip
        asked = product_in(model, source, row=row, id=id)
    told = asked.explained(model, label=label, against=against, parts=wanted)
    if out is not None:
        save_explanation(told, asked.product, out, photos=photos)
    if as_json:
        print_json(told.to_dict())
        return
    _print(told, quiet=quiet)
    if out is not None:
        print(f"The explanation is in {out}.")


def _print(told: Explanation, *, quiet: bool) -> None:
    print(told.sentence)
    if not quiet:
        print_problems(told.problems)
    rows = [[word, f"{weight:+.3f}"] for word, weight in told.words.top(8)]
    if rows:
        print_table(["word", told.words.answer], rows)
    if told.photo_words:
        print(f"read on the photo: {' | '.join(told.photo_words)}")
    for share in told.shares:
        print(f"{share.modality}: {share.share:.0%} of the say, {share.value:+.2f} log-odds")
    _print_trials(told)
    if told.metadata is not None:
        print(f"{told.metadata.names}: {told.metadata_points:+.1f} points of probability")
    for other in told.neighbours:
        print(f"similar: {other.id} ({other.label}) {other.title}")


def _print_trials(told: Explanation) -> None:
    if told.flip is not None and told.flip.sentences:
        print("what would change the answer:")
        for sentence in told.flip.sentences:
            print(f"  {sentence}")
    if told.rival is not None and told.rival.sentence:
        print(f"rather than {told.rival.against}: {told.rival.sentence}")
    for check in told.checks:
        print(f"check: {check.sentence}")
