"""The training loop, on Lightning Fabric: CPU or GPUs, any precision, resumed bit for bit.

Every step seeds torch by its place in the training, every epoch's order by its number. So where a
training stands is its weights, the optimiser and some numbers (`checkpoint.py`); one that was
killed and run again takes the same steps as one that never was. On a CPU with the same number of
threads the weights are equal bit for bit.

Not covered: bit-equality on GPUs, whose sums are not ordered; more than one machine.
"""

from __future__ import annotations

import atexit
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from glasscase.errors import CannotTrain
from glasscase.extras import need
from glasscase.models.training.batches import Batch, Batches
from glasscase.models.training.checkpoint import (
    Standing,
    read_checkpoint,
    step_seed,
    write_checkpoint,
)
from glasscase.models.training.history import Epoch, History
from glasscase.models.training.listeners import Listener
from glasscase.models.training.plan import TrainingPlan
from glasscase.models.training.torch_random import torch_random
from glasscase.progress import Progress, silent

CHECKPOINT_SECONDS = 20.0
"""Within a long epoch, where the training stands is stored this often."""


class Objective(Protocol):
    """What the network's outputs are judged by."""

    def __call__(self, outputs: Any, targets: Any) -> Any:
        """The loss, a scalar tensor."""
        ...

    def right(self, outputs: Any, targets: Any) -> Any:
        """How many of the batch are right."""
        ...


