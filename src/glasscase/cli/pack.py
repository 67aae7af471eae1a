"""`glasscase pack`: packs against their competitors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from glasscase.cli import options as o
from glasscase.cli.choices import settings_from, showing
from glasscase.cli.show import print_json, print_problems, print_table
from glasscase.files import open_folder

_TABLES = (".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson", ".parquet", ".pq")


def pack(
    packs: Annotated[
        list[Path],
        typer.Argument(metavar="PACKS", help="Photos or their folder, your own first; or a table."),
    ],
    own: Annotated[
        str | None, typer.Option("--own", metavar="BRAND", help="Whose packs are your own.")
    ] = None,
    height: Annotated[
        float | None, typer.Option("--height", metavar="MM", help="Of packs that tell none.")
    ] = None,
    category: Annotated[
        str | None, typer.Option("--category", metavar="NAME", help="Only these of a table.")
    ] = None,
    photos: o.PhotosOption = None,
    shelf: Annotated[
        Path | None, typer.Option("--shelf", metavar="PHOTO", help="A shelf the packs stand on.")
    ] = None,
    shelf_boxes: Annotated[
        Path | None,
        typer.Option("--shelf-boxes", metavar="FILE", help="Where on it, with names of packs."),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option("--weights", metavar="A=N,B=N", help="Of seen, findable, readable, chosen."),
    ] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="EDIT=N",
            help="contrast=+20 logo=+30 claims=-2 brightness saturation hue; several are fine.",
        ),
    ] = None,
    hero: Annotated[
        str | None,
        typer.Option("--hero", metavar="PROFILE", help="Check as main photos, by these rules."),
    ] = None,
    arrangements: Annotated[
        int, typer.Option("--arrangements", metavar="N", help="Simulated shelves.")
    ] = 100,
    encoder: Annotated[
        str, typer.Option("--encoder", metavar="NAME", help="Of photos, for being found.")
    ] = "embedded",
    saliency: Annotated[
        str,
        typer.Option("--saliency", metavar="MAP", help="sum, transalnet:FILE.onnx, unisal:FILE."),
    ] = "sum",
    scale: Annotated[
        Path | None, typer.Option("--scale", metavar="FILE", help="Anchors in place of ours.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write page, JSON and CSV.")
    ] = None,
    seed: o.SeedOption = None,
    config: o.ConfigOption = None,
    overrides: o.SetOption = None,
    as_json: o.JsonOption = False,
    quiet: o.QuietOption = False,
) -> None:
    """Score packs against competitors: seen, found, read, chosen.

    Every score has an interval, every rank a chance, and every point its source. A proxy, not a
    forecast of sales.
    """
    from glasscase.catalog.named_photos import named_photos
    from glasscase.jobs.score_packs import score_packs
    from glasscase.packs.pack_table import MOST_PACKS
    from glasscase.packs.weights import parsed_weights

    if out is not None:
        open_folder(out)
    table = len(packs) == 1 and packs[0].suffix.lower() in _TABLES
    with showing(quiet=quiet) as progress:
        found = score_packs(
            packs[0] if table else named_photos(packs, most=MOST_PACKS),
            progress=progress,
            shelf_photo=shelf,
            shelf_boxes=shelf_boxes,
            arrangements=arrangements,
            weights=parsed_weights(weights) if weights else None,
            scale=scale,
            encoder=encoder,
            saliency=saliency,
            hero_profile=hero,
            what_if=[part for one in what_if or [] for part in re.split(r"[,;\s]+", one) if part],
            photos=photos,
            category=category,
            own=own,
            height_mm=height,
            seed=seed or 0,
            settings=settings_from(config, overrides),
        )
        page = found.save(out) if out is not None else None
    if as_json:
        print_json(found.to_dict())
        return
    _show(found.result)
    if page is not None:
        print(f"The comparison is in {page}.")


def _show(result: Any) -> None:
    from glasscase.jobs.pack_page import PILLAR_NAMES, chance, sentence, three

    packs = sorted(result["packs"], key=lambda one: -(one["score"]["value"] or 0))
    scored = [name for name in PILLAR_NAMES if packs[0]["pillars"][name]["value"] is not None]
    ranked = len(packs) > 1 and bool(packs[0]["ranks"])
    header = ["pack", "score", *scored, *(["best in"] if ranked else [])]
    rows = []
    for one in packs:
        row = [_short(one), three(one["score"]), *(three(one["pillars"][p]) for p in scored)]
        rows.append(row + ([chance(one["ranks"][0])] if ranked else []))
    print_table(header, rows)
    print(sentence(result))
    _show_beats(result)
    for edit in result["what_if"]:
        _show_edit(edit)
    _show_sensitivity(result)
    for report in (result["hero"] or {}).get("packs", []):
        kinds = [one["kind"] for one in report["checks"] if one["verdict"] == "fail"]
        failed = list(dict.fromkeys(kinds))
        told = f": {', '.join(failed).replace('_', ' ')}" if failed else ""
        print(
            f"As a main photo ({report['profile']}), {report['pack']}: {report['verdict']}{told}."
        )
    for part in result["not_scored"]:
        if part["part"] in PILLAR_NAMES:
            print(f"{PILLAR_NAMES[part['part']]} is not scored: {part['why_not']}.")
    _show_problems(result)
    for note in result["notes"]:
        print(note)


def _short(pack: Any) -> str:
    from glasscase.pages.plot import short_name

    return short_name(pack["id"], 28) + (" *" if pack["own"] else "")


def _show_beats(result: Any) -> None:
    from glasscase.jobs.pack_page import chance

    packs = result["packs"]
    for i, one in enumerate(packs):
        if not one["own"] or not result["beats"] or len(packs) < 2:
            continue
        others = sorted(
            (j for j in range(len(packs)) if j != i), key=lambda j: result["beats"][i][j]
        )
        told = ", ".join(f"{packs[j]['id']} in {chance(result['beats'][i][j])}" for j in others[:8])
        print(f"{one['id']} beats {told} of draws.")


def _show_edit(edit: Any) -> None:
    from glasscase.jobs.pack_page import chance

    if edit["score"] is None:
        print(f"What if {edit['words']}: {edit['note'] or 'it cannot be scored'}.")
        return
    change = edit["score"]["change"]
    points = f"{change['value']:+.1f} points ({change['low']:+.1f} to {change['high']:+.1f})"
    note = f"; {edit['note']}" if edit["note"] else ""
    sure = f"better in {chance(edit['better'])} of draws"
    print(f"What if {edit['words']} on {edit['pack']}: {points}, {sure}{note}.")


def _show_sensitivity(result: Any) -> None:
    own = [one["id"] for one in result["packs"] if one["own"]][:1]
    rows = [one for one in result["sensitivity"] if one["pack"] in own][:3]
    if rows:
        told = ", ".join(f"{one['input'].replace('_', ' ')} ({one['share']:.0%})" for one in rows)
        print(f"What the score of {own[0]} hangs on most: {told}.")


def _show_problems(result: Any) -> None:
    from glasscase.catalog.problem import Problem

    print_problems([Problem(**one) for one in result["problems"]])
