"""The training loop: it learns, it stops for a reason, and it goes on bit for bit."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from glasscase.errors import BadCheckpoint, CannotTrain
from glasscase.models.training.batches import ArrayBatches, batch_rows
from glasscase.models.training.checkpoint import step_seed
from glasscase.models.training.listeners import CsvLog
from glasscase.models.training.loop import Trainer
from glasscase.models.training.losses import ClassLoss, class_weights
from glasscase.models.training.plan import TrainingPlan
from glasscase.settings import NetSettings


def rows(n: int = 90, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three classes, each around a corner of its own."""
    generator = np.random.default_rng(seed)
    targets = np.arange(n) % 3
    return (np.eye(3)[targets] * 2 + generator.normal(size=(n, 3))).astype(np.float32), targets


def small_net(seed: int = 0) -> torch.nn.Sequential:
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(3, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(),
        torch.nn.Dropout(0.3), torch.nn.Linear(16, 3),
    )  # fmt: skip


def trained(net: torch.nn.Module, plan: TrainingPlan, **options: Any) -> Any:
    inputs, targets = rows()
    fresh, wanted = rows(60, seed=1)
    training = ArrayBatches((inputs,), targets, size=plan.batch_size, seed=plan.seed)
    validation = ArrayBatches((fresh,), wanted, size=100, seed=0)
    trainer = Trainer(net, ClassLoss(plan, targets, 3), plan, **options)
    return trainer.fit(training, validation)


def digest(net: torch.nn.Module) -> str:
    stored = b"".join(value.numpy().tobytes() for value in net.state_dict().values())
    return hashlib.sha256(stored).hexdigest()


PLAN = TrainingPlan(epochs=8, batch_size=16, patience=8, learning_rate=0.01, accelerator="cpu")


def test_it_learns_and_keeps_the_best_epoch() -> None:
    net = small_net()
    history = trained(net, PLAN)
    assert len(history.epochs) == 8
    best = max(history.epochs, key=lambda one: (one.validation_accuracy, -one.validation_loss))
    assert history.best == best.number
    assert best.validation_accuracy > 0.8
    inputs, targets = rows(60, seed=1)
    with torch.no_grad():
        right = (net(torch.tensor(inputs)).argmax(1).numpy() == targets).mean()
    assert right == best.validation_accuracy
    assert history.ended == "all epochs of the plan are done"


def test_patience_ends_it_and_a_plateau_halves_the_rate() -> None:
    plan = TrainingPlan(
        epochs=50, batch_size=16, patience=6, learning_rate=0.05, schedule="plateau",
        plateau_patience=2, accelerator="cpu",
    )  # fmt: skip
    history = trained(small_net(), plan)
    assert history.ended == "6 epochs brought nothing better"
    assert len(history.epochs) == history.best + 6
    rates = [one.rate for one in history.epochs]
    assert rates[0] == 0.05
    assert rates == sorted(rates, reverse=True)
    halved = [later / earlier for earlier, later in zip(rates, rates[1:], strict=False)]
    assert set(halved) == {1.0, 0.5}


def test_the_cosine_rises_and_falls_to_nothing() -> None:
    plan = TrainingPlan(epochs=10, batch_size=90, schedule="cosine", warmup_share=0.3, patience=99)
    trainer = Trainer(small_net(), ClassLoss(plan, rows()[1], 3), plan)
    rates = []
    for step in range(10):
        trainer.standing.epoch = step
        rates.append(trainer._rate(1))
    assert rates[:3] == sorted(rates[:3])
    assert max(rates) == pytest.approx(1e-3)
    assert rates[3:] == sorted(rates[3:], reverse=True)
    assert rates[-1] < 1e-4