class Trainer:
    """Trains one network by one plan."""

    def __init__(
        self,
        net: Any,
        objective: Objective,
        plan: TrainingPlan,
        *,
        checkpoint: tuple[Path, str] | None = None,
        listeners: Sequence[Listener] = (),
        progress: Progress = silent,
    ) -> None:
        """Prepare it.

        Args:
            net: a torch module; afterwards it holds the weights of the best epoch. Its method
                `rate_groups()`, where it has one, gives (factor of the rate, parameters) pairs.
            objective: loss and count of right answers.
            plan: how.
            checkpoint: file to resume from and write to, and the fingerprint of the run.
            listeners: are told of every epoch.
            progress: shows epochs.
        """
        self.net, self.objective, self.plan = net, objective, plan
        self.checkpoint, self.listeners, self.progress = checkpoint, listeners, progress
        self.standing = Standing()
        self.history = History()
        self._best: dict[str, Any] = {}
        self._saved_at = 0.0

    def fit(self, training: Batches, validation: Batches) -> History:
        """Train to the plan's end, or until nothing gets better.

        Raises:
            BadCheckpoint: the checkpoint is damaged or another run's.
            CannotTrain: out of memory, or the loss was no number before any epoch was done.
        """
        self._fabric = _fabric(self.plan)
        self._optimiser = _optimiser(self.net, self.plan)
        net, optimiser = self._fabric.setup(self.net, self._optimiser)
        if not self._fabric.is_global_zero:
            self.listeners = ()
        self._resume()
        epochs = self.plan.epochs - self.standing.epoch
        with torch_random(self.plan.seed):
            shown = self.progress.track(range(epochs), total=epochs, what="Training the network")
            for _ in shown:
                if self.history.ended:
                    break
                try:
                    self._epoch(net, optimiser, training, validation)
                except (MemoryError, RuntimeError) as error:
                    if not _is_out_of_memory(error):
                        raise
                    raise _out_of_memory(self.plan) from error
        self.history.ended = self.history.ended or "all epochs of the plan are done"
        self._keep_best()
        for listener in self.listeners:
            listener.close()
        return self.history

    def _epoch(self, net: Any, optimiser: Any, training: Batches, validation: Batches) -> None:
        if not self._pass(net, optimiser, training):
            return
        loss, accuracy = self._validated(net, validation)
        standing, plan = self.standing, self.plan
        standing.epoch += 1
        mean = standing.loss_sum / len(training)
        standing.step, standing.loss_sum = 0, 0.0
        rate = self._rate(len(training))
        self.history.epochs.append(Epoch(standing.epoch, rate, mean, loss, accuracy))
        score = (accuracy, -loss) if plan.watch == "accuracy" else (-loss, accuracy)
        standing.since_best += 1
        if score > standing.best_score:
            standing.best_score, standing.since_best = score, 0
            self.history.best = standing.epoch
            self._best = {k: v.detach().clone() for k, v in self.net.state_dict().items()}
        self._lower_rate(loss)
        if not math.isfinite(loss):
            self._stop(f"the validation loss was no number in epoch {standing.epoch}")
        elif standing.since_best >= plan.patience:
            self.history.ended = f"{plan.patience} epochs brought nothing better"
        for listener in self.listeners:
            listener.after_epoch(self.history)
        self._save()

    def _pass(self, net: Any, optimiser: Any, training: Batches) -> bool:
        """The rest of an epoch's batches; False where the loss was no number."""
        torch = need("torch", extra="train")
        standing, plan, total = self.standing, self.plan, len(training)
        net.train()
        for batch in training.epoch(standing.epoch, start=standing.step):
            torch.manual_seed(step_seed(plan.seed, standing.epoch, standing.step))
            for group in optimiser.param_groups:
                group["lr"] = self._rate(total) * group["factor"]
            last = standing.step + 1 == total
            stepping = last or (standing.step + 1) % plan.accumulate == 0
            inputs, targets = self._mine(batch)
            # processes average their gradients, so one with a larger part counts for more
            whole = len(batch.targets)
            part = len(targets) * self._fabric.world_size / whole if len(targets) < whole else 1.0
            with self._fabric.no_backward_sync(net, enabled=not stepping):
                loss = self.objective(net(*inputs), targets)
                value = self._of_all(part * float(loss.detach()))
                if not math.isfinite(value):
                    place = f"epoch {standing.epoch + 1}, batch {standing.step + 1}"
                    self._stop(f"the loss was no number in {place}")
                    return False
                self._fabric.backward(part * loss / min(plan.accumulate, total))
            if stepping:
                if plan.clip_norm:
                    self._fabric.clip_gradients(net, optimiser, max_norm=plan.clip_norm)
                optimiser.step()
                optimiser.zero_grad()
            standing.step += 1
            standing.loss_sum += value
            if stepping and not last and time.monotonic() - self._saved_at > CHECKPOINT_SECONDS:
                self._save()
        return True

    def _mine(self, batch: Batch) -> tuple[list[Any], Any]:
        """This process's part of a batch, on its device; a batch too small to divide is everyone's,
        as batch norm needs two products."""
        rank, world = self._fabric.global_rank, self._fabric.world_size
        if len(batch.targets) < 2 * world:
            rank, world = 0, 1
        parts = [self._fabric.to_device(one[rank::world]) for one in (*batch.inputs, batch.targets)]
        return parts[:-1], parts[-1]

    def _validated(self, net: Any, validation: Batches) -> tuple[float, float]:
        """Mean loss and accuracy over the validation products."""
        torch = need("torch", extra="train")
        net.eval()
        loss, right, count = 0.0, 0, 0
        with torch.no_grad():
            for batch in validation.epoch(0):
                inputs = [self._fabric.to_device(one) for one in batch.inputs]
                targets = self._fabric.to_device(batch.targets)
                outputs = net(*inputs)
                loss += float(self.objective(outputs, targets)) * len(targets)
                right += int(self.objective.right(outputs, targets))
                count += len(targets)
        return self._of_all(loss / max(count, 1)), self._of_all(right / max(count, 1))

    def _of_all(self, figure: float) -> float:
        """The mean of a figure over the processes, so that all of them stop, or go on, as one."""
        if self._fabric.world_size == 1:
            return figure
        torch = need("torch", extra="train")
        mine = self._fabric.to_device(torch.tensor(figure, dtype=torch.float64))
        return float(self._fabric.all_reduce(mine, reduce_op="mean"))

    def _rate(self, steps_per_epoch: int) -> float:
        """The learning rate of the step that comes next."""
        plan, standing = self.plan, self.standing
        if plan.schedule != "cosine":
            return max(plan.learning_rate * standing.rate_factor, plan.least_rate)
        total = plan.epochs * steps_per_epoch
        step, warm = standing.epoch * steps_per_epoch + standing.step, plan.warmup_share * total
        if step < warm:
            return plan.learning_rate * (step + 1) / (warm + 1)
        along = (step - warm) / max(total - warm, 1)
        return 0.5 * plan.learning_rate * (1 + math.cos(math.pi * min(along, 1.0)))

    def _lower_rate(self, loss: float) -> None:
        """Reduce on plateau: a factor after some epochs without a lower validation loss."""
        plan, standing = self.plan, self.standing
        if loss < standing.lowest_loss:
            standing.lowest_loss, standing.since_lower = loss, 0
            return
        standing.since_lower += 1
        if plan.schedule == "plateau" and standing.since_lower >= plan.plateau_patience:
            standing.rate_factor *= plan.plateau_factor
            standing.since_lower = 0

    def _stop(self, why: str) -> None:
        if not self.history.best:
            raise CannotTrain(why, "Lower net.learning_rate, or set net.clip_norm=1.")
        self.history.ended = f"{why}; the weights of epoch {self.history.best} are kept"

    def _keep_best(self) -> None:
        if self._best:
            self.net.load_state_dict(self._best)
        self.net.eval()

    def _save(self) -> None:
        self._saved_at = time.monotonic()
        if self.checkpoint is None or not self._fabric.is_global_zero:
            return
        path, run = self.checkpoint
        self.standing.history = self.history.to_dict()
        moments, plain = _flat(self._optimiser.state_dict())
        tensors = {f"net.{name}": value for name, value in self.net.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in self._best.items()}
        write_checkpoint(path, run, self.standing, tensors | moments, plain)

    def _resume(self) -> None:
        found = None if self.checkpoint is None else read_checkpoint(*self.checkpoint)
        self._saved_at = time.monotonic()
        if found is None:
            return
        self.standing, tensors, plain = found
        self.history = History.from_dict(self.standing.history)
        self.net.load_state_dict(_below(tensors, "net."))
        self._best = _below(tensors, "best.")
        self._optimiser.load_state_dict(_unflat(_below(tensors, "moments."), plain))
        self.progress.say(
            f"Going on after epoch {self.standing.epoch}, batch {self.standing.step}."
        )


