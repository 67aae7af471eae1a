"""How long opening a door takes: `glasscase --help`, `--version`, `import glasscase`.

Each is a fresh process, beside one of `python -c pass`; the median of several runs after a first.
Promised: `glasscase --help` within 0.3 s; the import loads no heavy module.

    python benchmarks/startup.py [--runs 15]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

GLASSCASE = Path(sys.executable).with_name("glasscase")
DOORS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import glasscase": [sys.executable, "-c", "import glasscase"],
    "glasscase --version": [GLASSCASE, "--version"],
    "glasscase --help": [GLASSCASE, "--help"],
    "glasscase train --help": [GLASSCASE, "train", "--help"],
}
HEAVY = ("torch", "pandas", "onnxruntime", "sklearn", "transformers", "timm", "matplotlib")


def seconds(command: list[str | Path]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def loaded() -> list[str]:
    code = f"import sys, glasscase; print(*[m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return run.stdout.split()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    print(f"{'door':<24} median   fastest  slowest  (seconds, {runs} runs)")
    for name, command in DOORS.items():
        seconds(command)
        times = [seconds(command) for _ in range(runs)]
        middle, least, most = statistics.median(times), min(times), max(times)
        print(f"{name:<24} {middle:.3f}    {least:.3f}    {most:.3f}")
    print("heavy modules after `import glasscase`:", *(loaded() or ["none"]))


if __name__ == "__main__":
    main()
