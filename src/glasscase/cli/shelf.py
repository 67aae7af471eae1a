"""`glasscase shelf`: what stands on a shelf photo, and its figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import settings_from, showing
from glasscase.cli.show import print_json, print_table
from glasscase.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from glasscase.jobs.read_shelves import ShelfOutcome
    from glasscase.shelf.tiling import Tiling

_SHOWN = 12


def shelf(
    photos: Annotated[
        list[Path], typer.Argument(metavar="PHOTO...", help="Shelf photos, or folders of them.")
    ],
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="BUNDLE", help="A model: says categories.")
    ] = None,
    gallery: Annotated[
        Path | None,
        typer.Option("--gallery", metavar="FOLDER", help="Known products: `glasscase gallery`."),
    ] = None,
    catalogue: Annotated[
        Path | None,
        typer.Option("--catalogue", metavar="TABLE", help="Known products as a table, for once."),
    ] = None,
    catalogue_photos: Annotated[
        Path | None,
        typer.Option("--catalogue-photos", metavar="FOLDER", help="Where its photos are."),
    ] = None,
    detector: Annotated[
        str,
        typer.Option("--detector", metavar="NAME|FILE", help="embedded, FILE.onnx or hf:NAME."),
    ] = "embedded",
    form: Annotated[
        str | None, typer.Option("--form", metavar="NAME", help="How FILE.onnx is to be read.")
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option("--prompt", metavar="WORDS", help="What to look for, where hf:NAME asks."),
    ] = None,
    score: Annotated[
        float | None,
        typer.Option(
            "--score", metavar="SHARE", help="Boxes below do not count; else as measured."
        ),
    ] = None,
    tile: Annotated[
        int | None,
        typer.Option(
            "--tile",
            metavar="PX",
            help="Side of tiles a photo is cut into; 0: not cut; else by its size.",
        ),
    ] = None,
    overlap: Annotated[
        float | None,
        typer.Option(
            "--overlap", metavar="SHARE", help="Of a tile that the next shows too; else 0.25."
        ),
    ] = None,
    merge: Annotated[
        str | None,
        typer.Option(
            "--merge",
            metavar="nms|fusion",
            help="Of boxes on one thing the surest, or their mean; else nms.",
        ),
    ] = None,
    iou: Annotated[
        float | None,
        typer.Option("--iou", metavar="SHARE", help="Overlap from which they are one; else 0.5."),
    ] = None,
    boxes: Annotated[
        Path | None,
        typer.Option("--boxes", metavar="FILE", help="Boxes of a person (.csv, .json): exact."),
    ] = None,
    listing: Annotated[
        Path | None, typer.Option("--listing", metavar="TABLE", help="What should be there.")
    ] = None,
    planogram: Annotated[
        Path | None, typer.Option("--planogram", metavar="TABLE", help="What belongs where.")
    ] = None,
    market_share: Annotated[
        Path | None, typer.Option("--market-share", metavar="TABLE", help="Brand and share.")
    ] = None,
    eye_level: Annotated[
        str | None,
        typer.Option("--eye-level", metavar="1,2,..", help="A weight for each row, from the top."),
    ] = None,
    heat_map: Annotated[
        list[int] | None,
        typer.Option("--heat-map", metavar="N", help="Why that category, of box N; with --out."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Pictures, tables, pages and JSON go here."),
    ] = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Read a shelf photo: products, shares, gaps.

    Without a bundle and a gallery it counts products, rows and gaps. Every figure has an interval
    from how often the detector was right where the truth is known.
    """
    from glasscase.catalog.named_photos import named_photos
    from glasscase.jobs.open_shelf import ShelfSources, open_questions, open_reader
    from glasscase.jobs.read_shelves import read_shelves
    from glasscase.shelf.files.given_boxes import read_boxes

    settings = settings_from(config, overrides)
    named = named_photos(photos)
    if heat_map and (out is None or bundle is None or len(named) > 1):
        raise BadSetting("--heat-map needs one photo, --bundle and --out", "Give all three.")
    drawn = read_boxes(boxes) if boxes is not None else None
    if drawn is not None and len(named) > 1:
        raise BadSetting("--boxes are of one photo", "Name one photo.")
    looking = {"score": score, "tile": tile, "overlap": overlap, "merge": merge, "iou": iou}
    sources = ShelfSources(
        None if drawn is not None else detector, form, prompt, score,
        _tiling(looking, drawn=drawn is not None), bundle, gallery, catalogue, catalogue_photos,
    )  # fmt: skip
    asked = open_questions(
        listing=listing, planogram=planogram, market_share=market_share, eye_level=eye_level,
        score=score,
    )  # fmt: skip
    with showing(quiet=quiet) as progress:
        reader = open_reader(sources, settings, progress=progress)
        outcomes = read_shelves(named, reader, asked=asked, boxes=drawn, out=out, progress=progress)
        if heat_map and out is not None:
            outcomes = _with_heat_maps(outcomes, heat_map, reader.model, out)
        told = _told_one_by_one(outcomes, single=len(named) == 1, as_json=as_json, quiet=quiet)
    if as_json:
        print_json(told[0] if len(named) == 1 else told)
    elif out is not None:
        print(f"Pictures, tables and pages are in {out}.")


