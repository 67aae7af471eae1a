"""How much simulated attention each pack of a set draws on a shelf, and how it stands out.

Not covered: what people look for, know, like or read; faces; movement; brand. Nobody's eyes were
tracked: docs/attention.md says what the figures are worth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.packs.arrangements import Planogram, Scene
from glasscase.packs.cut_out import cut_out
from glasscase.packs.fixations import fovea_px, noticed, viewer_noise
from glasscase.packs.measure import Measure
from glasscase.packs.pack import Pack
from glasscase.packs.popout import (
    VectorOf,
    colour_distances,
    feature_distances,
    neighbours,
    to_neighbours,
)
from glasscase.packs.saliency import SaliencyMap, check_image, saliency_map
from glasscase.progress import Progress, silent

MOST_ARRANGEMENTS = 10_000


@dataclass(frozen=True, slots=True)
class Looking:
    """How the simulated viewers look, and at what."""

    arrangements: int = 100
    """Random planograms; made even, for they come in mirrored pairs."""
    seed: int = 0
    facings: int = 1
    """Of every pack in a simulated planogram."""
    saliency: str | SaliencyMap = "sum"
    """A name of `saliency.MAPS`, or a function such as `learned_saliency.open_saliency_model`'s."""
    fixations: int = 3
    distance_mm: float = 1000.0
    fovea_degrees: float = 5.0
    """Width of what is seen sharply at once and not looked at again."""

    def __post_init__(self) -> None:
        bounds = {
            "arrangements": (1, MOST_ARRANGEMENTS),
            "seed": (0, 2**63),
            "fixations": (1, 50),
            "distance_mm": (50, 20_000),
            "fovea_degrees": (0.1, 30),
        }
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadSetting(f"{name} is {value}", f"Use {low} to {high}.")

    @property
    def map_of(self) -> SaliencyMap:
        """The function that is asked for maps."""
        return saliency_map(self.saliency) if isinstance(self.saliency, str) else self.saliency


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """Figures of every pack, what they were computed from, and maps to be drawn."""

    measures: list[list[Measure]]
    """A list per pack, in the order of the packs."""
    samples: dict[str, NDArray[np.float64]]
    """By name of the measure [arrangements, packs]. Rows 2i and 2i + 1 have mirrored places, so
    they are to be drawn together; a photo has one row."""
    scene: Scene
    """The first arrangement, or the photo."""
    density: NDArray[np.float32]
    """[h, w] of that scene, with a sum of 1."""
    pack_maps: list[NDArray[np.float32]]
    """Of each pack [h, w]: the mean attention on its front; 1 is an even look at the scene."""
    notes: list[str] = field(default_factory=list)
    """What was assumed, in words."""


def attention_measures(
    packs: Sequence[Pack],
    *,
    arrangements: int = 100,
    seed: int = 0,
    scene: Scene | None = None,
    vector_of: VectorOf | None = None,
    progress: Progress = silent,
) -> Attention:
    """Measure simulated attention on `packs`, over random planograms or on one photo.

    Args:
        packs: the pack and its competitors.
        arrangements: random planograms to average over.
        seed: the same seed gives the same figures, in whatever order the packs come.
        scene: of `photo_scene`: a real photo instead of planograms; figures then have no interval.
        vector_of: an encoder, for pop-out by features; without it that measure is missing.
        progress: is told which arrangement it is.

    Raises:
        BadSetting: no pack, too many packs, impossible options, a pack that is not on the photo.
        BadPhoto: a pack's image is no picture.
        BadEncoder: `vector_of` answers nonsense.
    """
    how = Looking(arrangements=arrangements, seed=seed)
    return look(packs, how, scene=scene, vector_of=vector_of, progress=progress)


def look(
    packs: Sequence[Pack],
    how: Looking,
    *,
    scene: Scene | None = None,
    vector_of: VectorOf | None = None,
    progress: Progress = silent,
) -> Attention:
    """`attention_measures` with everything that can be set."""
    for pack in packs:
        check_image(pack.image)
    if scene is None:
        planogram = Planogram.of(packs, facings=how.facings)
        count = how.arrangements + how.arrangements % 2
        scenes: Iterable[Scene] = (
            planogram.arrangement(number, seed=how.seed) for number in range(count)
        )
        notes = list(planogram.notes)
    else:
        _check_scene(scene, len(packs))
        scenes, count, notes = [scene], 1, []
    cuts = [cut_out(pack.image) for pack in packs]
    distances = {"pop_out_colour": colour_distances(cuts)}
    if vector_of is not None:
        distances["pop_out_features"] = feature_distances(cuts, vector_of)
    viewing = _Viewing(how, len(packs), distances)
    for seen in progress.track(scenes, total=count, what="arrangements"):
        viewing.view(seen)
    samples = {name: np.stack(rows) for name, rows in viewing.rows.items()}
    if scene is None:
        samples = _shared_by_twins(samples, packs)
    measures = [_measures_of(number, samples, how) for number in range(len(packs))]
    maps = [np.asarray(total / max(times, 1), np.float32) for total, times in viewing.maps_seen()]
    return Attention(measures, samples, *viewing.first[0], maps, notes)


