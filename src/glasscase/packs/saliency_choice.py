"""Which map says where eyes go, by one word: a built-in one, or a learned model's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasscase.errors import BadSetting
from glasscase.nearest_names import nearest_names
from glasscase.packs.learned_saliency import FORMS, SaliencyModel, open_saliency_model
from glasscase.packs.saliency import MAPS, SaliencyMap

DEFAULT = "sum"


@dataclass(frozen=True, slots=True)
class SaliencyChoice:
    """A map of saliency, and what is told of it."""

    map_of: SaliencyMap
    name: str
    """A built-in map's, or the form of a learned model."""
    model: SaliencyModel | None = None

    @property
    def fingerprint(self) -> str:
        """Two choices with one fingerprint give one map: what was measured may be remembered."""
        return self.name if self.model is None else self.model.fingerprint

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of figures must know of the map; nothing where it is the usual one."""
        if self.model is not None:
            return (
                f"Attention was simulated by a learned model ({self.name}), which was trained on "
                "photos of all kinds and not on shelves.",
            )
        if self.name == DEFAULT:
            return ()
        words = self.name.replace("_", " ")
        return (f"Attention was simulated by the map {words} alone, not by the usual sum.",)

    def to_dict(self) -> dict[str, Any]:
        """`name`, and `file` and `sha256` of a learned model (None of a built-in map)."""
        model = self.model
        return {
            "name": self.name,
            "file": None if model is None else model.name,
            "sha256": None if model is None else model.sha256,
        }


def chosen_saliency(told: str | SaliencyModel | SaliencyChoice = DEFAULT) -> SaliencyChoice:
    """The map that `told` means.

    Args:
        told: a name of `saliency.MAPS`; `transalnet:FILE.onnx` or `unisal:FILE.onnx`; or a model
            that `open_saliency_model` opened.

    Raises:
        BadSetting: there is no map and no form of this name, or no file was named.
        BadEncoder: the file is missing, or is no such model.

    >>> chosen_saliency("fine_grained").to_dict()
    {'name': 'fine_grained', 'file': None, 'sha256': None}
    """
    if isinstance(told, SaliencyChoice):
        return told
    if isinstance(told, SaliencyModel):
        return SaliencyChoice(told, told.form_name, told)
    if not isinstance(told, str):
        reason = f"a {type(told).__name__} is no saliency map"
        raise BadSetting(reason, "Give a name, FORM:FILE, or an opened model.")
    name, colon, file = told.strip().partition(":")
    if not colon and name in MAPS:
        return SaliencyChoice(MAPS[name], name)
    if name in FORMS and file.strip():
        model = open_saliency_model(Path(file.strip()).expanduser(), name)
        return SaliencyChoice(model, name, model)
    raise _unknown(told, name, with_file=bool(colon))


def _unknown(told: str, name: str, *, with_file: bool) -> BadSetting:
    if name in FORMS:
        return BadSetting(f"saliency {told[:60]!r} names no file", f"Write {name}:FILE.onnx.")
    if with_file:
        reason = f"there is no form {name[:60]!r} of saliency models; there are {', '.join(FORMS)}"
        near = nearest_names(name, list(FORMS))[0]
        return BadSetting(reason, f"Write {near}:FILE.onnx.")
    known = ", ".join([*MAPS, *(f"{form}:FILE.onnx" for form in FORMS)])
    reason = f"there is no saliency map {told[:60]!r}; there are {known}"
    return BadSetting(reason, f"Did you mean {nearest_names(name, [*MAPS, *FORMS])[0]!r}?")
