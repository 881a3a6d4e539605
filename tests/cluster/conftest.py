"""The cluster for tests: one for the whole run, for it takes half a minute to start.

These tests carry the marker `cluster` and run only where it, or `faults`, is asked for by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster, cluster
from tests.faults.conftest import report  # noqa: F401 - the fixture, used here too
from tests.machine import MachineError

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    own = [item for item in items if HERE in item.path.parents]
    for item in own:
        item.add_marker(pytest.mark.cluster)
    if any(word in config.option.markexpr for word in ("cluster", "faults")):
        return
    items[:] = [item for item in items if item not in own]
    config.hook.pytest_deselected(items=own)


@pytest.fixture(scope="session")
def running() -> Iterator[Cluster]:
    """All members, with the demo, each started again when it is killed."""
    try:
        with cluster() as made:
            yield made
    except MachineError as error:
        pytest.fail(str(error), pytrace=False)