def test_gradients_of_several_batches_add_up_to_one_of_all() -> None:
    inputs, targets = rows(32)
    plan = TrainingPlan(epochs=1, batch_size=32, class_weights=False, accelerator="cpu")
    nets = [torch.nn.Linear(3, 3) for _ in range(2)]
    nets[1].load_state_dict(nets[0].state_dict())
    for net, size, accumulate in ((nets[0], 32, 1), (nets[1], 8, 4)):
        one = TrainingPlan(**{**vars(plan), "batch_size": size, "accumulate": accumulate})
        batches = ArrayBatches((inputs,), targets, size=size, seed=0)
        Trainer(net, ClassLoss(one, targets, 3), one).fit(batches, batches)
    torch.testing.assert_close(nets[0].weight, nets[1].weight, atol=1e-6, rtol=1e-4)


def test_rates_may_differ_by_layer() -> None:
    class Layered(torch.nn.Sequential):
        def rate_groups(self) -> list[tuple[float, list[torch.nn.Parameter]]]:
            return [(0.0, list(self[0].parameters())), (1.0, list(self[1:].parameters()))]

    net = Layered(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    before = [layer.weight.detach().clone() for layer in (net[0], net[2])]
    trained(net, PLAN)
    assert torch.equal(before[0], net[0].weight)
    assert not torch.equal(before[1], net[2].weight)


def test_the_global_random_state_is_left_alone() -> None:
    torch.manual_seed(7)
    wanted = torch.rand(3)
    torch.manual_seed(7)
    net = torch.nn.Linear(3, 3)
    torch.manual_seed(7)
    trained(net, PLAN)
    assert torch.equal(torch.rand(3), wanted)


class Poisoned:
    """Batches of which one makes the loss no number."""

    def __init__(self, batches: ArrayBatches, at: tuple[int, int]) -> None:
        self.batches, self.at = batches, at

    def __len__(self) -> int:
        return len(self.batches)

    def epoch(self, number: int, *, start: int = 0) -> Any:
        for k, batch in enumerate(self.batches.epoch(number, start=start), start):
            spoilt = batch.inputs[0] * (float("nan") if (number, k) == self.at else 1.0)
            yield batch._replace(inputs=(spoilt,))


def test_a_loss_that_is_no_number_stops_it_and_the_best_so_far_is_kept() -> None:
    inputs, targets = rows()
    batches = ArrayBatches((inputs,), targets, size=16, seed=0)
    net = small_net()
    history = Trainer(net, ClassLoss(PLAN, targets, 3), PLAN).fit(
        Poisoned(batches, (2, 3)), batches
    )
    place = "the loss was no number in epoch 3, batch 4"
    assert history.ended == f"{place}; the weights of epoch {history.best} are kept"
    assert all(torch.isfinite(value).all() for value in net.state_dict().values())
    with pytest.raises(CannotTrain, match="no number in epoch 1, batch 2. Lower net.learning_rate"):
        Trainer(small_net(), ClassLoss(PLAN, targets, 3), PLAN).fit(
            Poisoned(batches, (0, 1)), batches
        )


def test_memory_that_runs_out_says_which_batch_size_to_try() -> None:
    class Hungry(torch.nn.Linear):
        def forward(self, given: torch.Tensor) -> torch.Tensor:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")

    with pytest.raises(CannotTrain) as caught:
        trained(Hungry(3, 3), PLAN)
    assert str(caught.value) == (
        "memory ran out with batches of 16. Try --set net.batch_size=8 --set net.accumulate=2."
    )


def test_other_errors_are_not_dressed_up_as_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        trained(torch.nn.Linear(4, 3), PLAN)


# Losses


def test_the_loss_is_torchs_with_class_weights_and_smoothing() -> None:
    targets = np.array([0, 0, 0, 1, 2, 2])
    logits = torch.randn(6, 3)
    plan = TrainingPlan()
    wanted = torch.nn.functional.cross_entropy(
        logits, torch.tensor(targets), weight=torch.tensor(class_weights(targets, 3))
    )
    assert float(ClassLoss(plan, targets, 3)(logits, torch.tensor(targets))) == pytest.approx(
        float(wanted), rel=1e-6
    )
    smooth = TrainingPlan(class_weights=False, label_smoothing=0.2)
    wanted = torch.nn.functional.cross_entropy(logits, torch.tensor(targets), label_smoothing=0.2)
    found = ClassLoss(smooth, targets, 3)(logits, torch.tensor(targets))
    assert float(found) == pytest.approx(float(wanted), rel=1e-6)


def test_focal_loss_is_the_papers() -> None:
    probs = torch.tensor([[0.9, 0.1], [0.2, 0.8]])
    plan = TrainingPlan(class_weights=False, focal_gamma=2.0)
    found = ClassLoss(plan, np.array([0, 1]), 2)(probs.log(), torch.tensor([0, 0]))
    wanted = (0.1**2 * -np.log(0.9) + 0.8**2 * -np.log(0.2)) / 2
    assert float(found) == pytest.approx(wanted, rel=1e-5)


def test_balanced_batches_draw_rare_classes_as_often() -> None:
    targets = np.array([0] * 95 + [1] * 5)
    drawn = np.concatenate(batch_rows(targets, 32, seed=0, epoch=0, balanced=True))
    assert 35 <= (targets[drawn] == 1).sum() <= 65
    plain = np.concatenate(batch_rows(targets, 32, seed=0, epoch=0))
    assert sorted(plain) == list(range(100))
    assert [len(part) for part in batch_rows(targets[:65], 32, seed=0, epoch=0)] == [22, 22, 21]


def test_no_two_steps_share_a_seed() -> None:
    seeds = {step_seed(s, e, k) for s in range(3) for e in range(40) for k in range(40)}
    assert len(seeds) == 3 * 40 * 40


def test_settings_change_the_plan_and_its_fingerprint() -> None:
    plan = TrainingPlan()
    assert plan.told(NetSettings()) == plan
    other = plan.told(NetSettings(epochs=3, learning_rate=0.1))
    assert (other.epochs, other.learning_rate, other.batch_size) == (3, 0.1, plan.batch_size)
    assert other.fingerprint() != plan.fingerprint()
    assert plan.told(NetSettings(accelerator="cpu")).fingerprint() == plan.fingerprint()


# Resuming


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "checkpoint.safetensors"
    trained(small_net(), PLAN, checkpoint=(place, "mine"))
    with pytest.raises(BadCheckpoint, match="belongs to another run: other products, settings or"):
        trained(small_net(), PLAN, checkpoint=(place, "another"))
    place.write_bytes(place.read_bytes()[:100])
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        trained(small_net(), PLAN, checkpoint=(place, "mine"))


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    options = {"checkpoint": (tmp_path / "c.safetensors", "run"), "listeners": [CsvLog(tmp_path)]}
    first, again = small_net(), small_net(seed=3)
    history = trained(first, PLAN, **options)
    with (tmp_path / "epochs.csv").open() as stream:
        written = list(csv.DictReader(stream))
    assert [int(row["number"]) for row in written] == list(range(1, 9))
    assert trained(again, PLAN, **options) == history
    assert digest(first) == digest(again)


KILLER = """
import json, os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import lightning_fabric  # once, before any fork
import glasscase.models.training.loop as loop
import test_training_loop as t

loop.CHECKPOINT_SECONDS = 0.0  # after every step
PLAN = t.TrainingPlan(epochs=6, batch_size=8, patience=9, schedule="plateau", plateau_patience=1,
                      accumulate=2, accelerator="cpu")

class Slow(t.ClassLoss):
    def __call__(self, *given):
        time.sleep(0.002)
        return super().__call__(*given)

def run(place):
    net = t.small_net()
    inputs, targets = t.rows()
    fresh, wanted = t.rows(60, seed=1)
    batches = t.ArrayBatches((inputs,), targets, size=8, seed=0)
    loop.Trainer(net, Slow(PLAN, targets, 3), PLAN, checkpoint=(place, "run")).fit(
        batches, t.ArrayBatches((fresh,), wanted, size=100, seed=0))
    print(t.digest(net), flush=True)

def forked(place, patience=None):
    child = os.fork()
    if child == 0:
        run(place)
        os._exit(0)
    if patience is not None:
        time.sleep(patience)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]

folder, moments, seen = Path(sys.argv[1]), random.Random(int(sys.argv[2])), []
assert forked(folder / "whole.safetensors") == 0
place = folder / "killed.safetensors"
while len(seen) < 20:
    state = forked(place, moments.uniform(0.0, 0.25))
    if not os.WIFSIGNALED(state):  # done before it could be killed: its answer is printed
        place.unlink()
        continue
    data = place.read_bytes() if place.exists() else b""
    if data:
        length = int.from_bytes(data[:8], "little")
        about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["glasscase"])
        seen.append((about["standing"]["epoch"], about["standing"]["step"]))
    else:
        seen.append((0, 0))
print(json.dumps(seen))
assert forked(place) == 0
"""


def test_killed_at_twenty_random_points_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    code = KILLER.format(tests=str(Path(__file__).parent))
    command = [sys.executable, "-c", code, str(tmp_path), "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    *whole, places, killed = done.stdout.splitlines()
    seen = [tuple(place) for place in json.loads(places)]
    assert len(seen) == 20
    assert len(set(seen)) > 5, f"the kills did not fall at different places: {seen}"
    assert {killed} == set(whole)


@pytest.mark.parametrize("n_classes", [2, 3, 17])
def test_the_graphs_of_a_network_take_any_number_of_rows(n_classes: int) -> None:
    from glasscase.encoders.onnx_session import open_session
    from glasscase.models.net_graphs import gradient_graph, logits_graph
    from glasscase.models.nets.table import make_net

    dims = {"sentence": 19, "image": 3}
    net = make_net("gated", dims, n_classes)
    for graph in (logits_graph(net, dims), gradient_graph(net, dims, n_classes)):
        session = open_session(graph)
        for rows in (1, 5):
            given = {name: np.ones((rows, dim), np.float32) for name, dim in dims.items()}
            given["present"] = np.ones((rows, 2), np.float32)
            given["cotangent"] = np.ones((rows, n_classes), np.float32)
            wanted = {one.name: given[one.name] for one in session.get_inputs()}
            assert all(len(one) == rows for one in session.run(None, wanted))


def test_tensorboard_and_mlflow_are_told_every_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from glasscase.models.training.listeners import listeners

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # no server, no database
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    told = listeners(["csv", "tensorboard", "mlflow"], tmp_path)
    history = trained(small_net(), PLAN, listeners=told)
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    seen = [event.value for event in events.Scalars("validation_accuracy")]
    wanted = [one.validation_accuracy for one in history.epochs]
    assert seen == pytest.approx(wanted, rel=1e-6)
    (run,) = mlflow.search_runs(output_format="list")
    kept = mlflow.tracking.MlflowClient().get_metric_history(run.info.run_id, "training_loss")
    assert [one.value for one in kept] == [one.training_loss for one in history.epochs]
    assert listeners(["csv"], None) == []


@pytest.mark.parametrize("accelerator", ["tpu", "abacus"])
def test_an_accelerator_that_is_not_here_is_no_bug(accelerator: str) -> None:
    values, targets = rows()
    plan = TrainingPlan(epochs=1, accelerator=accelerator)
    batches = ArrayBatches((values,), targets, size=30, seed=0)
    with pytest.raises(CannotTrain) as caught:
        Trainer(small_net(), ClassLoss(plan, targets, 3), plan).fit(batches, batches)
    said = str(caught.value)
    assert f"net.accelerator={accelerator} with net.devices=1 cannot be had on this machine" in said
    assert "set net.accelerator=cpu" in said
