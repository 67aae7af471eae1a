"""Detectors of the Hugging Face hub, by transformers' own loaders; some find what words say."""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.encoders.hub import hub_folder, source_name
from glasscase.encoders.named import weights_sha256
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.encoders.transformer_files import quiet_loading
from glasscase.errors import BadDetector, BadEncoder, BadSetting
from glasscase.extras import need
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import DetectorCard
from glasscase.shelf.forms.onnx_detector import check_image, checked_score
from glasscase.shelf.forms.photo_view import PhotoView
from glasscase.shelf.forms.raw_boxes import RawBoxes
from glasscase.shelf.measured_file import read_measured

BY_PROMPT = {"owlv2": 0.1, "owlvit": 0.1, "grounding-dino": 0.25, "mm-grounding-dino": 0.25}
"""Kinds that find what words say, and the score that is usual for each."""
USUAL_SCORE = 0.5
MOST_PROMPTS, LONGEST_PROMPT = 100, 200
_ALL_BOXES = 1_000_000
"""Some kinds return the best 100 unless told otherwise."""


class HubDetector:
    """A detection checkpoint in the format of transformers; a `Detector`.

    DETR, Conditional and Deformable DETR, RT-DETR, D-FINE, RF-DETR, YOLOS and others of
    `AutoModelForObjectDetection`; OWL-ViT, OWLv2 and Grounding DINO by prompts. Code that comes
    with a checkpoint is never run. Runs in torch on this machine's processor.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "",
        score: float | None = None,
        input_px: int | tuple[int, int] | None = None,
        prompts: Sequence[str] = (),
    ) -> None:
        """Load `folder`.

        Args:
            folder: as save_pretrained writes it.
            name: shown on the card; None: the folder's own.
            score: boxes below are left out, 0 to 1; None: what was measured, else what is usual.
            input_px: side, or height and width, where photos are to be brought to another size
                than the checkpoint says.
            prompts: what to find, for the kinds that want words.

        Raises:
            BadDetector: it is no detector transformers can load.
            BadSetting: words are missing, not wanted, or an option is impossible.
            MissingExtra: transformers is not installed.
        """
        self._name = name or folder.name
        self._kind = checkpoint_kind(folder)
        self._prompts = checked_prompts(prompts)
        _check_wanted(self._name, self._kind, self._prompts)
        self._model, self._processor = _loaded(folder, self._kind)
        self._resize = _resize(input_px)
        sha256 = _sha256(folder)
        measured = read_measured(folder, sha256)
        usual = measured.score if measured else BY_PROMPT.get(self._kind, USUAL_SCORE)
        self._score = checked_score(usual if score is None else score)
        self._one_at_a_time = threading.Lock()  # tokenisers are not to be used by two at once
        self._card = DetectorCard(
            name=self._name,
            form="hf",
            licence="see its source",
            source=source_name(self._name, folder),
            sha256=sha256,
            input_px=self._input_px(),
            classes=self._prompts or self._class_names(),
            measured=measured,
        )

    @property
    def card(self) -> DetectorCard:
        """What it is; the source holds the commit it was pinned to."""
        return self._card

    @property
    def score(self) -> float:
        """Boxes below are not looked for, 0 to 1."""
        return self._score

    def detect(self, image: NDArray[np.uint8]) -> Boxes:
        """Boxes on `image` (uint8 RGB [h, w, 3]) in its pixels, surest first.

        Raises:
            BadDetector: it fails on this photo.
            BadPhoto: `image` is no such array.
        """
        check_image(image)
        try:
            found = self._found(image)
        except Exception as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise BadDetector(
                f"detector {self._name!r} fails on a photo: {lines[0][:300]}",
                "Try another input_px or fewer prompts.",
            ) from error
        phrases = found.get("text_labels")
        if phrases is None:
            said = [self._class_name(int(number)) for number in found["labels"]]
        else:
            said = [self._prompt_in(str(phrase)) for phrase in phrases]
        names = tuple(dict.fromkeys(said))
        raw = RawBoxes(
            found["boxes"].numpy().reshape(-1, 4),
            found["scores"].numpy(),
            np.array([names.index(name) for name in said], np.intp),
        )
        boxes = raw.on_photo(
            PhotoView((1.0, 1.0)),
            (image.shape[0], image.shape[1]),
            score=self._score,
            names=names,
        )
        single = len(self._card.classes) == 1
        named = boxes.labels or names * len(boxes)
        return Boxes(boxes.corners, boxes.scores, () if single else named)

    def _found(self, image: NDArray[np.uint8]) -> dict[str, Any]:
        """Boxes, scores and labels as transformers' own reading of the answer gives them."""
        torch = need("torch", extra="train")
        size = [(image.shape[0], image.shape[1])]
        given: dict[str, Any] = {"images": Image.fromarray(np.ascontiguousarray(image))}
        with self._one_at_a_time:
            if self._prompts:
                given["text"] = self._words()
            inputs = self._processor(**given, **self._resize, return_tensors="pt")
        with torch.inference_mode():
            answer = self._model(**inputs)
            options: dict[str, Any] = {"threshold": self._score, "target_sizes": size}
            if not self._prompts:
                read = self._processor.post_process_object_detection
                if "top_k" in inspect.signature(read).parameters:
                    options["top_k"] = _ALL_BOXES
            else:
                read = self._processor.post_process_grounded_object_detection
                if self._kind.startswith("owl"):
                    options["text_labels"] = [list(self._prompts)]
                else:
                    options["input_ids"] = inputs["input_ids"]
                    options["text_threshold"] = self._score
            (found,) = read(answer, **options)
        return dict(found)

    def _words(self) -> Any:
        """Prompts as their kind wants them: a list, or one text in small letters with stops."""
        if self._kind.startswith("owl"):
            return [list(self._prompts)]
        return " ".join(f"{prompt.lower()}." for prompt in self._prompts)

    def _prompt_in(self, phrase: str) -> str:
        """The first prompt that a phrase holds, else the phrase: Grounding DINO may answer with
        pieces of several."""
        return next((one for one in self._prompts if one.lower() in phrase.lower()), phrase)

    def _class_names(self) -> tuple[str, ...]:
        named = self._model.config.id2label or {}
        return tuple(self._class_name(number) for number in range(len(named)))

    def _class_name(self, number: int) -> str:
        name = str((self._model.config.id2label or {}).get(number, f"class {number}"))
        return "".join(c for c in name if c.isprintable())[:100]

    def _input_px(self) -> tuple[int, int]:
        images = getattr(self._processor, "image_processor", self._processor)
        size = self._resize.get("size") or dict(images.size or {})
        short = int(size.get("height") or size.get("shortest_edge") or 640)
        return short, int(size.get("width") or size.get("longest_edge") or short)


