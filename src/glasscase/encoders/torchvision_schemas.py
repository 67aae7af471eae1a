"""Lets timm and transformers import torchvision where its compiled operators do not load.

PyPI's Linux torchvision is built for CUDA. Beside a CPU build of torch its operators cannot be
loaded, and `import torchvision` fails with `operator torchvision::nms does not exist`, because
torchvision describes these operators to the compiler while it is imported. Declaring their
schemas first is enough: the Python part imports, and calling them still fails, loudly. Glasscase
never calls them.

Checked with torch 2.13.0+cpu, torchvision 0.28.0, timm 1.0.31, transformers 5.23.0.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from glasscase.extras import need

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


@cache
def declare_torchvision_schemas() -> Any:
    """Declare what is missing, and only that; call it before importing timm or transformers.

    Returns what must be kept alive for the declaration to last (the cache does), or None where
    nothing had to be done: no torchvision, already imported, or its operators load.
    """
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None or "torchvision" in sys.modules:
        return None
    torch = need("torch", extra="train")
    for binary in Path(spec.origin).parent.glob("_C*.so"):
        try:
            torch.ops.load_library(str(binary))
        except OSError:
            continue  # built for other hardware: the case this file is for
    missing = [text for name, text in SCHEMAS.items() if not hasattr(torch.ops.torchvision, name)]
    if not missing:
        return None
    library = torch.library.Library("torchvision", "DEF")
    for schema in missing:
        library.define(schema)
    return library
