"""Packs against their competitors: measured, scored, ranked with chances, and tried otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict, Unpack, cast

from glasscase.catalog.photo import Photo
from glasscase.errors import BadCatalog, BadSetting
from glasscase.jobs.pack_comparison import PackComparison, attention_picture, photo_picture
from glasscase.jobs.pack_sets.measure_packs import (
    ARRANGEMENTS,
    MeasuredPacks,
    Measuring,
    image_encode,
    measure_packs,
)
from glasscase.jobs.pack_sets.pack_memory import PackMemory
from glasscase.jobs.pack_sets.pack_what_if import what_if
from glasscase.packs.arrangements import Scene
from glasscase.packs.draws import DRAWS
from glasscase.packs.edit import parsed_edits
from glasscase.packs.learned_saliency import SaliencyModel
from glasscase.packs.outcomes import outcome_measures
from glasscase.packs.pack import Pack
from glasscase.packs.pack_result import Asked, pack_result, scoring
from glasscase.packs.pack_table import (
    PackSet,
    given_packs,
    packs_of_photos,
    packs_of_table,
)
from glasscase.packs.reading import Reading, read_pack
from glasscase.packs.saliency_choice import DEFAULT, SaliencyChoice, chosen_saliency
from glasscase.packs.scales import embedded_scale, read_scale
from glasscase.packs.weights import pillar_weights
from glasscase.progress import Progress, silent
from glasscase.settings import Settings
from glasscase.shelf.boxes import Boxes

EMBEDDED = "embedded"
MOST_ARRANGEMENTS = 1000


class PackOptions(TypedDict, total=False):
    """What may be said to `score_packs` besides the packs."""

    shelf_photo: str | Path | Photo | None
    """A photo of a shelf that the packs are put into; else simulated planograms are used."""
    shelf_boxes: str | Path | Boxes | None
    """Boxes on that photo with names of packs; else they are detected and recognised."""
    saliency: str | SaliencyModel | SaliencyChoice
    """Where eyes go: a built-in map, `transalnet:FILE.onnx` or `unisal:FILE.onnx`, or a model that
    was opened; `sum` unless said."""
    arrangements: int
    """Of simulated shelves, 2 to 1000; 100 unless said."""
    weights: Mapping[str, float] | None
    """Of pillars; equal unless said, 0 leaves one out."""
    scale: str | Path | None
    """A file of anchors in the place of the embedded one."""
    encoder: str
    """For findability: `embedded`, or any image encoder."""
    hero_profile: str | None
    """Check the photos as shop pages' hero images: a profile of `packs/hero`."""
    what_if: Sequence[str]
    """Edits of the own packs, such as `contrast=+20`."""
    photos: str | Path | None
    """Folder of the photos of a table; else the table's own."""
    category: str | None
    """Of a table only the packs of this category."""
    own: str | None
    """The brand that asks; its packs count as own."""
    height_mm: float | None
    """Of packs whose height is not told."""
    seed: int
    settings: Settings
    memory: PackMemory
    """Where what was measured is kept; the cache folder unless said."""


def score_packs(
    packs: str | Path | Sequence[str | Path | Photo | Pack] | PackSet | Any,
    *,
    progress: Progress = silent,
    **options: Unpack[PackOptions],
) -> PackComparison:
    """Score packs against one another: seen, findable, readable, chosen.

    `score_packs(["own.jpg", "rival.jpg"]).save("packs/")` writes a page, JSON, CSV and pictures.

    Args:
        packs: a table (`packs.csv`, a data frame; columns in docs/packs.md), or photos, the first
            of them your own unless `own` names a brand.
        progress: shows how far it is.
        options: see `PackOptions`.

    Raises:
        BadCatalog: no usable pack, or packs of several categories.
        BadSetting: an unknown pillar, edit, profile, encoder or saliency map, or a number out of
            bounds.
        BadEncoder: a file of saliency that is no such model.
        BadPhoto: the photo of the shelf cannot be used.
        TooLarge: more than 60 packs.

    Not covered: people. It is a proxy, not a forecast of sales.
    """
    unknown = set(options) - set(PackOptions.__annotations__)
    if unknown:
        raise TypeError(f"score_packs has no option {sorted(unknown)[0]!r}")
    settings = options.get("settings") or Settings()
    asked, edits = _asked(options), parsed_edits(options.get("what_if") or ())
    saliency = chosen_saliency(options.get("saliency", DEFAULT))
    given = _with_told(_packs(packs, options, settings), options)
    found = [one.pack for one in given.packs]
    scene = _scene(given, options, settings, progress)
    how = replace(_measuring(options, settings, progress), scene=scene, saliency=saliency)
    measured = measure_packs(found, how)
    outcomes = outcome_measures([one.outcomes for one in given.packs])
    measures = [[*a, *b] for a, b in zip(measured.measures, outcomes, strict=True)]
    progress.say("drawing scores")
    scored = scoring([one.id for one in found], measures, asked)
    result = pack_result(
        given.packs,
        measures,
        scored,
        problems=given.problems,
        notes=[*saliency.notes, *_on_shelf(options), *measured.notes],
    )
    result["arrangements"] = how.arrangements if scene is None else 0
    result["saliency"] = saliency.to_dict()
    result["what_if"], edited = what_if(found, edits, scored, outcomes, measured=measured, how=how)
    result["hero"] = _hero(found, measured, options.get("hero_profile"))
    pictures = {**_pictures(found, measured), "edits": edited}
    return PackComparison(result, pictures)


