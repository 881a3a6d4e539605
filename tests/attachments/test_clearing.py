"""What goes away, and what must not."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import select

from civic.accounts import service as accounts
from civic.accounts.current import farewells
from civic.accounts.models import Role, System
from civic.activity.models import Activity
from civic.attachments import jobs, queries, service
from civic.attachments.models import Attachment
from civic.attachments.service import Suspicious, clearing
from civic.core import storage
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.core.outbox import Mail
from civic.core.passwords import hash_password
from civic.core.work.jobs import GiveUp, Later
from civic.core.work.runner import run_due
from civic.ideas.models import Idea
from tests.make import make_idea, make_user
from tests.make_attachments import DOCUMENT, make_attachment

pytestmark = pytest.mark.usefixtures("inside")
REASON = "Auf dem Bild ist ein Kind zu erkennen."
PASSWORD = "ein-langes-wort-2026"


@pytest.fixture
def idea(inside):
    return make_idea()


def rows() -> list[int]:
    return list(db.session.scalars(select(Attachment.id)))


def age(media, *keys: str) -> None:
    for key in keys:
        os.utime(media.folder / key, (0, 0))


# -- by people -------------------------------------------------------------------------------


def test_a_file_is_removed_at_once_for_people_and_a_moment_later_from_the_store(idea, media):
    file, other = make_attachment(idea), make_attachment(idea, **DOCUMENT)
    kept = other.keys
    service.remove_file(idea.author, file)
    assert queries.of_thing(idea.author, idea) == [other]
    run_due()
    assert rows() == [other.id]
    assert media.files == kept


def test_words_beside_a_picture_change(idea, media):
    file = make_attachment(idea)
    service.edit_file(idea.author, file, alt="Ein  neuer Baum ")
    assert file.alt == "Ein neuer Baum"
    with pytest.raises(RuleBroken):
        service.edit_file(idea.author, file, alt="")
    with pytest.raises(Forbidden):
        service.edit_file(make_user(), file, alt="Ein anderer Baum")


def test_a_file_becomes_inner_and_public_again(idea, media, monkeypatch):
    file = make_attachment(idea, **DOCUMENT)
    with pytest.raises(RuleBroken):
        service.edit_file(idea.author, file, is_inner=True)
    monkeypatch.setattr(Idea, "has_inside", True)
    service.edit_file(idea.author, file, is_inner=True)
    assert queries.of_thing(make_user(), idea) == []
    service.edit_file(idea.author, file, is_inner=False)
    assert queries.of_thing(make_user(), idea) == [file]


def test_of_two_who_remove_it_one_comes_too_late(idea, media):
    file = make_attachment(idea)
    service.remove_file(idea.author, file)
    with pytest.raises(Missing):
        service.remove_file(idea.author, file)


def test_the_moderation_takes_down_with_a_reason_and_a_name(idea, media):
    file = make_attachment(idea)
    judge = make_user(roles=[(Role.MODERATOR, idea.municipality)])
    for reason in ("", "zu kurz", "x" * 501):
        with pytest.raises(RuleBroken) as broken:
            service.take_down(judge, file, reason=reason)
        assert broken.value.field == "reason"
    name = file.name
    service.take_down(judge, file, reason=REASON)
    record = db.session.scalars(
        select(Activity).where(Activity.verb == "attachment.taken_down")
    ).one()
    assert (record.actor_id, record.contribution_id) == (judge.id, idea.id)
    assert record.note == f"{name}: {REASON}"
    mail = db.session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
    assert mail.recipient == idea.author.email
    assert REASON in mail.text
    assert name in mail.subject
    run_due()
    assert (rows(), media.files) == ([], [])


def test_nobody_else_takes_down(idea, media):
    file = make_attachment(idea)
    for person in (make_user(), idea.author, make_user(roles=[(Role.STAFF, idea.municipality)])):
        with pytest.raises(Forbidden):
            service.take_down(person, file, reason=REASON)
    assert rows() == [file.id]


# -- with their thing ------------------------------------------------------------------------


def test_a_file_goes_with_its_thing(idea, media):
    make_attachment(idea)
    kept = make_attachment(make_idea())
    db.session.delete(idea)
    db.session.commit()
    service.clear_gone(System())
    assert rows() == [kept.id]
    assert media.files == sorted(kept.keys)


def leave(person, *, erase: bool) -> None:
    person.password_hash = hash_password(PASSWORD)
    accounts.delete_account(person, password=PASSWORD, erase=erase, forget=farewells())
    run_due()


def test_who_erases_takes_every_file_along(idea, media):
    person = idea.author
    make_attachment(idea)
    make_attachment(make_idea(), author=person)
    kept = make_attachment(make_idea())
    leave(person, erase=True)
    assert rows() == [kept.id]
    assert media.files == sorted(kept.keys)


def test_who_leaves_their_words_leaves_their_files(idea, media):
    file = make_attachment(idea)
    leave(idea.author, erase=False)
    assert rows() == [file.id]
    assert media.files == sorted(file.keys)


def test_while_the_store_is_away_the_rows_stay(idea, media, monkeypatch):
    file = make_attachment(idea)
    service.remove_file(idea.author, file)

    def away(key: str) -> None:
        raise storage.StorageError

    with monkeypatch.context() as patch:
        patch.setattr(media.store, "delete", away)
        with pytest.raises(Later):
            jobs.clear_gone({})
    assert rows() == [file.id]
    service.clear_gone(System())
    assert (rows(), media.files) == ([], [])


def test_a_batch_is_not_the_end(idea, media, monkeypatch):
    monkeypatch.setattr(clearing, "BATCH", 2)
    for _ in range(5):
        service.remove_file(idea.author, make_attachment(idea))
    assert service.clear_gone(System()) == 5
    assert (rows(), media.files) == ([], [])


# -- the sweep -------------------------------------------------------------------------------


def orphan(media, number: int = 0, *, old: bool = True) -> str:
    key = f"attachments/ab/{number:032}-320.webp"
    media.store.put(key, b"x")
    if old:
        age(media, key)
    return key


def test_what_a_killed_upload_left_is_swept_after_a_day(idea, media):
    file = make_attachment(idea)
    age(media, *file.keys)
    old = orphan(media, 1)
    fresh = orphan(media, 2, old=False)
    half = media.folder / "attachments/ab/.x.webp.12345678.part"
    half.write_bytes(b"half")
    os.utime(half, (0, 0))
    assert service.find_orphans(System()).keys == [old]
    assert service.sweep(System()) == 2
    assert media.files == sorted([*file.keys, fresh])
    assert service.sweep(System()) == 0


def test_what_belongs_to_another_room_is_left_alone(idea, media):
    media.store.put("logos/abc-128.webp", b"x")
    media.store.put("attachments/readme", b"x")
    age(media, "logos/abc-128.webp", "attachments/readme")
    assert service.sweep(System()) == 0
    assert len(media.files) == 2


def test_a_file_whose_row_waits_to_be_cleared_is_no_orphan(idea, media):
    file = make_attachment(idea)
    age(media, *file.keys)
    service.remove_file(idea.author, file)
    assert service.find_orphans(System()).keys == []


def test_more_orphans_than_one_look_holds(media, monkeypatch):
    monkeypatch.setattr(clearing, "BATCH", 3)
    for number in range(8):
        orphan(media, number)
    assert service.sweep(System()) == 8


def test_the_store_of_another_house_is_not_emptied(idea, media, monkeypatch):
    monkeypatch.setattr(clearing, "SUSPICIOUS", 3)
    make_attachment(idea)
    for number in range(5):
        orphan(media, number)
    with pytest.raises(Suspicious):
        service.sweep(System())
    with pytest.raises(GiveUp):
        jobs.sweep({})
    assert len(media.files) == 8
    assert service.sweep(System(), even_many=True) == 5
    assert len(media.files) == 3


def test_nor_is_that_of_a_large_house_where_one_night_removes_only_some(media, monkeypatch):
    monkeypatch.setattr(clearing, "SUSPICIOUS", 3)
    monkeypatch.setattr(clearing, "MOST_REMOVED", 2)
    for number in range(8):
        orphan(media, number)
    assert len(service.find_orphans(System()).keys) == 8
    with pytest.raises(Suspicious):
        service.sweep(System())
    assert service.sweep(System(), even_many=True) == 2


def test_a_few_among_many_are_not_suspicious(idea, media, monkeypatch):
    monkeypatch.setattr(clearing, "SUSPICIOUS", 1)
    for _ in range(3):
        make_attachment(idea)
    for number in range(4):
        orphan(media, number)
    assert service.sweep(System()) == 4


def test_lost_files_are_named(idea, media):
    whole, lost, half = (make_attachment(idea) for _ in range(3))
    for key in lost.keys:
        media.store.delete(key)
    media.store.delete(half.keys[-1])
    assert service.find_lost(System()) == [lost.id, half.id]
    assert whole.id not in service.find_lost(System())


def test_only_the_platform_sweeps(media):
    for act in (service.sweep, service.clear_gone, service.find_orphans, service.find_lost):
        with pytest.raises(Forbidden):
            act(make_user())


def test_the_night_does_all_of_it(idea, media):
    service.remove_file(idea.author, make_attachment(idea))
    orphan(media)
    jobs.clear_gone({})
    jobs.sweep({})
    assert media.files == []


# -- on the console --------------------------------------------------------------------------


def test_the_console_sweeps_and_says_how_many(app, media, monkeypatch):
    monkeypatch.setattr(clearing, "SUSPICIOUS", 1)
    for number in range(3):
        orphan(media, number)
    run = app.test_cli_runner().invoke
    dry = run(args=["attachments", "sweep", "--dry-run"])
    assert "3 of 3 files belong to nothing" in dry.output
    warned = run(args=["attachments", "sweep"])
    assert warned.exit_code == 1
    assert "CIVIC_MEDIA_URL" in warned.output
    assert "3 files removed" in run(args=["attachments", "sweep", "--even-many"]).output
    assert media.files == []
