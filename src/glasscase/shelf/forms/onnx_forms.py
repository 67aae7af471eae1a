"""Every form of detector that is known, and which of them a file is."""

from __future__ import annotations

from glasscase.errors import BadDetector, BadSetting
from glasscase.nearest_names import nearest_names
from glasscase.shelf.forms.detector_form import DetectorForm, Signature
from glasscase.shelf.forms.detr_form import (
    DETR,
    DFINE,
    RFDETR,
    RTDETR,
    RTDETR_LOGITS,
    RTDETR_SHARES,
)
from glasscase.shelf.forms.glasscase_form import GLASSCASE
from glasscase.shelf.forms.yolo5_form import YOLO5, YOLO5_RAW, YOLO7_RAW
from glasscase.shelf.forms.yolo8_form import YOLO8
from glasscase.shelf.forms.yolo_nms_form import YOLO7_NMS, YOLO10
from glasscase.shelf.forms.yolox_form import YOLOX, YOLOX_DECODED

FORMS: dict[str, DetectorForm] = {
    form.name: form
    for form in (
        YOLO5,
        YOLO5_RAW,
        YOLO7_RAW,
        YOLO7_NMS,
        YOLO8,
        YOLO10,
        YOLOX,
        YOLOX_DECODED,
        RTDETR,
        DFINE,
        RTDETR_SHARES,
        RTDETR_LOGITS,
        DETR,
        RFDETR,
        GLASSCASE,
    )
}


def named_form(name: str) -> DetectorForm:
    """The form of that name. Raises `BadSetting` with the nearest names."""
    if name not in FORMS:
        close = nearest_names(name, list(FORMS), most=3)
        raise BadSetting(
            f"there is no form of detector {name!r}", f"Did you mean {', '.join(close)}?"
        )
    return FORMS[name]


def recognised(signature: Signature, *, file: str, described: str) -> DetectorForm:
    """The one form that a file is, by its metadata and the shapes of its outputs.

    Args:
        signature: what is known of it.
        file: its name, for messages.
        described: its inputs, outputs and metadata in words, for messages.

    Raises:
        BadDetector: it is of no known form, of several, or finds something else than boxes.
    """
    task = signature.metadata.get("task", "")
    if task in ("classify", "obb"):
        what = "turned boxes" if task == "obb" else "classes of whole photos"
        raise BadDetector(
            f"detector {file!r} was trained for {what} (task={task})",
            "Give one trained to detect.",
        )
    fitting = [form.name for form in FORMS.values() if form.fits(signature)]
    if len(fitting) == 1:
        return FORMS[fitting[0]]
    if fitting:
        raise BadDetector(
            f"detector {file!r} may be {' or '.join(fitting)}: {described}",
            f"Say which, such as form={fitting[0]}.",
        )
    raise BadDetector(
        f"detector {file!r} is of no known form: {described}",
        f"If you know how to read it, say its form (--form, in Python form=): {', '.join(FORMS)}.",
    )