def _asked(options: PackOptions) -> Asked:
    scale = options.get("scale")
    return Asked(
        pillar_weights(options.get("weights")),
        embedded_scale() if scale is None else read_scale(scale),
        DRAWS,
        options.get("seed", 0),
    )


def _packs(told: Any, options: PackOptions, settings: Settings) -> PackSet:
    if isinstance(told, PackSet):
        return told
    listed = isinstance(told, list | tuple)
    if not listed:
        return packs_of_table(
            told,
            photos=options.get("photos"),
            category=options.get("category"),
            limits=settings.photos,
        )
    if all(isinstance(one, Pack) for one in told) and told:
        return given_packs(cast(Sequence[Pack], told))
    photos = [one if isinstance(one, Photo) else _photo(one) for one in told]
    return packs_of_photos(photos, limits=settings.photos)


def _photo(path: Any) -> Photo:
    if not isinstance(path, str | Path):
        raise BadCatalog(f"a {type(path).__name__} is no pack", "Give paths of photos, or a table.")
    return Photo(Path(path).name, path=Path(path))


def _with_told(given: PackSet, options: PackOptions) -> PackSet:
    """With the brand that asks and the height of packs that tell none."""
    brand, height = options.get("own"), options.get("height_mm")
    if height is not None and not 1 <= height <= 3000:
        raise BadSetting(f"the height is {height:g} mm", "Use 1 to 3000.")
    found = given.with_height(height) if height is not None else given
    if brand:
        return found.with_own(brand)
    return found if any(one.pack.own for one in found.packs) else found.with_first_own()


def _measuring(options: PackOptions, settings: Settings, progress: Progress) -> Measuring:
    """How to measure, but for the shelf and the map of saliency."""
    arrangements = options.get("arrangements", ARRANGEMENTS)
    if not 2 <= arrangements <= MOST_ARRANGEMENTS:
        raise BadSetting(
            f"arrangements is {arrangements}", f"Use 2 to {MOST_ARRANGEMENTS}; 100 is usual."
        )
    name = options.get("encoder", EMBEDDED)
    chosen = settings.encoders.image if name == EMBEDDED else name
    encode, fingerprint, why = image_encode(chosen, settings, progress)
    if encode is None and name != EMBEDDED:
        raise BadSetting(f"the encoder cannot be used: {why}", "Choose another, or embedded.")
    return Measuring(
        arrangements,
        options.get("seed", 0),
        encode=encode,
        encoder=fingerprint,
        why_no_encoder=why,
        memory=options["memory"] if "memory" in options else PackMemory(settings.cache.path),
        progress=progress,
    )


def _scene(
    given: PackSet, options: PackOptions, settings: Settings, progress: Progress
) -> Scene | None:
    """The shelf photo as a scene; None where none was given."""
    told, boxes = options.get("shelf_photo"), options.get("shelf_boxes")
    if told is None:
        if boxes is not None:
            raise BadSetting("there are boxes but no photo of a shelf", "Give it too.")
        return None
    from glasscase.jobs.pack_sets.pack_shelf import pack_scene

    photo = told if isinstance(told, Photo) else _photo(told)
    return pack_scene(photo, given.packs, boxes=boxes, settings=settings, progress=progress)


def _on_shelf(options: PackOptions) -> list[str]:
    """What a reader must know of attention on a photo; nothing without one."""
    told = options.get("shelf_photo")
    if told is None:
        return []
    name = told.name if isinstance(told, Photo) else Path(told).name
    return [f"Attention was measured on the photo {name!r}: one shelf, so it has no interval."]


def _hero(
    packs: Sequence[Pack], measured: MeasuredPacks, profile: str | None
) -> dict[str, Any] | None:
    """The checks of each pack's photo by `profile`; None where none was asked for."""
    if profile is None:
        return None
    from glasscase.packs.hero import hero_report

    reports = [
        hero_report(
            pack,
            profile,
            reading=Reading(pack, (), why_not=why) if why else read_pack(pack, lines=lines),
        ).to_dict()
        for pack, lines, why in zip(packs, measured.lines, measured.unread, strict=True)
    ]
    return {"profile": profile, "packs": reports}


def _pictures(packs: Sequence[Pack], measured: MeasuredPacks) -> dict[str, Any]:
    return {
        "photos": [photo_picture(pack.image) for pack in packs],
        "attention": [
            attention_picture(pack.image, times)
            for pack, times in zip(packs, measured.maps, strict=True)
        ],
        "shelf": measured.shelf,
    }
