"""One shelf as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.pages.page import data_uri, render
from glasscase.shelf.annotated import annotated_bytes
from glasscase.shelf.gap_words import gap_words
from glasscase.shelf.shelf_colours import colours_of

_LONGEST_PX = 1600


def shelf_page(image: NDArray[np.uint8], result: Mapping[str, Any]) -> str:
    """The report of `result` (`ShelfReading.to_dict`) on its photo; names are escaped."""
    picture = annotated_bytes(image, result, longest_px=_LONGEST_PX)
    return render(
        "glasscase.shelf",
        "shelf.html",
        found=result,
        picture=data_uri(picture, "image/jpeg"),
        colours=colours_of(result),
        gap_words=gap_words,
        eye=any(one.get("eye_level") for one in result["figures"]["brands"]),
    )
