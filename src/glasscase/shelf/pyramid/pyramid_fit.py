"""The training of the product detector's head on stored lessons; stopped, it goes on from there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.extras import need
from glasscase.models.training.checkpoint import Standing, read_checkpoint, write_checkpoint
from glasscase.progress import Progress, silent
from glasscase.shelf.forms.pyramid_places import places
from glasscase.shelf.pyramid.detector_lessons import LearntBatch, Lessons

_SAVE_EVERY = 50
_WARM_UP = 0.05  # share of the steps in which the rate grows to its height
_LAST_RATE = 0.02  # share of the rate at the end
_LONGEST_STEP = 5.0  # norm of the gradient, beyond which it is shortened


@dataclass(frozen=True, slots=True)
class FitPlan:
    """How long and how fast the head learns."""

    epochs: int = 10
    batch: int = 16
    rate: float = 2e-3
    """Of AdamW (Loshchilov and Hutter 2019): warmed up, then down a cosine."""
    averaging: float = 0.998
    """Weights are averaged over the last 1 / (1 - averaging) steps or so (Polyak)."""
    seed: int = 0


def fit_head(
    head: Any,
    lessons: Lessons,
    plan: FitPlan,
    *,
    checkpoint: Path | None = None,
    run: str = "",
    progress: Progress = silent,
) -> Any:
    """Teach `head`, a `PyramidHead`; returns it with its averaged weights, ready to be asked.

    Args:
        head: learns in place.
        lessons: at least one.
        plan: how.
        checkpoint: a file to go on from and to write now and then.
        run: what is learnt from what; a checkpoint of another run is refused.
        progress: follows the steps.

    Raises:
        BadCheckpoint: the checkpoint is damaged or of another run.
    """
    torch = need("torch", extra="train")
    per_epoch = max(1, math.ceil(len(lessons) / plan.batch))
    total = per_epoch * plan.epochs
    head = head.to(memory_format=torch.channels_last).train()
    average = {name: tensor.detach().clone() for name, tensor in head.state_dict().items()}
    optimiser = torch.optim.AdamW(head.parameters(), lr=plan.rate, weight_decay=1e-4)
    start = _resume(checkpoint, run, head, average, optimiser) if checkpoint else 0
    for step in progress.track(range(start, total), total=total - start, what="Learning"):
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * _rate_share(step / total)
        which = _drawn(step, per_epoch, len(lessons), plan)
        _learn(head, optimiser, lessons.batch(which))
        weight = min(plan.averaging, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, tensor in head.state_dict().items():
                average[name].lerp_(tensor, 1 - weight)
        if checkpoint and ((step + 1) % _SAVE_EVERY == 0 or step + 1 == total):
            _save(checkpoint, run, step + 1, head, average, optimiser)
    head.load_state_dict(average)
    return head.eval()


def _drawn(step: int, per_epoch: int, count: int, plan: FitPlan) -> list[int]:
    epoch, place = divmod(step, per_epoch)
    order = np.random.default_rng((plan.seed, epoch)).permutation(count)
    return [int(i) for i in order[place * plan.batch : (place + 1) * plan.batch]]


def _rate_share(done: float) -> float:
    if done < _WARM_UP:
        return max(0.02, done / _WARM_UP)
    swing = 0.5 + 0.5 * math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP))
    return _LAST_RATE + (1 - _LAST_RATE) * swing


def _learn(head: Any, optimiser: Any, batch: LearntBatch) -> None:
    torch = need("torch", extra="train")
    from glasscase.shelf.pyramid.pyramid_net import corners_of, detection_loss

    maps = tuple(
        torch.from_numpy(one).contiguous(memory_format=torch.channels_last)
        for one in batch.features
    )
    logits, sides = head(maps)
    corners = corners_of(sides, torch.from_numpy(places().copy()))
    wanted, answers = torch.from_numpy(batch.wanted), torch.from_numpy(batch.answers)
    score_loss, box_loss = detection_loss(logits, corners, wanted, answers)
    optimiser.zero_grad()
    loss: Any = score_loss + 2.0 * box_loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(head.parameters(), _LONGEST_STEP)
    optimiser.step()


def _save(path: Path, run: str, step: int, head: Any, average: Any, optimiser: Any) -> None:
    names = [name for name, _ in head.named_parameters()]
    tensors = {f"head.{name}": tensor for name, tensor in head.state_dict().items()}
    tensors |= {f"average.{name}": tensor for name, tensor in average.items()}
    for number, moments in optimiser.state_dict()["state"].items():
        for key in ("exp_avg", "exp_avg_sq", "step"):
            tensors[f"{key}.{names[number]}"] = moments[key]
    write_checkpoint(path, run, Standing(step=step), tensors, {})


def _resume(path: Path, run: str, head: Any, average: Any, optimiser: Any) -> int:
    """Bring everything to where the checkpoint left it; returns how many steps are done."""
    found = read_checkpoint(path, run)
    if found is None:
        return 0
    standing, tensors, _ = found
    head.load_state_dict({name: tensors[f"head.{name}"] for name in head.state_dict()})
    for name in average:
        average[name].copy_(tensors[f"average.{name}"])
    state = optimiser.state_dict()
    state["state"] = {
        number: {key: tensors[f"{key}.{name}"] for key in ("exp_avg", "exp_avg_sq", "step")}
        for number, (name, _) in enumerate(head.named_parameters())
    }
    optimiser.load_state_dict(state)
    return standing.step
