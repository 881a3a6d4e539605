"""The long experiments carry the marker `faults` and run only where it is asked for by name
(`make faults`, or `pytest -m faults tests/faults -k F7`); `make test` runs their short forms.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import DATABASES
from tests.faults.postgres import Postgres
from tests.faults.report import Report
from tests.faults.site import Site, site_on

REPORT = pytest.StashKey[Report]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "faults" in config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("faults")]
    items[:] = [item for item in items if item not in long]
    config.hook.pytest_deselected(items=long)


@pytest.fixture(scope="session")
def report(request) -> Iterator[Report]:
    """Where measurements are noted; they reach docs/faults.md from a run that asked for them."""
    kept = Report()
    yield kept
    for row in sorted(kept.rows, key=lambda row: row.place):
        print(row)  # noqa: T201 - the table at the end of a run
    if "faults" in request.config.option.markexpr:
        kept.write()


@pytest.fixture(scope="session")
def safe_postgres() -> Iterator[str]:
    """A server that forces every commit to the disk, as in operation.

    One for all experiments that leave it alone; those that break the database have their own.
    """
    with Postgres.started() as server:
        yield server.url


@pytest.fixture(params=DATABASES)
def site(request, tmp_path) -> Iterator[Site]:
    """An empty house on a database of its own."""
    with site_on(request.param, request, tmp_path, "safe_postgres") as found:
        yield found


@pytest.fixture
def sqlite_site(request, tmp_path) -> Iterator[Site]:
    with site_on("sqlite", request, tmp_path, "") as found:
        yield found


@pytest.fixture
def postgres_site(request, tmp_path) -> Iterator[Site]:
    with site_on("postgresql", request, tmp_path, "safe_postgres") as found:
        yield found
