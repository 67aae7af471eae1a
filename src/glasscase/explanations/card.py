"""An explanation as one HTML page that a catalogue manager can read and send on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.errors import BadPhoto
from glasscase.explanations.card_trials import HEIGHT, WIDTH, plots, regions, rival_words
from glasscase.explanations.coloured_words import coloured_words
from glasscase.explanations.drawn_photos import drawn_photos
from glasscase.explanations.explanation import Explanation
from glasscase.explanations.overlay import jpeg, photo_picture, ramp_css, reference_logits
from glasscase.explanations.word_report import WordReport
from glasscase.pages.page import data_uri, percent, render

_MOST_ROWS = 60
_THUMBNAIL_PX = 180

FindPhoto = Callable[[str], Photo | None]


@dataclass(frozen=True, slots=True)
class _Near:
    id: str
    label: str
    title: str
    likeness: float
    thumbnail: str


def card(
    explanation: Explanation,
    photos: Sequence[Photo] = (),
    *,
    training_photo: FindPhoto | None = None,
) -> str:
    """A self-contained HTML page: photo and overlay, coloured words, shares, neighbours, details.

    Args:
        explanation: from `glasscase.explain`.
        photos: the product's photos, to draw the heat maps on; unreadable ones are left out.
        training_photo: name of a training photo -> the stored photo, for thumbnails of neighbours;
            None (or an answer of None) shows them without. `photos_in(folder)` makes one.

    Everything that comes from outside is escaped; the page asks nothing of any other host.
    """
    reference = reference_logits(explanation.heat_maps)
    words = explanation.words
    rows = sorted(words.words, key=lambda word: (-abs(word.weight), word.start))
    listed = list({word.word: word for word in reversed(rows)}.values())[::-1]
    return render(
        "glasscase.explanations",
        "card.html",
        e=explanation,
        verdict_words=_verdict_words(explanation),
        pictures=drawn_photos(explanation, photos),
        probability=_probability_words,
        reference=reference,
        ramp=ramp_css(),
        spoken={"text": "text", "image": "photos"},
        spans=coloured_words(words),
        trust=_trust(words),
        near=_near(explanation, training_photo),
        word_rows=listed[:_MOST_ROWS],
        word_rows_note=f", the {_MOST_ROWS} heaviest" if len(listed) > _MOST_ROWS else "",
        details=_details(explanation, reference),
        stated=_stated(explanation),
        changes=() if explanation.flip is None else explanation.flip.sentences,
        regions=regions(explanation, photos),
        rival_words=rival_words(explanation),
        plots=plots(explanation),
        plot_size=(WIDTH, HEIGHT),
    )


def photos_in(folder: Path) -> FindPhoto:
    """Look for training photos in `folder`, and nowhere else."""
    root = folder.resolve()

    def find(name: str) -> Photo | None:
        path = (root / name).resolve()
        return Photo(name, path) if path.is_relative_to(root) and path.is_file() else None

    return find


def _verdict_words(explanation: Explanation) -> str:
    words = {
        "accept": f"The model is sure enough of “{explanation.predicted}” to be taken at its word.",
        "review": f"The model leans to “{explanation.predicted}”; a person should look.",
        "abstain": "The model does not know; a person should decide.",
    }
    return words[explanation.verdict]


def _stated(explanation: Explanation) -> str:
    """The category that can be stated where it is not the answer itself; empty: there is none."""
    stated = " > ".join(explanation.category)
    return stated if stated != explanation.predicted else ""


def _probability_words(probability: float) -> str:
    """Never 0 % and never 100 %: a model does not know that."""
    if probability > 0.999:
        return "over 99.9 %"
    return "under 0.1 %" if probability < 0.001 else percent(probability)


def _trust(report: WordReport) -> str:
    if report.method == "exact":
        return "These weights are exact: every combination of the words was tried."
    tried = f"{report.samples} variants of the text were read"
    if report.overlap >= 0.85:
        return f"{tried}; others would name the same words as the heaviest."
    return (
        f"{tried}; of the five heaviest words others would name about {5 * report.overlap:.1f} "
        "again."
    )


def _near(explanation: Explanation, find: FindPhoto | None) -> list[_Near]:
    return [
        _Near(one.id, one.label, one.title, one.similarity, thumbnail(one.photo, find))
        for one in explanation.neighbours
    ]


def thumbnail(name: str, find: FindPhoto | None) -> str:
    """A training photo made small, as a data URI; empty where it cannot be had."""
    photo = find(name) if find is not None and name else None
    if photo is None:
        return ""
    try:
        image = decode(photo.read(), name=photo.name, at_least_px=_THUMBNAIL_PX)
    except BadPhoto:  # a neighbour without its picture is still a neighbour
        return ""
    return data_uri(jpeg(photo_picture(image, longest_px=_THUMBNAIL_PX)), "image/jpeg")


def _guessed(words: WordReport) -> list[tuple[str, str]]:
    if words.stand_in == 1.0:
        return []
    told = f"R² {words.stand_in:.2f} for texts that were read all the same"
    return [("Guessed sentence vectors", told)]


def _details(explanation: Explanation, reference: float) -> list[tuple[str, str]]:
    words = explanation.words
    rows = [("Model", explanation.model)]
    if words.method != "none":
        how = "all masks, no seed" if words.method == "exact" else "sampled masks"
        rows += [
            ("Words", f"LIME with {how}; {words.samples} different texts asked"),
            ("Fit of the linear model", f"R² {words.fit:.2f} (1: words simply add up)"),
            ("Stability of the top words", f"{100 * words.overlap:.0f} % expected overlap"),
            *_guessed(words),
        ]
    rows += [
        (
            f"Heat map of {heat.photo}",
            f"{heat.method}, {heat.resolution}; peak {heat.peak:.3f} logits, sum before cutting "
            f"negatives {heat.signed_sum:+.2f}; drawn against {reference:.3f} logits",
        )
        for heat in explanation.heat_maps
    ]
    rows += [
        (
            f"{attention.title}{attention.photo and f' in {attention.photo}'}",
            f"{attention.sentence}; {attention.method}",
        )
        for attention in explanation.attention
    ]
    parts = " ".join(f"{share.value:+.2f} ({share.modality})" for share in explanation.shares)
    told = explanation.metadata
    given = "nothing given" if told is None else f"{told.names} alone"
    versus = f"against {explanation.against}" if explanation.against else "against all others"
    rows.append(
        (
            f"Log-odds {versus}",
            f"{explanation.base:+.2f} ({given}) {parts} = {explanation.log_odds:+.2f}",
        )
    )
    if told is not None:
        rows.append(
            (
                told.names.capitalize(),
                f"{explanation.metadata_points:+.1f} points of probability; without, "
                f"“{told.predicted_without}” is the most probable",
            )
        )
    rows.append(("Time", f"{explanation.seconds:.2f} s"))
    return rows