class _Viewing:
    """Figures of one arrangement after the other."""

    def __init__(self, how: Looking, packs: int, distances: dict[str, NDArray[np.float64]]) -> None:
        self.how, self.packs, self.distances = how, packs, distances
        self.map_of = how.map_of
        self.rows: dict[str, list[NDArray[np.float64]]] = {}
        self.first: list[tuple[Scene, NDArray[np.float32]]] = []
        self.maps = [np.zeros((1, 1), np.float32)] * packs
        self.times = [0] * packs
        self.seen = 0

    def view(self, scene: Scene) -> None:
        """Add the figures of `scene`."""
        density = self.map_of(scene.image)
        where = scene.places.ravel() + 1
        amount = np.bincount(where, density.ravel(), minlength=self.packs + 1)[1:]
        area = np.bincount(where, minlength=self.packs + 1)[1:]
        share = amount / max(float(amount.sum()), 1e-12)
        self._add("share_of_attention", share)
        self._add("attention_per_area", share / np.maximum(area, 1) * area.sum())
        self._add(f"noticed_in_{self.how.fixations}_fixations", self._noticed(scene, density))
        near = neighbours(scene, self.packs)
        for name, distances in self.distances.items():
            self._add(name, to_neighbours(distances, near))
        self._add_maps(scene, density)
        if not self.first:
            self.first.append((scene, density))
        self.seen += 1

    def maps_seen(self) -> Iterable[tuple[NDArray[np.float32], int]]:
        """Sums of the maps on each pack, and of how many facings."""
        return zip(self.maps, self.times, strict=True)

    def _add(self, name: str, values: NDArray[np.float64]) -> None:
        self.rows.setdefault(name, []).append(values)

    def _noticed(self, scene: Scene, density: NDArray[np.float32]) -> NDArray[np.float64]:
        """By the same viewers in the mirror as before it."""
        draw = np.random.default_rng([self.how.seed, self.seen // 2, 1])
        noise = viewer_noise((density.shape[0], density.shape[1]), draw)
        if self.seen % 2:
            noise = noise[:, :, ::-1]
        radius = fovea_px(
            scene.pixels_per_mm,
            distance_mm=self.how.distance_mm,
            fovea_degrees=self.how.fovea_degrees,
        )
        found = noticed(
            density, scene.places, fixations=self.how.fixations, radius_px=radius, noise=noise
        )
        return np.concatenate([found, np.zeros(self.packs - len(found))])

    def _add_maps(self, scene: Scene, density: NDArray[np.float32]) -> None:
        for pack, (left, top, right, bottom) in scene.facings:
            part = density[top:bottom, left:right] * density.size
            if not self.times[pack]:
                self.maps[pack] = np.zeros_like(part)
            if part.shape == self.maps[pack].shape:
                self.maps[pack] = self.maps[pack] + part
                self.times[pack] += 1


def _check_scene(scene: Scene, packs: int) -> None:
    shown = {pack for pack, _ in scene.facings}
    if not packs:
        raise BadSetting("there is no pack to look for", "Give at least one.")
    if shown != set(range(packs)):
        reason = f"the photo's boxes name packs {sorted(shown)[:8]}, of {packs} packs"
        raise BadSetting(reason, f"Give every pack 0 to {packs - 1} a box, and no other.")


def _shared_by_twins(
    samples: dict[str, NDArray[np.float64]], packs: Sequence[Pack]
) -> dict[str, NDArray[np.float64]]:
    """Packs that look the same have the same expectation: each gets the mean of their samples."""
    looks = [
        (hashlib.sha256(p.image.tobytes()).digest(), p.image.shape, p.height_mm) for p in packs
    ]
    first = np.array([looks.index(look) for look in looks])
    if len(set(first.tolist())) == len(packs):
        return samples
    same = (first[:, None] == first[None, :]).astype(np.float64)
    same /= same.sum(axis=1, keepdims=True)
    return {name: values @ same for name, values in samples.items()}


def _measures_of(
    number: int, samples: dict[str, NDArray[np.float64]], how: Looking
) -> list[Measure]:
    alone = next(iter(samples.values())).shape[1] == 1
    units = {
        "share_of_attention": "share",
        "attention_per_area": "ratio",
        f"noticed_in_{how.fixations}_fixations": "share",
        "pop_out_colour": "CIEDE2000",
        "pop_out_features": "distance",
    }
    measures = []
    for name, unit in units.items():
        if name not in samples:
            why = "no encoder of images was given"
            measures.append(Measure.missing(name, unit, "more", why))
        elif alone:
            why = "there is no other pack to compare with"
            measures.append(Measure.missing(name, unit, "more", why))
        else:
            value, low, high = _interval(samples[name][:, number])
            measures.append(Measure(name, value, unit, "more", pillar="seen", low=low, high=high))
    return measures


def _interval(values: NDArray[np.float64]) -> tuple[float, float | None, float | None]:
    """Mean over arrangements with its 95 % t interval over pairs; none for a photo."""
    from scipy.stats import t

    mean = float(values.mean())
    if len(values) < 4:
        return mean, None, None
    pairs = values.reshape(-1, 2).mean(axis=1)
    error = float(pairs.std(ddof=1) / np.sqrt(len(pairs)))
    reach = float(t.ppf(0.975, len(pairs) - 1)) * error
    return mean, max(0.0, mean - reach), mean + reach