def _tiling(looking: dict[str, Any], *, drawn: bool) -> Tiling:
    """How photos are cut, of what was said. Raises `BadSetting` where a person drew the boxes."""
    from glasscase.shelf.tiling import Tiling

    said = {name: value for name, value in looking.items() if value is not None}
    if drawn and said:
        raise BadSetting(
            f"--{next(iter(said))} is of a detector, and --boxes are drawn", "Give one of them."
        )
    said.pop("score", None)
    return Tiling(**said)


def _with_heat_maps(
    outcomes: Iterator[ShelfOutcome], numbers: list[int], model: Any, out: Path
) -> Iterator[ShelfOutcome]:
    from glasscase.jobs.explain_on_shelf import save_heat_map

    for outcome in outcomes:
        if outcome.reading is not None:
            for number in numbers:
                save_heat_map(outcome.reading, number, model, out)
        yield outcome


def _told_one_by_one(
    outcomes: Iterator[ShelfOutcome], *, single: bool, as_json: bool, quiet: bool
) -> list[dict[str, Any]]:
    told = []
    for outcome in outcomes:
        if single and outcome.error is not None:
            raise outcome.error
        if as_json:
            told.append(_as_json(outcome))
        elif single and outcome.reading is not None:
            _print(outcome.reading.to_dict(), quiet=quiet)
        else:
            _print_line(outcome)
    return told


def _as_json(outcome: ShelfOutcome) -> dict[str, Any]:
    if outcome.reading is not None:
        return outcome.reading.to_dict()
    return {"kind": "shelf", "photo": {"name": outcome.photo.name}, "error": str(outcome.error)}


def _print_line(outcome: ShelfOutcome) -> None:
    if outcome.reading is not None:
        print(outcome.reading.sentence)
    else:
        print(f"{outcome.photo.name}: {outcome.error}")


def _print(result: dict[str, Any], *, quiet: bool) -> None:
    from glasscase.shelf.gap_words import gap_words

    figures = result["figures"]
    print(result["sentence"])
    if (products := figures["products"])["low"] < products["high"]:
        print(f"products: {_between(products)}")
    if any(one["name"] != "unknown" for one in figures["brands"]):
        header = ["brand", "of facings", "of width", "of area"]
        rows = [
            [one["name"], *(_share(one[name]) for name in ("facings", "linear", "area"))]
            for one in figures["brands"][:_SHOWN]
        ]
        print_table(header, rows)
    for gap in figures["gaps"][:_SHOWN]:
        print(f"possible gap: {gap_words(gap, result['photo']['width'])}")
    _print_against(figures)
    if not quiet:
        for problem in result["problems"][:_SHOWN]:
            print(f"{problem['field']} {problem['reason']}. {problem['remedy']}")
        for note in result["notes"]:
            print(f"note: {note}")


def _print_against(figures: dict[str, Any]) -> None:
    """The shelf against its listing, its planogram and the market."""
    if figures["availability"]:
        there = figures["availability"]
        missing = [one["name"] for one in there["products"] if one["verdict"] != "present"]
        print(f"on-shelf availability: {_share(there['share'])}")
        if missing:
            print(f"not seen: {', '.join(missing[:_SHOWN])}")
    if figures["planogram"]:
        plan = figures["planogram"]
        parts = [f"{name} {_share(plan[name])}" for name in ("presence", "facings", "position")]
        print(f"planogram: {', '.join(parts)}")
        for one in plan["differences"][:_SHOWN]:
            print(f"  {one['text']}")
    for one in figures["market_share"] or []:
        print(f"{one['name']}: {one['verdict']}")


def _between(count: dict[str, float]) -> str:
    """A count with its interval.

    >>> _between({"value": 8.0, "low": 6.0, "high": 11.4})
    '8 (6 to 11)'
    """
    return f"{count['value']:.0f} ({count['low']:.0f} to {count['high']:.0f})"


def _share(figure: dict[str, float | None]) -> str:
    """A share with its interval.

    >>> _share({"value": 0.25, "low": 0.2, "high": 0.31})
    '25 % (20 to 31 %)'
    """
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return "not known"
    if low is None or high is None or high - low < 0.005:
        return f"{100 * value:.0f} %"
    return f"{100 * value:.0f} % ({100 * max(low, 0):.0f} to {100 * high:.0f} %)"
