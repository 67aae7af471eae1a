"""A database server that says nothing must not hang everybody who asks it."""

from __future__ import annotations

import gc
import socket
import warnings

import pytest

from glasscase.errors import BadStore
from glasscase.store import database
from glasscase.store.store import Store


def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the driver forgets its socket there
        said = _refusal(f"postgresql://glasscase:secret@127.0.0.1:{silent.getsockname()[1]}/shop")
        gc.collect()
    assert "cannot be used" in said
    assert "secret" not in said


def _refusal(url: str) -> str:
    with pytest.raises(BadStore) as told:
        Store.open(url)
    return str(told.value)
