"""Training by several processes at once, as on several GPUs; here each has a part of the CPU."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from conftest import Shell
from glasscase import ProductClassifier
from glasscase.catalog.toy import ToyCatalogue, draw_toy_catalogue, toy_products
from glasscase.cli.follower import is_follower

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("several-devices")]

LESSON = """
import sys
import numpy as np, torch
from glasscase.errors import CannotTrain
from glasscase.models.training.batches import ArrayBatches
from glasscase.models.training.loop import Trainer
from glasscase.models.training.losses import ClassLoss
from glasscase.models.training.plan import TrainingPlan

if __name__ == "__main__":
    devices, out = int(sys.argv[1]), sys.argv[2]
    rng = np.random.default_rng(0)
    targets = np.arange(65) % 3  # the last batch has one product
    rows = (2 * np.eye(3)[targets] + rng.normal(size=(65, 3))).astype(np.float32)
    checked = rows.copy()
    if "spoilt" in out:
        rows[5] = np.nan  # in one process's part of one batch
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    plan = TrainingPlan(
        epochs=3, batch_size=16, learning_rate=0.01, class_weights=False, accelerator="cpu",
        devices=devices,
    )
    trainer = Trainer(net, ClassLoss(plan, targets, 3), plan)
    batches = ArrayBatches((rows,), targets, size=16, seed=0)
    try:
        trainer.fit(batches, ArrayBatches((checked,), targets, size=16, seed=0))
    except CannotTrain as error:
        print(error)
    rank = trainer._fabric.global_rank
    weights = np.concatenate([p.detach().numpy().ravel() for p in net.parameters()])
    np.save(f"{out}-{rank}.npy", weights)
"""


def ran(*command: str, folder: Path) -> str:
    alone = {k: v for k, v in os.environ.items() if not k.startswith(("LOCAL_", "NODE_", "MASTER"))}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env={**alone, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    (tmp_path / "lesson.py").write_text(LESSON, encoding="utf-8")
    for devices in (1, 2):
        ran("lesson.py", str(devices), f"by{devices}", folder=tmp_path)
    one = np.load(tmp_path / "by1-0.npy")
    first, second = (np.load(tmp_path / f"by2-{rank}.npy") for rank in (0, 1))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, one, atol=1e-5)


def test_a_loss_that_is_no_number_in_one_process_stops_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "lesson.py").write_text(LESSON, encoding="utf-8")
    said = ran("lesson.py", "2", "spoilt", folder=tmp_path)
    assert said.count("the loss was no number in epoch 1, batch 5") == 2


def test_the_shell_trains_with_two_and_speaks_once(tmp_path: Path) -> None:
    table = draw_toy_catalogue(tmp_path / "shop", size=60).products
    told = ("net.devices=2", "net.accelerator=cpu", "net.epochs=3", "train.folds=2")
    said = ran(
        str(Path(sys.executable).with_name("glasscase")),
        *("train", str(table), "--photos", str(table.parent / "images")),
        "--out", "bundle", "--recipe", "two-branch", "--effort", "quick", "--quiet",
        *(word for one in told for word in ("--set", one)), folder=tmp_path,
    )  # fmt: skip
    assert said.count("Shipped: two-branch") == 1
    model = ProductClassifier.load(tmp_path / "bundle")
    assert np.isfinite(model.predict_proba(toy_products(4))).all()


@pytest.mark.parametrize(("rank", "follows"), [("", False), ("0", False), ("1", True)])
def test_only_the_first_process_speaks(
    rank: str, follows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_RANK", rank)
    assert is_follower() == follows


def test_a_comparison_is_written_by_the_first_process_alone(
    shell: Shell, toy_shop: ToyCatalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glasscase.cli.compare.is_follower", lambda: True)
    code, *_ = shell(
        "compare", toy_shop.products, "--models", "words,tfidf-lr", "--effort", "quick",
        "--modality", "text", "--quiet", "--out", tmp_path / "report",
    )  # fmt: skip
    assert code == 0
    assert not (tmp_path / "report").exists()
