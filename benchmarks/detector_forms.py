"""How far boxes of each form of ONNX detector are from the form's own reference, in pixels.

    python benchmarks/detector_forms.py

For each form a made-up answer of its network goes into a real ONNX file, which is opened as users
open theirs; the reference reads the same answer box by box as the form's makers publish it
(`tests/detector_goldens.py`), for two of them by transformers itself. Ends with an error where a
box is a pixel off, missing or too many.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from detector_files import write_detector
from detector_goldens import BY_TRANSFORMERS, PHOTO_PX, goldens, without_doubles
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.shelf.forms.onnx_detector import OnnxDetector

SCORE = 0.4


def main() -> None:
    declare_torchvision_schemas()
    photo = np.full((*PHOTO_PX, 3), 90, np.uint8)
    worst = 0.0
    print("| form | known by the file | reference | boxes | largest difference, px |")
    print("|---|---|---|---|---|")
    for number, golden in enumerate(goldens()):
        with tempfile.TemporaryDirectory() as folder:
            path = write_detector(Path(folder) / f"{number}.onnx", golden.answer, **golden.file)
            form = golden.form if golden.chosen else None
            boxes = OnnxDetector(path, form=form, score=SCORE).detect(photo)
        references = {"published": golden.reference}
        if golden.form in BY_TRANSFORMERS:
            references["transformers"] = BY_TRANSFORMERS[golden.form]
        for name, reference in references.items():
            expected = without_doubles(reference(golden.answer, SCORE))
            if len(boxes) != len(expected):
                sys.exit(f"{golden.form}: {len(boxes)} boxes instead of {len(expected)}")
            off = float(np.abs(boxes.corners - np.array([one[:4] for one in expected])).max())
            worst = max(worst, off)
            known = "no, given" if golden.chosen else "yes"
            print(f"| {golden.form} | {known} | {name} | {len(boxes)} | {off:.5f} |")
    print(f"\nlargest difference: {worst:.5f} px (must be below 1)")
    if worst >= 1:
        sys.exit(1)


if __name__ == "__main__":
    main()
