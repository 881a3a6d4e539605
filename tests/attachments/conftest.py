"""Each test has a store of its own: an empty folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from civic.core.storage import EXTENSION, FolderStorage


class Media:
    """The folder of the store, to look into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FolderStorage(folder)

    @property
    def files(self) -> list[str]:
        """Everything that lies there, half-written files too."""
        found = self.folder.rglob("*")
        return sorted(str(path.relative_to(self.folder)) for path in found if path.is_file())


@pytest.fixture
def media(app: Flask, tmp_path: Path) -> Iterator[Media]:
    usual = app.extensions[EXTENSION]
    media = Media(tmp_path / "media")
    app.extensions[EXTENSION] = media.store
    yield media
    app.extensions[EXTENSION] = usual
