"""F10: the disk of the files is full, as the kernel says it."""

from __future__ import annotations

import shutil
from io import BytesIO

import pytest

from civic.app import create_app
from civic.attachments.models import Attachment
from civic.core.db import db, transaction
from civic.core.storage import store
from tests.attachments.files import ALT, large_picture
from tests.client import Browser
from tests.conftest import make_config
from tests.faults.test_disk import filled, small_disk
from tests.make import make_idea, make_user

ROOM = 200 * 1024


@pytest.mark.faults
def test_f10_disk_of_the_files_is_full(sqlite_template, tmp_path, report):
    database = tmp_path / "civic.sqlite3"
    shutil.copy(sqlite_template, database)
    with small_disk(tmp_path) as disk:
        url, media = f"sqlite:///{database}", disk / "media"
        app = create_app(make_config(url, tmp_path, media_url=str(media)))
        with app.app_context(), transaction():
            idea = make_idea(make_user(id=831)).id
        browser, address = Browser(app), f"/beitraege/{idea}/anhaenge"
        browser.sign_in(831)

        def send(status: int) -> None:
            picture = BytesIO(large_picture(3))
            page = browser.post(address, status, file=(picture, "baum.png"), alt=ALT)
            page.response.request.environ["wsgi.input"].close()

        with filled(disk, ROOM):
            for _ in range(3):
                send(507)
            readable = browser.get(address).status
            left = sorted(path for path in media.rglob("*") if path.is_file())
        send(303)
        with app.app_context():
            rows = {key for file in db.session.query(Attachment) for key in file.keys}
            files = {file.key for file in store().walk()}
            db.session.remove()
            db.engine.dispose()
    report.note(
        "F10", "disk of the files full, as the kernel says it",
        "uploads 507, reads 200, neither row nor file, back without a restart",
        f"507 each time; reads {readable}; {len(left)} files left; then {len(files)} sizes of one",
    )  # fmt: skip
    assert left == []
    assert rows == files
    assert len(files) == 3
