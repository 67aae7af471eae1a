"""Who is told of every epoch: a CSV file, and TensorBoard or MLflow where somebody uses them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Protocol

from glasscase.extras import need
from glasscase.files import write_text
from glasscase.models.training.history import Epoch, History


class Listener(Protocol):
    """Is told how a training goes."""

    def after_epoch(self, history: History) -> None:
        """An epoch has ended; it is the last of `history`."""
        ...

    def close(self) -> None:
        """The training has ended."""
        ...


class CsvLog:
    """`epochs.csv`: one row per epoch, written anew each time, so that a resumed run has no gap."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "epochs.csv"

    def after_epoch(self, history: History) -> None:
        """Write all rows. Raises `CannotWrite`."""
        stream = io.StringIO()
        writer = csv.DictWriter(stream, [field.name for field in fields(Epoch)])
        writer.writeheader()
        writer.writerows(asdict(epoch) for epoch in history.epochs)
        write_text(self.path, stream.getvalue())

    def close(self) -> None:
        """Nothing is open."""


class TensorBoardLog:
    """Event files for TensorBoard, below the training's folder."""

    def __init__(self, folder: Path) -> None:
        board = need("torch.utils.tensorboard", extra="tensorboard")
        self._writer: Any = board.SummaryWriter(str(folder / "tensorboard"))

    def after_epoch(self, history: History) -> None:
        """Add the figures of the last epoch."""
        for name, value in _figures(history.epochs[-1]).items():
            self._writer.add_scalar(name, value, history.epochs[-1].number)

    def close(self) -> None:
        """Flush the files."""
        self._writer.close()


class MlflowLog:
    """A run in MLflow, at the place MLflow is set up for (`MLFLOW_TRACKING_URI`)."""

    def __init__(self, folder: Path) -> None:
        self._mlflow: Any = need("mlflow", extra="mlflow")
        self._mlflow.start_run(run_name=folder.name)

    def after_epoch(self, history: History) -> None:
        """Log the figures of the last epoch."""
        self._mlflow.log_metrics(_figures(history.epochs[-1]), step=history.epochs[-1].number)

    def close(self) -> None:
        """End the run."""
        self._mlflow.end_run()


LISTENERS: dict[str, Callable[[Path], Listener]] = {
    "csv": CsvLog,
    "tensorboard": TensorBoardLog,
    "mlflow": MlflowLog,
}
"""What `net.log` may name."""


def listeners(names: Sequence[str], folder: Path | None) -> list[Listener]:
    """Those of `LISTENERS` with these names; none where there is no folder to write to."""
    return [] if folder is None else [LISTENERS[name](folder) for name in names]


def _figures(epoch: Epoch) -> dict[str, float]:
    values = asdict(epoch)
    values.pop("number")
    return {name: value for name, value in values.items() if value is not None}
