"""What to do with a catalogue before training on it, most urgent first."""

from __future__ import annotations

from collections.abc import Sequence

from glasscase.profiling.class_counts import RARE, Level, best_level
from glasscase.profiling.look_alikes import LookAlikes
from glasscase.profiling.photos import Photos
from glasscase.profiling.survey import Missing
from glasscase.profiling.words import TextLengths

MUCH = 0.05
"""A share of the products that is worth a line."""


def to_do(
    rows: int,
    missing: Sequence[Missing],
    levels: Sequence[Level],
    *,
    texts: TextLengths,
    photos: Photos,
    look_alikes: LookAlikes,
) -> tuple[str, ...]:
    """Sentences to act on, the ones that stop training first; if there are none, one says so."""
    lines = [
        *_labels(rows, missing, levels),
        *_conflicts(look_alikes),
        *_rare(levels),
        *_gaps(missing),
        *_texts(texts),
        *_photos(photos),
    ]
    if lines:
        return tuple(lines)
    classes = levels[-1].classes if levels else 0
    return (f"Nothing stands in the way: train on the {rows} products in {classes} classes.",)


def _labels(rows: int, missing: Sequence[Missing], levels: Sequence[Level]) -> list[str]:
    if not levels:
        return [
            "No product has a category, so nothing can be learnt: name the column with --label."
        ]
    if all(level.classes == 1 for level in levels):
        return [
            f"All labelled products are in one class, {levels[-1].counts[0][0]!r}: add products of "
            "other classes, or train at a deeper level."
        ]
    lines = []
    lacking = next((one.count for one in missing if one.role == "category"), 0)
    if lacking:
        lines.append(
            f"{_are(lacking, 'product')} without a category, of {rows}: training leaves them out; "
            "fill them in, or predict them afterwards."
        )
    if rows - lacking < 100:
        lines.append(
            f"{_are(rows - lacking, 'product')} labelled: enough to try, too few to trust; aim for "
            "some hundreds."
        )
    return lines


def _conflicts(look_alikes: LookAlikes) -> list[str]:
    if not look_alikes.conflicts:
        return []
    return [
        f"{_groups(look_alikes.conflicts)} of near-duplicates stand in more than one category: "
        "settle which is right, or the model learns the doubt (they come first under "
        "Near-duplicates)."
    ]


def _rare(levels: Sequence[Level]) -> list[str]:
    best = best_level(levels)
    if best is None:
        return [f"{_few(levels[-1])}: merge them or collect more."] if levels else []
    if best.rare:
        names = ", ".join(repr(label) for label, _ in best.rare[:3])
        more = f" and {len(best.rare) - 3} more" if len(best.rare) > 3 else ""
        where = f"At level {best.level}, " if len(levels) > 1 else ""
        return [f"{where}{_few(best)}: merge them or collect more ({names}{more})."]
    if best.level < len(levels):
        deeper = levels[best.level]
        return [
            f"Train with --level {best.level}, which has {best.classes} classes; at level "
            f"{deeper.level}, {_few(deeper)}."
        ]
    return []


def _few(level: Level) -> str:
    ones = f" ({level.single} have one)" if level.single else ""
    return f"{len(level.rare)} of {level.classes} classes have fewer than {RARE} products{ones}"


def _gaps(missing: Sequence[Missing]) -> list[str]:
    lines = []
    for one in missing:
        if one.role in {"text", "photo"} and one.share > MUCH:
            if one.share == 1:
                remedy = "name the photos" if one.role == "photo" else "check the column"
                lines.append(f"No product has a {one.field}: {remedy}, or go on without.")
            else:
                lines.append(
                    f"{one.share:.0%} of the products have no {one.field} ({one.count}): add them "
                    "where they can be had; the model copes, but decides on less."
                )
    return lines


def _texts(texts: TextLengths) -> list[str]:
    if texts.cut_share <= MUCH:
        return []
    return [
        f"The sentence encoder reads {texts.max_tokens} tokens, and {texts.cut_share:.0%} of the "
        "texts are longer: put what matters first, or raise text.max_windows (slower)."
    ]


def _photos(photos: Photos) -> list[str]:
    lines = []
    if photos.unreadable:
        lines.append(
            f"{len(photos.unreadable)} of the photos looked at cannot be read: upload them again "
            "(they are listed under Photos)."
        )
    sample = photos.sample
    for share, what in (
        (sample.blank_share, "show nothing"),
        (sample.blurred_share, "look blurred"),
    ):
        if share > MUCH:
            lines.append(f"{share:.0%} of {sample.photos} photos looked at {what}: replace them.")
    if photos.files and photos.small > MUCH * photos.files:
        lines.append(
            f"{photos.small / photos.files:.0%} of the photos have a side below 100 px: larger "
            "ones let the model see more."
        )
    return lines


def _are(count: int, noun: str) -> str:
    return f"1 {noun} is" if count == 1 else f"{count} {noun}s are"


def _groups(count: int) -> str:
    return "1 group" if count == 1 else f"{count} groups"
