"""Subband entropy: how much there is to tell of a picture, once what repeats is told only once.

Source: R. Rosenholtz, Y. Li and L. Nakano, "Measuring visual clutter", Journal of Vision 7(2):17
(2007), and its authors' program; the steerable pyramid is that of E. P. Simoncelli and
W. T. Freeman, "The steerable pyramid", ICIP 1995, built from the picture's spectrum.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from glasscase.packs.clutter_congestion import LONGEST_PX, Plane, authors_lab
from glasscase.packs.resizing import fitting_size, resized_image

SCALES = 3
ORIENTATIONS = 4
CHROMA_WEIGHT = 0.0625
"""What each of the two colour channels counts, where lightness counts 1."""
_LEAST_CHROMA = 0.008


def subband_entropy(image: NDArray[np.uint8]) -> float:
    """Subband entropy of `image` (uint8 RGB [h, w, 3]) in nats; 0 for a picture of one colour.

    Lightness and the two colour channels are split into 3 scales of 4 orientations and what is
    left; the entropy of each part's histogram (as many bins as the root of its points) is averaged.

    Not covered: it counts fine print and woven cloth alike, and says nothing about where.
    """
    lab = authors_lab(resized_image(image, fitting_size(image.shape, LONGEST_PX)))
    total = 0.0
    for channel, weight in enumerate((1.0, CHROMA_WEIGHT, CHROMA_WEIGHT)):
        plane = lab[..., channel]
        if np.ptp(plane) < _LEAST_CHROMA:
            continue
        total += weight * float(np.mean([_entropy(band) for band in subbands(plane)]))
    return total / (1 + 2 * CHROMA_WEIGHT)


def subbands(plane: Plane) -> Iterator[Plane]:
    """The oriented parts of `plane`, the finest first, then what is left of it, small.

    The finest detail of all (the highest octave's corner) is left out, as in the authors' program.
    """
    spectrum = np.fft.fftshift(np.fft.fft2(plane))
    spectrum = spectrum * _low(_radius(spectrum.shape), 0.5)
    for _ in range(SCALES):
        radius, angle = _radius(spectrum.shape), _angle(spectrum.shape)
        ring = spectrum * _high(radius, 0.25)
        for number in range(ORIENTATIONS):
            turned = np.cos(angle - np.pi * number / ORIENTATIONS) ** (ORIENTATIONS - 1)
            yield np.real(np.fft.ifft2(np.fft.ifftshift(1j * ring * turned)))
        spectrum = _middle(spectrum * _low(radius, 0.25))
    yield np.real(np.fft.ifft2(np.fft.ifftshift(spectrum)))


def _entropy(band: Plane) -> float:
    counts, _ = np.histogram(band, bins=int(np.ceil(np.sqrt(band.size))))
    shares = counts[counts > 0] / band.size
    return float(-(shares * np.log(shares)).sum())


def _radius(shape: tuple[int, ...]) -> Plane:
    """Distance from the middle of the spectrum; 1 is half the sampling rate."""
    down, right = _frequencies(shape)
    radius: Plane = np.hypot(down, right)
    return radius


def _angle(shape: tuple[int, ...]) -> Plane:
    down, right = _frequencies(shape)
    angle: Plane = np.arctan2(down, right)
    return angle


def _frequencies(shape: tuple[int, ...]) -> tuple[Plane, Plane]:
    down, right = ((np.arange(n) - n // 2) / (n / 2) for n in shape)
    return down[:, None] + 0 * right, 0 * down[:, None] + right


def _high(radius: Plane, start: float) -> Plane:
    """0 up to `start`, 1 from the octave above on, a quarter of a cosine in between."""
    octaves = np.log2(np.maximum(radius, 1e-9) / start)
    passing: Plane = np.sin(np.pi / 2 * np.clip(octaves, 0, 1))
    return passing


def _low(radius: Plane, start: float) -> Plane:
    """What `_high` holds back, so that both together keep all energy."""
    octaves = np.log2(np.maximum(radius, 1e-9) / start)
    passing: Plane = np.cos(np.pi / 2 * np.clip(octaves, 0, 1))
    return passing


def _middle(spectrum: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The inner half of the frequencies: the picture at half the size."""
    starts = [n // 2 - ((n + 1) // 2) // 2 for n in spectrum.shape]
    cut = tuple(slice(a, a + (n + 1) // 2) for a, n in zip(starts, spectrum.shape, strict=True))
    return spectrum[cut]