def from_hub(name: str, *, download: bool) -> Path:
    """The folder of `hf:OWNER/NAME` on this machine, fetched only where `download` is set.

    Raises:
        BadDetector: it is not here, or could not be fetched.
    """
    try:
        return hub_folder(name.removeprefix("hf:"), download=download)
    except BadEncoder as error:
        reason = error.reason.replace("encoder ", "detector ", 1)
        raise BadDetector(reason, error.remedy) from error


def checkpoint_kind(folder: Path) -> str:
    """The `model_type` of a folder's config.json. Raises `BadDetector`: there is none."""
    path = folder / "config.json"
    try:
        if path.stat().st_size > 10_000_000:
            raise ValueError("it is too large")
        config = json.loads(path.read_text("utf-8"))
        if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
            raise ValueError("it has no model_type")
    except FileNotFoundError:
        message = f"folder {str(folder)!r} holds no detector: there is no config.json in it"
        raise BadDetector(message, "Give a folder made by save_pretrained.") from None
    except (OSError, ValueError, RecursionError) as error:
        message = f"{str(path)!r} cannot be used: {error}"
        raise BadDetector(message, "Save the detector anew.") from error
    return str(config["model_type"])


def checked_prompts(prompts: Sequence[str]) -> tuple[str, ...]:
    """What to find, each once: words, or a text of several with full stops between them.

    Raises:
        BadSetting: there are too many, or one is too long.

    >>> checked_prompts("product. bottle.")
    ('product', 'bottle')
    """
    given = [prompts] if isinstance(prompts, str) else list(prompts)
    words = [" ".join(one.split()) for text in given for one in str(text).split(".")]
    found = tuple(dict.fromkeys(word for word in words if word))
    if len(found) > MOST_PROMPTS or any(len(word) > LONGEST_PROMPT for word in found):
        raise BadSetting(
            f"there are {len(found)} prompts, the longest of "
            f"{max(map(len, found))} letters; the limits are {MOST_PROMPTS} and {LONGEST_PROMPT}",
            "Name a few things in a word or two each.",
        )
    return found


def _check_wanted(name: str, kind: str, prompts: tuple[str, ...]) -> None:
    if kind in BY_PROMPT and not prompts:
        raise BadSetting(
            f"detector {name!r} finds what words say ({kind}), and there are none",
            'Give prompts, such as "product. bottle.".',
        )
    if kind not in BY_PROMPT and prompts:
        raise BadSetting(
            f"detector {name!r} ({kind}) has classes of its own and takes no prompts",
            "Leave them out, or use OWLv2 or Grounding DINO.",
        )


def _loaded(folder: Path, kind: str) -> tuple[Any, Any]:
    """The model, ready to be asked, and its processor."""
    declare_torchvision_schemas()
    transformers = need("transformers", extra="train")
    known = need("transformers.models.auto.modeling_auto", extra="train")
    if kind not in BY_PROMPT and kind not in known.MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES:
        raise BadDetector(
            f"folder {str(folder)!r} holds a {kind!r}, which finds no boxes here",
            "Use DETR, RT-DETR, D-FINE, RF-DETR, OWLv2, Grounding DINO or another detector.",
        )
    here: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    with quiet_loading(transformers):
        try:
            config = transformers.AutoConfig.from_pretrained(folder, **here)
            if getattr(config, "use_pretrained_backbone", False):
                config.use_pretrained_backbone = False  # its weights are in the folder: fetch none
            how = {**here, "config": config, "use_safetensors": True, "dtype": "float32"}
            if kind in BY_PROMPT:
                model = transformers.AutoModelForZeroShotObjectDetection.from_pretrained(
                    folder, **how
                )
                processor = transformers.AutoProcessor.from_pretrained(folder, **here)
            else:
                model = transformers.AutoModelForObjectDetection.from_pretrained(folder, **how)
                processor = transformers.AutoImageProcessor.from_pretrained(folder, **here)
        except Exception as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise BadDetector(
                f"folder {str(folder)!r} cannot be loaded: {lines[0][:300]}",
                "It needs config.json, preprocessor_config.json and model.safetensors, and for "
                "prompts a tokeniser.",
            ) from error
    return model.eval(), processor


def _resize(input_px: int | tuple[int, int] | None) -> dict[str, Any]:
    if input_px is None:
        return {}
    height, width = (input_px, input_px) if isinstance(input_px, int) else input_px
    if not all(32 <= side <= 4096 for side in (height, width)):
        raise BadSetting(f"an input of {height} x {width} px is impossible", "Use 32 to 4096.")
    return {"size": {"height": height, "width": width}}


def _sha256(folder: Path) -> str:
    try:
        return weights_sha256(folder)
    except BadEncoder as error:
        raise BadDetector(error.reason, error.remedy) from error
