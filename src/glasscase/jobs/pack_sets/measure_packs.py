"""Everything that is measured on a set of packs, each thing once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.encoders.photo_reader import installed_series
from glasscase.encoders.read_line import ReadLine
from glasscase.errors import GlasscaseError
from glasscase.jobs.pack_sets.pack_memory import (
    PackMemory,
    line_from,
    line_to_dict,
    map_from,
    measure_from,
    pack_key,
    set_key,
    small_map,
)
from glasscase.packs.arrangements import Scene
from glasscase.packs.attention import Attention, Looking, look
from glasscase.packs.attention_maps import shelf_picture
from glasscase.packs.clutter import clutter_measures
from glasscase.packs.findability import Encode, findability_measures
from glasscase.packs.measure import Measure
from glasscase.packs.mirrored_print import is_mirrored
from glasscase.packs.pack import Pack
from glasscase.packs.reading import read_pack, reading_measures
from glasscase.packs.saliency_choice import SaliencyChoice, chosen_saliency
from glasscase.pages.thumbnail import thumbnail
from glasscase.progress import Progress, silent

ARRANGEMENTS = 100


_SHELF_PX = 720


@dataclass(frozen=True, slots=True, eq=False)
class Measuring:
    """How packs are measured."""

    arrangements: int = ARRANGEMENTS
    seed: int = 0
    scene: Scene | None = None
    """A photo of a shelf with the packs on it; None: simulated planograms."""
    saliency: SaliencyChoice = field(default_factory=chosen_saliency)
    """Where eyes go."""
    encode: Encode | None = None
    """Pictures to vectors; None: `why_no_encoder`."""
    encoder: str = ""
    """Fingerprint of `encode`."""
    why_no_encoder: str = ""
    memory: PackMemory = field(default_factory=lambda: PackMemory(None))
    progress: Progress = silent


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredPacks:
    """What was measured, a pack each in the order they were given."""

    measures: tuple[tuple[Measure, ...], ...]
    lines: tuple[tuple[ReadLine, ...], ...]
    """Lines of words on the photo."""
    maps: tuple[NDArray[np.float32], ...]
    """Where attention goes on the pack, small, in times an even look."""
    shelf: str
    """The first simulated shelf, or the photo, with attention over it: a JPEG `data:` address."""
    unread: tuple[str, ...]
    """Why words could not be read; empty where they were, or where there are none."""
    notes: tuple[str, ...] = ()


def measure_packs(
    packs: Sequence[Pack],
    how: Measuring,
    *,
    lines: Mapping[str, Sequence[ReadLine]] | None = None,
) -> MeasuredPacks:
    """Measure `packs`: what can be seen, found and read of them.

    Args:
        packs: the set; their ids differ.
        how: settings, encoder, memory and progress.
        lines: by id, lines already known (of packs that were edited): they are not read again.
    """
    known = lines or {}
    order = sorted(range(len(packs)), key=lambda i: (pack_key(packs[i]), packs[i].id))
    ordered = [packs[i] for i in order]  # so that no figure hangs on the order of the caller
    if how.scene is not None:
        how = replace(how, scene=_renumbered(how.scene, order))
    mine = [
        _of_one(pack, how, known.get(pack.id))
        for pack in how.progress.track(ordered, total=len(packs), what="reading packs")
    ]
    seen, maps, shelf, notes = _attention(ordered, how)
    findable = _findability(ordered, how)
    back = np.argsort(order).tolist()
    measures = [(*a, *b, *own) for a, b, (own, _, _) in zip(seen, findable, mine, strict=True)]
    return MeasuredPacks(
        tuple(measures[i] for i in back),
        tuple(mine[i][1] for i in back),
        tuple(maps[i] for i in back),
        shelf,
        tuple(mine[i][2] for i in back),
        (*notes, *_mirrored([(packs[i].id, mine[j][1]) for i, j in enumerate(back)])),
    )


def _mirrored(read: Sequence[tuple[str, Sequence[ReadLine]]]) -> list[str]:
    """Which packs, by id and lines, have their print the wrong way round."""
    return [
        f"The photo of {name} is mirrored: its words were read in the mirror. Turn it round."
        for name, lines in read
        if lines and sum(map(is_mirrored, lines)) > len(lines) / 2
    ]


def _renumbered(scene: Scene, order: Sequence[int]) -> Scene:
    """The scene, its packs numbered as they come in `order`."""
    place = np.argsort(order).astype(scene.places.dtype)
    facings = tuple((int(place[pack]), box) for pack, box in scene.facings)
    places = np.where(scene.places < 0, scene.places, place[scene.places])
    return replace(scene, places=places, facings=facings)


def _of_one(
    pack: Pack, how: Measuring, lines: Sequence[ReadLine] | None
) -> tuple[list[Measure], tuple[ReadLine, ...], str]:
    """What is measured on a pack by itself, its lines, and why there are none to know of."""
    given = None if lines is None else [line_to_dict(line) for line in lines]

    def measure() -> dict[str, Any]:
        reading = read_pack(pack, lines=lines)
        found = [*reading_measures(pack, reading=reading), *clutter_measures(pack)]
        return {
            "measures": [one.to_dict() for one in found],
            "lines": [line_to_dict(line.read) for line in reading.lines],
            "unread": reading.why_not,
        }

    reader = installed_series()  # whoever installs one wants the words read, not remembered as none
    told = how.memory.recall("pack", pack_key(pack, given, reader), measure)
    lines_of = tuple(map(line_from, told["lines"]))
    return [measure_from(one) for one in told["measures"]], lines_of, told["unread"]


def _attention(
    packs: Sequence[Pack], how: Measuring
) -> tuple[list[list[Measure]], list[NDArray[np.float32]], str, tuple[str, ...]]:
    encode = how.encode
    vector_of = None if encode is None else lambda image: encode([image])[0]

    def measure() -> dict[str, Any]:
        looking = Looking(
            arrangements=how.arrangements, seed=how.seed, saliency=how.saliency.map_of
        )
        found = look(packs, looking, scene=how.scene, vector_of=vector_of, progress=how.progress)
        return {
            "measures": [[one.to_dict() for one in mine] for mine in found.measures],
            "maps": [small_map(one) for one in found.pack_maps],
            "shelf": _shelf(found),
            "notes": list(found.notes),
        }

    photo = None if how.scene is None else _digest(how.scene)
    key = set_key(packs, how.arrangements, how.seed, photo, how.saliency.fingerprint)
    told = how.memory.recall(f"attention {how.encoder}", key, measure)
    measures = [
        [*(measure_from(one) for one in mine), *_index(mine, len(packs))]
        for mine in told["measures"]
    ]
    maps = [map_from(one) for one in told["maps"]]
    return measures, maps, told["shelf"], tuple(told["notes"])


def _shelf(found: Attention) -> str:
    drawn = shelf_picture(found, longest_px=_SHELF_PX)  # in its size, so that its legend is read
    return thumbnail(np.asarray(drawn), longest_px=max(drawn.size))


def _digest(scene: Scene) -> str:
    told = hashlib.sha256(scene.image.tobytes())
    told.update(scene.places.tobytes())
    told.update(repr((scene.facings, scene.pixels_per_mm)).encode())
    return told.hexdigest()


def _index(mine: Sequence[Mapping[str, Any]], packs: int) -> list[Measure]:
    """A pack's share of attention times the number of packs: 1 is its fair share, in sets of any
    size."""
    share = next(measure_from(one) for one in mine if one["name"] == "share_of_attention")
    if share.value is None:
        return [Measure.missing("attention_index", "ratio", "more", share.why_not)]
    low, high = (None if one is None else one * packs for one in (share.low, share.high))
    return [
        Measure("attention_index", share.value * packs, "ratio", "more", "seen", low=low, high=high)
    ]


def _findability(packs: Sequence[Pack], how: Measuring) -> list[list[Measure]]:
    encode = how.encode
    if encode is None:
        why = how.why_no_encoder or "there is no image encoder"
        missing = Measure.missing("found_when_blurred", "margin", "more", why)
        return [[missing] for _ in packs]

    def measure() -> list[list[dict[str, Any]]]:
        return [[one.to_dict() for one in mine] for mine in findability_measures(packs, encode)]

    how.progress.say("blurring packs")
    told = how.memory.recall(f"findability {how.encoder}", set_key(packs), measure)
    return [[measure_from(one) for one in mine] for mine in told]


def image_encode(name: str, settings: Any, progress: Progress) -> tuple[Encode | None, str, str]:
    """The image encoder called `name` as a function of pictures, its fingerprint, and why there is
    none where there is none.

    A vector is the mean of the picture's and of its mirror image's: a network is not the same in
    the mirror, but whether a pack is found should not hang on which side its picture stands.
    """
    from glasscase.encoders.image import ImageEncoderOnnx
    from glasscase.encoders.table import load_encoder

    try:
        encoder = load_encoder(name, modality="image", settings=settings, progress=progress)
    except GlasscaseError as error:
        return None, "", str(error).rstrip(".")
    if not isinstance(encoder, ImageEncoderOnnx):
        return None, "", f"encoder {name!r} takes no pictures"
    networks = encoder.encode_images

    def both_ways(images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        turned = [np.ascontiguousarray(image[:, ::-1]) for image in images]
        vectors = networks([*images, *turned])
        mean = (vectors[: len(images)] + vectors[len(images) :]) / 2
        return np.asarray(mean, np.float32)

    return both_ways, f"{encoder.card.fingerprint()} both ways", ""