def _fabric(plan: TrainingPlan) -> Any:
    """Raises `CannotTrain` where this machine lacks the accelerator, or so many devices."""
    asked = f"net.accelerator={plan.accelerator} with net.devices={plan.devices}"
    make = need("lightning_fabric", extra="train").Fabric
    told = need("lightning_fabric.utilities.exceptions", extra="train")
    wrong: type[Exception] = told.MisconfigurationException
    try:
        fabric = make(accelerator=plan.accelerator, devices=plan.devices, precision=plan.precision)
    except (RuntimeError, ValueError, ImportError, wrong) as error:
        said = str(error).splitlines()[0].rstrip(". ")
        raise CannotTrain(
            f"{asked} cannot be had on this machine ({said})",
            "Leave both out to take what is there, or set net.accelerator=cpu.",
        ) from error
    fabric.launch()
    if fabric.world_size > 1:
        atexit.register(_part)  # or the process is aborted where it should end
    return fabric


def _part() -> None:
    """Leave the group of processes that trained together."""
    group = need("torch.distributed", extra="train")
    if group.is_initialized():
        group.destroy_process_group()


def _optimiser(net: Any, plan: TrainingPlan) -> Any:
    torch = need("torch", extra="train")
    given = getattr(net, "rate_groups", None)
    groups = [(1.0, [p for p in net.parameters() if p.requires_grad])] if given is None else given()
    settings: list[dict[str, Any]] = [{"params": list(ps), "factor": f} for f, ps in groups]
    make: Callable[..., Any] = torch.optim.AdamW if plan.weight_decay else torch.optim.Adam
    return make(settings, lr=plan.learning_rate, weight_decay=plan.weight_decay)


def _is_out_of_memory(error: BaseException) -> bool:
    """Torch says so in words, with its own class of `RuntimeError` or without."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or ("memory" in said and "alloc" in said)


def _out_of_memory(plan: TrainingPlan) -> CannotTrain:
    smaller = max(1, plan.batch_size // 2)
    return CannotTrain(
        f"memory ran out with batches of {plan.batch_size}",
        f"Try --set net.batch_size={smaller} --set net.accumulate={2 * plan.accumulate}.",
    )


def _flat(state: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """An optimiser's state as tensors by name, and the rest as JSON values."""
    torch = need("torch", extra="train")
    tensors: dict[str, Any] = {}
    for index, moments in state["state"].items():
        for name, value in moments.items():
            tensors[f"moments.{index}.{name}"] = torch.as_tensor(value)
    return tensors, {"param_groups": state["param_groups"]}


def _unflat(tensors: dict[str, Any], plain: dict[str, Any]) -> dict[str, Any]:
    state: dict[int, dict[str, Any]] = {}
    for name, value in tensors.items():
        index, _, moment = name.partition(".")
        state.setdefault(int(index), {})[moment] = value
    return {"state": state, "param_groups": plain["param_groups"]}


def _below(tensors: dict[str, Any], prefix: str) -> dict[str, Any]:
    cut = len(prefix)
    return {name[cut:]: value for name, value in tensors.items() if name.startswith(prefix)}
