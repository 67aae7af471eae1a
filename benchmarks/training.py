"""How long training takes, from nothing cached and with warm vectors, everything included.

    python benchmarks/training.py --data ../shared/data [--effort good]

Runs the real `glasscase train` on the Flipkart products in a process of its own, twice: first
with an empty cache (encoders are exported, every photo and text is encoded), then again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMITS = {"nothing cached": 120.0, "warm vectors": 30.0}


def main() -> None:
    """Time both runs and print them beside what was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--effort", default="good", choices=["quick", "good", "best"])
    arguments = parser.parse_args()
    folder = arguments.data / "flipkart"
    with tempfile.TemporaryDirectory() as work:
        environment = {**os.environ, "GLASSCASE_CACHE": f"{work}/cache"}
        command = [
            str(Path(sys.executable).with_name("glasscase")), "train", str(folder / "products.csv"),
            "--photos", str(folder / "images"), "--text", "product_name,description",
            "--label", "product_category_tree", "--level", "1",
            "--effort", arguments.effort, "--out", f"{work}/bundle", "--quiet",
        ]  # fmt: skip
        for what, limit in LIMITS.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - started
            kept = "kept" if seconds <= limit else "NOT KEPT"
            took = f"{seconds:.1f} s (asked {limit:.0f} s: {kept})"
            print(f"train, effort {arguments.effort}, {what}: {took}")


if __name__ == "__main__":
    main()
