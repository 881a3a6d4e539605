"""The logo: a failed upload leaves neither row nor file, and nothing stays behind."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from civic.core import clock
from civic.core.errors import Forbidden, RuleBroken, TooMany
from civic.core.limits import Limit
from civic.core.storage import StorageError, StorageFull, store
from civic.core.work.jobs import GiveUp, Later
from civic.organisations import jobs, service
from civic.organisations.address import file_of
from civic.organisations.models import OrganisationRole
from civic.organisations.service import logo
from tests.make import make_user
from tests.make_organisations import add_member, make_organisation


def picture(size=(300, 200), kind="PNG", **extra):
    target = BytesIO()
    Image.new("RGB", size, "#5b2a57").save(target, kind, **extra)
    return target.getvalue()


def files():
    return {file.key for file in store().walk("logos")}


@pytest.fixture
def scene(inside):
    for key in files():
        store().delete(key)
    owner = make_user()
    return owner, make_organisation(owner)


def width_of(key):
    with store().open(key) as file:
        return Image.open(BytesIO(file.read())).width


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_kept_in_two_sizes(scene, kind):
    _, found = scene
    service.set_logo(*scene, picture(kind=kind))
    small, large = file_of(found.logo_key), file_of(found.logo_key, large=True)
    assert files() == {small, large}
    assert (width_of(small), width_of(large)) == (128, 256)


def test_a_small_picture_is_not_blown_up(scene):
    service.set_logo(*scene, picture((40, 40)))
    assert {width_of(key) for key in files()} == {40}


def test_another_logo_takes_the_place_of_the_first(scene):
    owner, found = scene
    service.set_logo(owner, found, picture())
    first = files()
    service.set_logo(owner, found, picture((200, 300)))
    assert len(files()) == 2
    assert not files() & first
    service.remove_logo(owner, found)
    assert (found.logo_key, files()) == (None, set())


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7", b"<svg onload='alert(1)'/>", picture()[:80], b"\x00" * 11 * 2**20]
)
def test_what_is_no_picture_leaves_nothing(scene, data):
    with pytest.raises(RuleBroken) as broken:
        service.set_logo(*scene, data)
    assert broken.value.field == "logo"
    assert (scene[1].logo_key, files()) == (None, set())


@pytest.mark.parametrize("which", [1, 2])
def test_a_store_without_room_leaves_neither_row_nor_file(scene, monkeypatch, which):
    put, calls = store().put, []

    def fails(key, data):
        calls.append(key)
        if len(calls) == which:
            raise StorageFull
        put(key, data)

    monkeypatch.setattr(store(), "put", fails)
    with pytest.raises(StorageError) as full:
        service.set_logo(*scene, picture())
    assert full.value.field == "logo"
    assert (scene[1].logo_key, files()) == (None, set())


def test_members_who_do_not_speak_for_it_change_no_logo(scene):
    _, found = scene
    for person in (make_user(), add_member(found)):
        with pytest.raises(Forbidden):
            service.set_logo(person, found, picture())
    service.set_logo(add_member(found, role=OrganisationRole.EDITOR), found, picture())


def test_what_a_killed_process_left_is_removed_after_a_day(scene):
    owner, found = scene
    service.set_logo(owner, found, picture())
    kept = files()
    store().put("logos/0123456789abcdef-small", picture())
    assert service.tidy_logos(owner) == 0
    with clock.at(clock.now() + timedelta(days=2)):
        assert service.tidy_logos(owner) == 1
    assert files() == kept


def test_who_loses_the_right_meanwhile_leaves_no_file(scene, monkeypatch):
    _, found = scene
    editor = add_member(found, role=OrganisationRole.EDITOR)
    put = store().put

    def thrown_out_meanwhile(key, data):
        put(key, data)
        found.members[:] = [m for m in found.members if m.user_id != editor.id]

    monkeypatch.setattr(store(), "put", thrown_out_meanwhile)
    with pytest.raises(Forbidden):
        service.set_logo(editor, found, picture())
    assert files() == set()


def test_the_logos_of_another_house_are_not_removed(scene, monkeypatch):
    monkeypatch.setattr(logo, "SUSPICIOUS", 1)
    service.set_logo(*scene, picture())
    for number in range(4):
        store().put(f"logos/{number}-small", b"x")
    with clock.at(clock.now() + timedelta(days=2)):
        with pytest.raises(service.Suspicious):
            service.tidy_logos(scene[0])
        with pytest.raises(GiveUp):
            jobs.tidy_logos({})
    assert len(files()) == 6


def test_while_the_store_is_away_the_night_comes_back_later(scene, monkeypatch):
    def away(below=""):
        raise StorageError

    monkeypatch.setattr(store(), "walk", away)
    with pytest.raises(Later):
        jobs.tidy_logos({})


def test_nobody_sends_logos_all_day(scene, monkeypatch):
    monkeypatch.setattr(logo, "PACE", [Limit(1, 3600)])
    service.set_logo(*scene, picture())
    with pytest.raises(TooMany):
        service.set_logo(*scene, picture((50, 60)))
