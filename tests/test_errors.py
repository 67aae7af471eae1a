"""Every error says what is wrong and what to do, and knows its exit code and status."""

from __future__ import annotations

import pytest

from glasscase import errors
from glasscase.errors import BadCatalog, CannotWrite, GlasscaseError, MissingExtra

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, GlasscaseError)
]


def test_reason_and_remedy_make_two_sentences() -> None:
    error = BadCatalog("there is no column 'titel'.", "Columns are: title.")
    assert str(error) == "there is no column 'titel'. Columns are: title."
    assert (error.reason, error.remedy) == ("there is no column 'titel'", "Columns are: title.")
    assert str(BadCatalog("empty")) == "empty."


@pytest.mark.parametrize("kind", CLASSES)
def test_each_is_a_mistake_of_the_user_for_the_shell(kind: type[GlasscaseError]) -> None:
    assert kind.exit_code == 2
    assert 400 <= kind.status < 600


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if kind is not GlasscaseError])
def test_the_tree_in_the_docstring_is_the_tree(kind: type[GlasscaseError]) -> None:
    (line,) = (text for text in errors.__doc__.splitlines() if f" {kind.__name__} " in text)
    _, _, columns = line.partition(kind.__name__)
    exit_code, status, meaning = columns.split(None, 2)
    assert (int(exit_code), int(status)) == (kind.exit_code, kind.status)
    assert meaning


def test_python_callers_may_catch_the_builtin_class() -> None:
    assert issubclass(MissingExtra, ImportError)
    assert issubclass(BadCatalog, ValueError)
    assert issubclass(CannotWrite, OSError)
