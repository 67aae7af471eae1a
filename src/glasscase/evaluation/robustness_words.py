"""A robustness report in sentences: what costs most, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from glasscase.evaluation.holm import holm
from glasscase.evaluation.pairs import LEVEL
from glasscase.evaluation.robustness import MISSING, CaseFigures
from glasscase.intervals import Interval

_TRAIN = "Training an encoder on such changes helps: --recipe finetune --set net.augment={}."
_CLEAN = "Keep such photos out, or cut them clean before they are read."
_SUPPLIER = "Ask for better photos where the profile finds such ones."
_TRIM = "Clean such words out of the table before it is read."
REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "blur": _TRAIN.format("medium"),
        "noise": _SUPPLIER,
        "jpeg": _TRAIN.format("medium"),
        "brightness": _TRAIN.format("medium"),
        "contrast": _TRAIN.format("medium"),
        "crop": _TRAIN.format("heavy"),
        "rotation": _TRAIN.format("heavy"),
        "watermark": _CLEAN,
        "price banner": _CLEAN,
        "screenshot": _CLEAN,
        "wrong word": "The words on photos sway the answer: check products that carry other names.",
        "typos": _TRAIN.format("heavy"),
        "case": "Bring the words into one case before they are read.",
        "missing words": "Have the titles of such products completed before they are decided.",
        "swapped words": _TRAIN.format("medium"),
        "emoji": _TRIM,
        "boilerplate": "Let text.clean stay on, and train on a table where such sentences repeat.",
        "foreign small words": "Train on products in all the languages that will be met.",
    }
)
_MISSING_REMEDY = MappingProxyType(
    {
        "missing photo": "Products without a photo deserve a promise of their own.",
        "missing text": "Have words added before such products are decided.",
    }
)


def sentences(
    cases: Sequence[CaseFigures], products: int, clean_error: float = 1.0
) -> tuple[str, ...]:
    """What costs most and what to do.

    Args:
        cases: the costliest first.
        products: in the sample.
        clean_error: upper end of the error among the accepted, unchanged.
    """
    changed = [one for one in cases if one.case.strength]
    found = []
    costly = [one for one in changed if one.sure]
    if changed and not costly:
        found.append(_nothing_sure(changed, products))
    if costly:
        worst = costly[0]
        found.append(f"{_told(worst)} {REMEDIES[worst.case.change]}")
    found += [
        f"{_told(one)} {_MISSING_REMEDY[one.case.change]}"
        for one in cases
        if not one.case.strength and one.sure
    ]
    found += [_left_alone(changed, modality) for modality in ("image", "text")]
    found.append(_unnoticed(cases, clean_error))
    return tuple(one for one in found if one)


def _told(one: CaseFigures) -> str:
    points = _points(one.loss)
    if one.case.change in MISSING.values():
        return f"A {one.case.change} costs {points}."
    name = one.case.change.capitalize()
    return f"{name} costs most: {points} at strength {one.case.strength} ({one.case.told})."


def _nothing_sure(changed: Sequence[CaseFigures], products: int) -> str:
    count = len({one.case.change for one in changed})
    told = f"None of the {count} changes surely costs accuracy on {_these(products)}."
    worst = changed[0]
    if worst.loss.low <= 0:
        return told
    return (
        f"{told} The costliest seems {_name(worst)}: {_points(worst.loss)}; among "
        f"{len(changed)} cases that may be luck, and a larger --sample would tell."
    )


def _left_alone(cases: Sequence[CaseFigures], modality: str) -> str:
    """What costs most where the other modality is withheld; nothing where that is luck."""
    own = [one for one in cases if one.case.modality == modality]
    corrected = holm([one.alone.p_value for one in own])
    sure = [one for one, p in zip(own, corrected, strict=True) if p < LEVEL and one.alone.low > 0]
    if not sure:
        return ""
    worst = max(sure, key=lambda one: one.alone.value)
    told = "the photo" if modality == "image" else "the words"
    return (
        f"Left with {told} alone the model loses most to {_name(worst)}: "
        f"{100 * worst.alone.value:.1f} points ({100 * worst.alone.low:.1f} to "
        f"{100 * worst.alone.high:.1f})."
    )


def _these(products: int) -> str:
    return "this one product" if products == 1 else f"these {products} products"


def _points(loss: Interval) -> str:
    return (
        f"{100 * loss.value:.1f} points (95 % interval {100 * loss.low:.1f} to "
        f"{100 * loss.high:.1f})"
    )


def _name(one: CaseFigures) -> str:
    strength = one.case.strength
    return f"{one.case.change} at strength {strength}" if strength else f"a {one.case.change}"


def _unnoticed(cases: Sequence[CaseFigures], clean_error: float) -> str:
    """Where errors among the accepted are clearly more than unchanged; nothing where they are not.

    "Clearly": the two 95 % intervals do not meet.
    """
    errors = {one.case: one.views["fused"].accepted_error for one in cases}
    over = [one for one in cases if errors[one.case].low > clean_error]
    if not over:
        return ""
    over.sort(key=lambda one: -errors[one.case].value)
    error = errors[over[0].case]
    names = list(dict.fromkeys(one.case.change for one in over[1:]))
    names = [name for name in names if name != over[0].case.change]
    more = f" The same holds under {', '.join(names)}." if names else ""
    return (
        f"Under {_name(over[0])} {100 * error.value:.1f} % of the accepted answers are wrong "
        f"({100 * error.low:.1f} to {100 * error.high:.1f}), clearly more than unchanged: the "
        f"model does not notice.{more}"
    )
