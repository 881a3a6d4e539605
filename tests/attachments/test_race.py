"""Many at the same moment, and a process that is killed: on a real file and a real server."""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from civic.accounts.models import System, User
from civic.attachments import service
from civic.attachments.models import Attachment
from civic.attachments.service import clearing
from civic.core.db import db, transaction
from civic.core.errors import CivicError
from civic.core.storage import store
from civic.ideas.models import Idea
from tests.attachments import files
from tests.attachments.files import ALT
from tests.make import make_idea, make_user
from tests.race import all_at_once

AT_ONCE = 8
MOST = 3
#: What each act gave back, or how it was refused.
at_once = partial(all_at_once, refusals=(CivicError,))


def add(idea: int, data: bytes) -> None:
    thing = db.session.get_one(Idea, idea)
    service.add_file(thing.author, thing, data=data, name="plan.pdf", alt=ALT)


def new_idea(house) -> int:
    with house.app_context(), transaction():
        idea = make_idea()
        idea.municipality.attachment_most = MOST
        return idea.id


def rows_and_files(house, idea: int) -> tuple[int, int]:
    """Of this thing; and all files of the store that a row does not name."""
    with house.app_context():
        number = select(func.count()).where(Attachment.contribution_id == idea)
        rows = db.session.scalar(number)
        keys = set(db.session.scalars(select(Attachment.key)))
        stray = [f for f in store().walk() if f.key.rpartition(".")[0] not in keys]
        return rows, len(stray)


def test_parallel_uploads_do_not_pass_the_limit(house):
    idea = new_idea(house)
    parts = [files.PDF.replace(b"1 0 obj", f"{n} 0 obj".encode()) for n in range(AT_ONCE)]
    answers = at_once(house, [lambda d=data: add(idea, d) for data in parts])
    assert answers.count(None) == MOST
    assert rows_and_files(house, idea) == (MOST, 0)


def test_one_file_sent_many_times_is_one_file(house):
    idea = new_idea(house)
    answers = at_once(house, [lambda: add(idea, files.PDF)] * AT_ONCE)
    assert answers.count(None) == 1
    assert rows_and_files(house, idea) == (1, 0)


def test_two_who_remove_a_file_remove_it_once(house):
    idea = new_idea(house)
    with house.app_context():
        add(idea, files.PDF)
        file = db.session.scalar(select(Attachment.id).where(Attachment.contribution_id == idea))

    def remove() -> None:
        found = db.session.get_one(Attachment, file)
        service.remove_file(db.session.get_one(User, found.author_id), found)

    assert at_once(house, [remove] * 4).count(None) == 1
    with house.app_context():
        service.clear_gone(System())
    assert rows_and_files(house, idea) == (0, 0)


KILLED = """
import os, signal, sys
from civic.app import create_app
from civic.attachments import service
from civic.attachments.service import intake
from civic.config import Config
from civic.core.db import db
from civic.ideas.models import Idea
from pathlib import Path
url, folder, idea, step, picture = sys.argv[1:]
app = create_app(Config(database_url=url, instance_path=Path(folder), testing=True,
                        base_url="http://localhost", secret_key="only-for-tests-0123456789"))
def die(*args, **kw):
    os.kill(os.getpid(), signal.SIGKILL)
if step == "before the commit":
    intake.activity.record = die
with app.app_context():
    if step == "between two sizes":
        put = intake.store().put
        intake.store().put = lambda key, data: die() if "-800" in key else put(key, data)
    thing = db.session.get(Idea, int(idea))
    data = Path(picture).read_bytes()
    service.add_image(thing.author, thing, data=data, alt="Ein Baum", name="x")
"""


@pytest.mark.parametrize("step", ["between two sizes", "before the commit"])
def test_a_killed_upload_leaves_no_row_and_its_files_are_swept(house, tmp_path, step, monkeypatch):
    idea = new_idea(house)
    picture = tmp_path / "baum.jpg"
    picture.write_bytes(files.picture())
    config = house.extensions["civic_config"]
    arguments = [config.database_url, config.instance_path, idea, step, picture]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, arguments)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    rows, stray = rows_and_files(house, idea)
    assert rows == 0
    assert stray >= 1
    with house.app_context():
        assert service.sweep(System()) == 0  # it may still be under way
        monkeypatch.setattr(clearing, "ABANDONED", -clearing.ABANDONED)
        assert service.sweep(System()) == stray
    assert rows_and_files(house, idea) == (0, 0)


def test_the_person_tries_again_and_it_works(house):
    with house.app_context():
        make_user()
    idea = new_idea(house)
    with house.app_context():
        add(idea, files.PDF)
    assert rows_and_files(house, idea) == (1, 0)
