"""What the OpenAPI document promises is what the service does, whatever is sent (Schemathesis)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.serving import service_settings

from glasscase.server.app import create_app

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""No 5xx, and no status, type, header or answer that the document does not have."""
EXAMPLES, MANY = 3, 200
"""Of each operation, right ones and wrong ones each."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path) -> Iterator[FastAPI]:
    """A started service that counts no requests."""
    more = ["limits.requests_per_minute=1000000000", "limits.seconds=100000"]
    made = create_app(service_settings(tmp_path_factory.mktemp("openapi"), toy_bundle, *more))
    with TestClient(made, "http://localhost"):
        yield made


@pytest.mark.parametrize("examples", [EXAMPLES, pytest.param(MANY, marks=pytest.mark.slow)])
def test_every_operation_keeps_to_the_document(app: FastAPI, examples: int) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == len(list(schema.get_all_operations()))
    faults = []
    for operation in operations:
        if fault := _fault(operation, examples):
            faults.append(f"{operation.label}: {fault}")
    assert not faults, "\n\n".join(faults)


def _fault(operation: APIOperation, examples: int) -> str:
    """What the first wrong answer of this operation is; empty where there is none."""
    cases = [operation.as_strategy(generation_mode=mode) for mode in _modes(operation)]

    @seed(0)
    @settings(
        max_examples=len(cases) * examples, deadline=None, database=None, derandomize=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.one_of(cases))
    def ask(case: Case) -> None:
        case.call_and_validate(base_url="http://localhost", checks=CHECKS)

    try:
        ask()
    except BaseExceptionGroup as group:
        return "; ".join(str(error) for error in group.exceptions)
    except Exception as error:  # noqa: BLE001  (all operations are tried before the test fails)
        return f"{error}" or type(error).__name__
    return ""


def _modes(operation: APIOperation) -> list[GenerationMode]:
    """Nothing can be wrong about an operation that takes nothing."""
    takes = operation.body or operation.query or operation.path_parameters
    return [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if takes else [])]
