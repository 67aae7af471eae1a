"""Where a training stands, in one file that is written in one step, without pickle.

The file is safetensors: weights, best weights and the optimiser's tensors by name, and in its
header a JSON text with all that is no tensor. Nothing random is stored: every step draws from a
seed of its own (`step_seed`), so a step that is run again draws the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glasscase.errors import BadCheckpoint
from glasscase.files import write_bytes

_FORMAT = 1
_DELETE = "Delete it to start anew."


@dataclass
class Standing:
    """Everything a training needs to go on as if it had never stopped."""

    epoch: int = 0
    """Finished epochs."""
    step: int = 0
    """Finished batches of the epoch under way."""
    loss_sum: float = 0.0
    """Over those batches."""
    since_best: int = 0
    """Epochs since the best one."""
    since_lower: int = 0
    """Epochs since the rate or the lowest validation loss last changed (plateau)."""
    lowest_loss: float = float("inf")
    best_score: tuple[float, float] = (-1.0, -float("inf"))
    rate_factor: float = 1.0
    """What the plan's learning rate is multiplied by after plateaus."""
    history: dict[str, Any] = field(default_factory=dict)


def step_seed(seed: int, epoch: int, step: int) -> int:
    """The seed of one step, different for every one of a training."""
    return (seed * 1_000_003 + epoch) * 1_000_003 + step & 0x7FFF_FFFF_FFFF_FFFF


def write_checkpoint(
    path: Path, run: str, standing: Standing, tensors: dict[str, Any], plain: dict[str, Any]
) -> None:
    """Store where a training stands.

    Args:
        path: of the file; an older one stays until the new one is whole.
        run: fingerprint of what is trained on what; read back by `read_checkpoint`.
        standing: of the loop.
        tensors: torch tensors by name.
        plain: JSON values of the optimiser.

    Raises:
        CannotWrite: the disk is full or the folder may not be written to.
    """
    from safetensors.torch import save

    about = {"format": _FORMAT, "run": run, "standing": vars(standing), "plain": plain}
    solid = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_bytes(path, save(solid, metadata={"glasscase": json.dumps(about)}))


def read_checkpoint(path: Path, run: str) -> tuple[Standing, dict[str, Any], dict[str, Any]] | None:
    """Standing, tensors and JSON values of the checkpoint at `path`; None where there is none.

    Raises:
        BadCheckpoint: it is damaged, or belongs to another run.
    """
    from safetensors import SafetensorError, safe_open

    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as stored:
            about = json.loads((stored.metadata() or {})["glasscase"])
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  # no dict
        if about["format"] != _FORMAT:
            raise BadCheckpoint(f"{str(path)!r} has a newer format", _DELETE)
        standing = Standing(**about["standing"])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise BadCheckpoint(f"{str(path)!r} cannot be read ({error})", _DELETE) from None
    if about["run"] != run:
        raise BadCheckpoint(
            f"{str(path)!r} belongs to another run: other products, settings or recipe",
            f"Use another folder for this run, or: {_DELETE[0].lower()}{_DELETE[1:]}",
        )
    standing.best_score = tuple(standing.best_score)  # type: ignore[assignment]  # a list in JSON
    return standing, tensors, about["plain"]
