"""Tests marked as a group stay in one process, so that what they share is trained once."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("named")
def test_the_group_is_in_the_name_by_which_tests_are_handed_out(
    request: pytest.FixtureRequest,
) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("only processes started with --dist loadgroup are given groups")
    assert request.node.nodeid.endswith("@named")
