"""Spectral residual: what the average spectrum does not explain stands out.

Source: X. Hou and L. Zhang, "Saliency detection: a spectral residual approach", CVPR 2007,
equations (5) to (8), here in each channel of CIELAB. An image of one hue among others has no
residual in L*, but has one in a* or b*.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from glasscase.packs.resizing import resized

WORKING_PX = 64
"""The shorter side that spectra are taken at, as in the paper; the longer one keeps proportion."""
_AVERAGE = 3
"""Side of the local average of the log spectrum, h_n of equation (6)."""
_BLUR = 2.5
"""Standard deviation of the last smoothing in pixels of the working size."""
_TINY = 1e-6


def spectral_residual(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """A map of what stands out, float32 [h, w], not below 0; 0 everywhere for an even picture.

    Args:
        planes: [h, w, channels], for example CIELAB. Each channel's map counts by the standard
            deviation of the channel: a residual has lost the strength of its signal, and the noise
            of a nearly grey photo would else weigh as much as its drawing.
    """
    height, width = planes.shape[:2]
    shrink = min(1.0, WORKING_PX / min(height, width))
    size = max(2, round(height * shrink)), max(2, round(width * shrink))
    total = np.zeros(size, np.float32)
    for channel in range(planes.shape[2]):
        plane = resized(planes[..., channel], size)
        spread = float(plane.std())
        if spread > _TINY * 100:
            total += spread * _of_one(plane)
    return resized(total, (height, width))


def _of_one(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    spectrum = fft.fft2(plane - plane.mean())
    amplitude = np.abs(spectrum)
    log_amplitude = np.log(amplitude + _TINY * amplitude.max())
    average = ndimage.uniform_filter(log_amplitude, _AVERAGE, mode="wrap")
    phase = spectrum / (amplitude + _TINY * amplitude.max())
    back = np.abs(fft.ifft2(np.exp(log_amplitude - average) * phase)) ** 2
    smooth = ndimage.gaussian_filter(back, _BLUR, mode="nearest")
    return np.asarray(smooth / max(float(smooth.sum()), 1e-30), np.float32)
