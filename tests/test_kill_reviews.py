"""No acknowledged decision is lost by kill -9: a few of the 1,000 rounds of the benchmark."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "kill_reviews.py"


def test_a_killed_process_loses_no_acknowledged_decision(database_url: str) -> None:
    run = subprocess.run(
        [sys.executable, SCRIPT, "--rounds", "5", "--url", database_url],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    (found,) = json.loads(run.stdout)
    assert found["kills"] == {"process, opening": 1, "process": 4}
    assert found["acknowledged"] > 0
    assert (found["lost"], found["twice"], found["wrong"], found["log_broken"]) == (0, 0, 0, 0)
    assert 0 <= found["unacknowledged"] <= 5, "one was in the making at each kill, at most"
    assert 0 <= found["log_entries"] - found["acknowledged"] <= 5
