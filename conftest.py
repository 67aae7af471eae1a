"""Groups of tests stay in one process: what their files train is trained once."""

from __future__ import annotations

import pytest
from _pytest.nodeid import NodeId


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write the groups of `xdist_group` where pytest reads them.

    xdist 3.8 tells its scheduler the group by a name ending in `@group`, set on a field that
    pytest 9.2 no longer reads (pytest-xdist issue 1386): every test then goes to whichever process
    is free. To be removed with the xdist that mends it.
    """
    for item in items:
        told = vars(item).pop("_nodeid", None)
        if told is not None:
            item._id = NodeId.parse(told)
