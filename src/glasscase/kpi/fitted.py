"""A fitted KPI model: everything an answer for a new product needs, with its interval.

    kpi.json            target, scale, features, what it reads, how good it is
    learners/*.safetensors, learners/*.onnx     the model, and those of the folds
    errors.safetensors  held-out errors, for intervals
    encoders/           of photos and words, where it reads them
    manifest.json       SHA-256 and size of every file

No pickle: JSON, safetensors and ONNX.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from glasscase.catalog.columns import Columns
from glasscase.errors import BadBundle
from glasscase.files import new_folder, write_bytes, write_json
from glasscase.kpi.conformal import HeldOutErrors
from glasscase.kpi.learner import Learner, Sample
from glasscase.kpi.named_features import NamedFeature
from glasscase.kpi.scale import Floats, Scale
from glasscase.models.arrays_file import read_arrays, write_arrays
from glasscase.models.bundle import check_bundle, check_place, write_manifest
from glasscase.models.head import HeadState
from glasscase.models.product_encoder import ProductEncoder
from glasscase.models.stored_json import laid_out_as_now, read_json
from glasscase.settings import Settings

FORMAT = 1
ABOUT = "kpi.json"


@dataclass(frozen=True)
class Answers:
    """What a fitted model says of products, in the KPI's own unit."""

    values: Floats
    """[n]: the typical value (the median, where the scale is a logarithm)."""
    low: Floats
    high: Floats
    """Ends of the intervals; infinite where too few errors are known."""


@dataclass(frozen=True)
class FittedKpi:
    """A model of a KPI with all it needs."""

    target: str
    scale: Scale
    features: tuple[NamedFeature, ...]
    learner: Learner
    members: tuple[Learner, ...]
    """Of the folds; CV+ lays intervals around them."""
    errors: HeldOutErrors
    columns: Columns
    settings: Settings
    encoder: ProductEncoder | None = None
    """Of the vectors it reads; None where it reads none."""
    exposure: str | None = None
    """The column of an exposure that is an offset."""
    usual_exposure: float = 1.0
    time: str | None = None
    until: str = ""
    """The last day it learnt from, where there is a time."""
    card: Mapping[str, Any] | None = None
    """Its figures, as the result tells them."""

    @property
    def blocks(self) -> tuple[str, ...]:
        """Blocks of vectors it reads."""
        return tuple(name for name in self.learner.reads if name in ("sentence", "image"))

    def answers(self, sample: Sample, exposure: Floats | None) -> Answers:
        """Values and intervals for the products of `sample` (what they `learnt` is not read)."""
        learnt = self.learner.predict(sample)
        members = np.stack([one.predict(sample) for one in self.members])
        low, high = self.errors.around(learnt, members)
        return Answers(
            self.scale.back(learnt, exposure),
            _end(self.scale, low, exposure),
            _end(self.scale, high, exposure),
        )

    def save(self, path: Path) -> Path:
        """Store it at `path` in one step.

        Raises:
            CannotWrite: no space, no permission, or `path` holds something else.
        """
        check_place(path, ABOUT)
        with new_folder(path) as folder:
            learners = [self.learner, *self.members]
            states = [one.state() for one in learners]
            for number, state in enumerate(states):
                write_arrays(folder / "learners" / f"{number}.safetensors", state.arrays)
                for graph, data in state.graphs.items():
                    write_bytes(folder / "learners" / f"{number}.{graph}.onnx", data)
            write_arrays(
                folder / "errors.safetensors",
                {"sizes": self.errors.sizes, "folds": self.errors.folds.astype(np.int64)},
            )
            if self.encoder is not None:
                self.encoder.restricted(self.blocks).save(folder / "encoders")
            write_json(folder / ABOUT, self._about(states))
            write_manifest(folder)
        return path

    def _about(self, states: list[HeadState]) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "target": self.target,
            "scale": self.scale.to_dict(),
            "features": [one.to_dict() for one in self.features],
            "learners": [{"config": s.config, "graphs": sorted(s.graphs)} for s in states],
            "errors": {"forward": self.errors.forward, "level": self.errors.level},
            "columns": asdict(self.columns),
            "settings": self.settings.model_dump(mode="json", exclude={"cache"}),
            "encoders": self.encoder is not None,
            "exposure": self.exposure,
            "usual_exposure": self.usual_exposure,
            "time": self.time,
            "until": self.until,
            "card": dict(self.card or {}),
        }

    @classmethod
    def load(cls, path: Path, *, cached: bool = True) -> Self:
        """Check every byte of the folder at `path` and open it.

        Raises:
            BadBundle: no KPI model, a changed, missing or additional file, or a newer format.
        """
        if not path.is_dir():
            raise BadBundle(
                f"there is no model of a KPI at {str(path)!r}",
                "Name the folder model/ that kpi --out made.",
            )
        check_bundle(path)
        if not (path / ABOUT).is_file():
            raise BadBundle(
                f"the bundle {str(path)!r} is no model of a KPI",
                "Name the folder model/ that kpi --out made.",
            )
        about = read_json(path / ABOUT)
        with laid_out_as_now("the description"):
            if about["format"] > FORMAT:
                raise BadBundle(f"{str(path)!r} is of a newer Glasscase", "Upgrade Glasscase.")
            return cls._opened(path, about, cached=cached)

    @classmethod
    def _opened(cls, path: Path, about: Mapping[str, Any], *, cached: bool) -> Self:
        learners = []
        for number, one in enumerate(about["learners"]):
            arrays = read_arrays(path / "learners" / f"{number}.safetensors")
            graphs = {
                name: (path / "learners" / f"{number}.{Path(name).name}.onnx").read_bytes()
                for name in one["graphs"]
            }
            learners.append(Learner.from_state(HeadState(one["config"], arrays, graphs)))
        settings = Settings.parse(about["settings"])
        kept = read_arrays(path / "errors.safetensors")
        columns: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in about["columns"].items()
        }
        encoder = None
        if about["encoders"]:
            encoder = ProductEncoder.load(path / "encoders", settings, cached=cached)
        return cls(
            target=about["target"],
            scale=Scale(**about["scale"]),
            features=tuple(NamedFeature.from_dict(one) for one in about["features"]),
            learner=learners[0],
            members=tuple(learners[1:]),
            errors=HeldOutErrors(kept["sizes"], kept["folds"].astype(np.intp), **about["errors"]),
            columns=Columns(**columns),
            settings=settings,
            encoder=encoder,
            exposure=about["exposure"],
            usual_exposure=float(about["usual_exposure"]),
            time=about["time"],
            until=about["until"],
            card=about["card"],
        )


def _end(scale: Scale, ends: Floats, exposure: Floats | None) -> Floats:
    """An end in the KPI's unit; one that is not known stays infinite unless the KPI has bounds."""
    found = scale.back(ends, exposure)
    edge = np.inf if scale.high is None else scale.high
    least = -np.inf if scale.low is None else scale.low
    return np.where(np.isposinf(ends), edge, np.where(np.isneginf(ends), least, found))
