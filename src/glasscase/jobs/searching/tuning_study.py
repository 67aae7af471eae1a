"""Where trials are kept: an Optuna study in memory, or in an SQLite file that outlives its process.

Several processes may share one file. What was finished is never lost; a trial whose process died
is tried again.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.errors import BadSetting, CannotWrite
from glasscase.extras import need
from glasscase.files import explained_write

NAME = "glasscase tune"
ABOUT = "about"
PROCESS = "process"
REASON = "reason"
_MAGIC = b"SQLite format 3\x00"
_TABLE = "studies"
_WAIT_SECONDS = 60.0  # for another process that writes
_ELSE = "Choose another --storage, or delete the file if you do not need it."


@contextmanager
def opened_study(
    storage: Path | None, about: Mapping[str, str], first: Mapping[str, Any], *, seed: int
) -> Iterator[Any]:
    """The study of one search, new or continued, as a context that closes its file.

    Args:
        storage: SQLite file; None keeps trials in memory.
        about: part of what is searched -> its fingerprint; all must be as when it was begun.
        first: the point a new study tries first.
        seed: of the sampler; the trial's number goes in too, so a search that was stopped asks
            what it would have asked, and processes that share a file do not ask the same.

    Raises:
        BadSetting: the file is no database, not one of ours, or of another search.
        CannotWrite: it cannot be made.
    """
    optuna = need("optuna", extra="tune")
    with _quiet(optuna):
        if storage is None:
            study = _made(optuna, None, about, first)
            study.sampler = _sampler(optuna, seed)
            yield study
            return
        if not storage.exists():
            _make_file(optuna, storage, about, first)
        _check_file(storage)
        kept = _storage(optuna, storage)
        try:
            study = _load(optuna, kept, storage)
            _check_about(study, about, storage)
            _retry_lost(optuna, study)
            study.sampler, study.pruner = _sampler(optuna, seed), optuna.pruners.MedianPruner()
            yield study
        finally:
            _close(kept)


def _made(optuna: Any, kept: Any, about: Mapping[str, str], first: Mapping[str, Any]) -> Any:
    study = optuna.create_study(
        storage=kept, study_name=NAME, direction="maximize", pruner=optuna.pruners.MedianPruner()
    )
    study.set_user_attr(ABOUT, dict(about))
    study.enqueue_trial(dict(first))
    return study


def _make_file(optuna: Any, path: Path, about: Mapping[str, str], first: Mapping[str, Any]) -> None:
    """Make the file whole, then give it its name: of two processes the first one's stays."""
    with explained_write(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            fresh = Path(folder) / "study.db"
            kept = _storage(optuna, fresh)
            try:
                _made(optuna, kept, about, first)
            finally:
                _close(kept)
            with suppress(FileExistsError):
                os.link(fresh, path)


def _storage(optuna: Any, path: Path) -> Any:
    """Opened by its path itself: in an address of a database some characters mean something."""
    connect = partial(
        sqlite3.connect, path.absolute(), timeout=_WAIT_SECONDS, check_same_thread=False
    )
    return optuna.storages.RDBStorage("sqlite:///file", engine_kwargs={"creator": connect})


def _close(kept: Any) -> None:
    kept.remove_session()
    kept.engine.dispose()


def _check_file(path: Path) -> None:
    """Look before anything is written into it."""
    name = str(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(len(_MAGIC))
    except OSError as error:
        message = f"storage {name!r} cannot be read: {error.strerror}"
        raise BadSetting(message, "Choose another --storage.") from None
    if start != _MAGIC:
        raise BadSetting(f"storage {name!r} is not an SQLite database", _ELSE)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
            tables = {row[0] for row in database.execute(query)}
    except sqlite3.DatabaseError as error:
        raise BadSetting(f"storage {name!r} is damaged: {error}", _ELSE) from None
    if _TABLE not in tables:
        raise BadSetting(f"storage {name!r} is a database, but not of glasscase tune", _ELSE)


def _load(optuna: Any, kept: Any, path: Path) -> Any:
    try:
        return optuna.load_study(study_name=NAME, storage=kept)
    except KeyError:
        message = f"storage {str(path)!r} holds studies, but none of glasscase tune"
        raise BadSetting(message, _ELSE) from None


def _check_about(study: Any, about: Mapping[str, str], path: Path) -> None:
    known = study.user_attrs.get(ABOUT)
    known = known if isinstance(known, dict) else {}
    other = [name for name, value in about.items() if known.get(name) != value]
    if other:
        raise BadSetting(
            f"storage {str(path)!r} belongs to another search: {' and '.join(other)} "
            f"{'is' if len(other) == 1 else 'are'} not the same",
            "Choose another --storage to begin anew, or repeat the command it was begun with.",
        )


def _retry_lost(optuna: Any, study: Any) -> None:
    """Ask again what processes of this machine were trying when they died.

    A trial whose process died before it could say whose it is had tried nothing: it stays as it is.
    """
    states = optuna.trial.TrialState
    for trial in study.get_trials(deepcopy=False, states=(states.RUNNING,)):
        if _is_dead(trial.user_attrs.get(PROCESS)):
            study.tell(trial.number, state=states.FAIL, skip_if_finished=True)
            study.enqueue_trial(trial.params)


def this_process() -> list[Any]:
    """What a trial remembers of the process that runs it."""
    return [socket.gethostname(), os.getpid()]


def _is_dead(process: Any) -> bool:
    match process:
        case [str(host), int(number)] if host == socket.gethostname():
            try:
                os.kill(number, 0)
            except ProcessLookupError:
                return True
            except OSError:
                return False
    return False


def _sampler(optuna: Any, seed: int) -> Any:
    """TPE (Bergstra et al. 2011), one model for each group of settings that go together."""

    class NumberedTpe(optuna.samplers.TPESampler):  # type: ignore[misc]
        """Draws of a trial depend on the seed and the trial's number alone."""

        def before_trial(self, study: Any, trial: Any) -> None:
            super().before_trial(study, trial)
            draw = np.random.SeedSequence([seed, trial.number]).generate_state(2)
            self._rng.rng.seed(int(draw[0]))
            self._random_sampler._rng.rng.seed(int(draw[1]))

    return NumberedTpe(seed=seed, group=True, multivariate=True)


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Optuna tells every trial on stderr and warns of its own younger options; we tell our way."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    except need("sqlalchemy", extra="tune").exc.SQLAlchemyError as error:
        message = f"the storage of trials cannot be used: {str(error).splitlines()[0]}"
        raise CannotWrite(message, "Free some space or choose another --storage.") from error
    finally:
        optuna.logging.set_verbosity(before)


def importance(trials: Sequence[Any]) -> dict[str, float]:
    """How much each setting that all finished `trials` have mattered, most first; they add up to 1.

    PED-ANOVA (Watanabe et al. 2023): how far the values of the best trials are from those of all.
    Empty where fewer than two settings differ, or the best trials are no better than the others.
    """
    optuna = need("optuna", extra="tune")
    shared = sorted(set.intersection(*(set(trial.params) for trial in trials)))
    varied = [name for name in shared if len({trial.params[name] for trial in trials}) > 1]
    if len(varied) < 2:
        return {}  # one alone would have all of it
    with _quiet(optuna):
        study = optuna.create_study(direction="maximize")
        study.add_trials(trials)
        warnings.simplefilter("error", UserWarning)
        try:
            found = optuna.importance.get_param_importances(study, params=varied)
        except UserWarning:
            return {}  # the best are as good as all: nothing mattered
    known = {name: float(value) for name, value in found.items() if np.isfinite(value)}
    return known if sum(known.values()) > 0 else {}


def fingerprint(value: Any) -> str:
    """SHA-256 of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
