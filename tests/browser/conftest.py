"""Fixtures of the browser tests; the words they speak are in `harness.py`."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.harness import BROWSER_ARGUMENTS, Look, Watch, context_options, opened
from tests.browser.server import Server, prepare, serving, standing, take_back
from tests.machine import MachineError, ensure_chromium

HERE = Path(__file__).parent
ORDINARY = Look()
expect.set_options(timeout=30_000)  # milliseconds; a busy machine is slow, not wrong


class OpenPage(Protocol):
    """`open_page("/ideen", Look(theme="dark"))` opens a page in a fresh browser context."""

    def __call__(
        self, path: str | None = "/", look: Look = ..., *, server: Server | None = None
    ) -> Page: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that `-m 'not browser'` leaves it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of this process."""
    try:
        program = ensure_chromium()
    except MachineError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program, args=list(BROWSER_ARGUMENTS), chromium_sandbox=False
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the migrated database and the demo; to be copied, not used.

    The first process of a run makes it, the others wait for it.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return prepare(tmp_path_factory.mktemp("prepared") / "instance")
    folder = tmp_path_factory.getbasetemp().parent / "prepared"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            prepare(folder / "instance")
            (folder / "done").touch()
    return folder / "instance"


@pytest.fixture(scope="session")
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Run one server for all tests of this process; they take it as `live`."""
    if there := standing():
        yield there
        return
    prepared = request.getfixturevalue("prepared")
    with serving(tmp_path_factory.mktemp("live") / "instance", prepared=prepared) as server:
        yield server


@pytest.fixture
def live(shared: Server, request: pytest.FixtureRequest) -> Server:
    """Serve the untouched demo: what the test before wrote is taken back."""
    if not standing():
        take_back(shared, request.getfixturevalue("prepared"))
    return shared


@pytest.fixture
def own_live(prepared: Path, tmp_path: Path) -> Iterator[Server]:
    """Serve the untouched demo to one test alone."""
    with serving(tmp_path / "instance", prepared=prepared) as server:
        yield server


@pytest.fixture
def watches() -> list[Watch]:
    """Return the watches of this test, in the order in which `open_page` was called."""
    return []


@pytest.fixture
def open_page(
    chromium: Browser, watches: list[Watch], request: pytest.FixtureRequest
) -> Iterator[OpenPage]:
    """Return a function that opens a page under a watch; each call is another visitor.

    The test fails at its end when a browser complained: an error in the console, a breach of the
    content security policy, a script error, a missing file, an answer 5xx, a foreign host.
    """
    with ExitStack() as stack:

        def open_page(
            path: str | None = "/", look: Look = ORDINARY, *, server: Server | None = None
        ) -> Page:
            server = server or request.getfixturevalue("live")
            watch = Watch(server)
            watches.append(watch)
            context = chromium.new_context(**context_options(look, server.base_url))
            new_page: Callable[[], Page] = stack.enter_context(opened(context, look, watch))
            page = new_page()
            if path is not None:
                page.goto(path)
            return page

        yield open_page
    for watch in watches:
        watch.complain()
