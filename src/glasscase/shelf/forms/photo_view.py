"""A photo as a detector wants to see it, and the way back from its pixels to the photo's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class PhotoView:
    """Where a photo lies within a detector's input."""

    scale: tuple[float, float]
    """Pixels of the input for a pixel of the photo: across, down."""
    shift: tuple[float, float] = (0.0, 0.0)
    """Where the photo's upper left corner lies in the input: x, y."""

    def to_photo(self, corners: NDArray[Any]) -> NDArray[np.float64]:
        """[n, 4] in pixels of the input -> [n, 4] in pixels of the photo."""
        scale = np.array([*self.scale, *self.scale])
        shift = np.array([*self.shift, *self.shift])
        return np.asarray((corners.astype(np.float64) - shift) / scale)


@dataclass(frozen=True)
class Preparation:
    """How a form of detector wants its photos."""

    fit: Literal["letterbox", "corner", "stretch"] = "letterbox"
    """letterbox: proportions kept, in the middle, the rest filled; corner: the same, in the upper
    left; stretch: squashed to the input's size."""
    fill: int = 114
    bgr: bool = False
    scale: float = 255.0
    """What pixels of 0 to 255 are divided by."""
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Then less the mean, divided by the deviation, both in the order red, green, blue."""

    def view(self, image: NDArray[np.uint8], size: tuple[int, int]) -> PhotoView:
        """Where `image` will lie in an input of this height and width.

        A letterbox has whole pixels of margin and one scale for both ways, as its trainers have it.
        """
        height, width = image.shape[:2]
        if self.fit == "stretch":
            return PhotoView((size[1] / width, size[0] / height))
        scale = min(size[0] / height, size[1] / width)
        if self.fit == "corner":
            return PhotoView((scale, scale))
        margins = ((size[1] - round(width * scale)) / 2, (size[0] - round(height * scale)) / 2)
        left, top = (float(round(margin - 0.1)) for margin in margins)
        return PhotoView((scale, scale), (left, top))

    def tensor(self, image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
        """`image`, uint8 RGB [h, w, 3], as float32 [1, 3, *size]."""
        view = self.view(image, size)
        height, width = image.shape[:2]
        inner = size
        if self.fit != "stretch":
            inner = (
                min(max(1, self._whole(height * view.scale[0])), size[0]),
                min(max(1, self._whole(width * view.scale[0])), size[1]),
            )
        picture = Image.fromarray(np.ascontiguousarray(image))
        small = picture.resize((inner[1], inner[0]), Image.Resampling.BILINEAR)
        canvas = np.full((*size, 3), self.fill, np.uint8)
        left = min(int(view.shift[0]), size[1] - inner[1])
        top = min(int(view.shift[1]), size[0] - inner[0])
        canvas[top : top + inner[0], left : left + inner[1]] = np.asarray(small)
        pixels = canvas.astype(np.float32) / np.float32(self.scale)
        pixels -= np.array(self.mean, np.float32)
        pixels /= np.array(self.std, np.float32)
        if self.bgr:
            pixels = pixels[:, :, ::-1]
        return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)

    def _whole(self, length: float) -> int:
        return int(length) if self.fit == "corner" else round(length)
