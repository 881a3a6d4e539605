"""Calendars: what stands in them, who reads them, and that every text arrives as it was typed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from civic.accounts.models import User, hash_token
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Forbidden, Missing
from civic.moderation import service as moderation
from civic.projects import service
from civic.projects.models import MilestoneState, Project, TeamMember
from civic.projects.queries import calendar as calendars
from civic.projects.queries.calendar import Entry
from civic.projects.views.ical import one_line, plain, write
from tests.projects.scene import make_scene, make_team_of

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
URL = "https://town.example.org/projekte/7-baenke"


@pytest.fixture
def scene(inside):
    with clock.at(NOW):
        yield make_scene(begins_on=TODAY, ends_on=TODAY + 90 * DAY)


@pytest.fixture
def planned(scene):
    """A milestone and a task of the team."""
    stone = service.add_milestone(
        scene.lead, scene.project, title="Die erste Bank steht", due_on=TODAY + 9 * DAY
    )
    service.add_task(
        scene.lead,
        scene.project,
        title="Holz kaufen",
        owner_id=scene.member.id,
        due_on=TODAY + DAY,
        milestone_id=stone.id,
    )
    return stone


def place(scene, person=None):
    person = person or scene.member
    return db.session.get_one(TeamMember, (scene.project.id, person.id))


# -- what stands in it -----------------------------------------------------------------------


def test_everybody_reads_the_frame_and_the_milestones_and_the_team_its_tasks_too(scene, planned):
    for_all = [entry.title for entry in calendars.of_project(scene.project)]
    assert for_all == ["Bänke für den Friedhofsweg", "Die erste Bank steht"]
    for_team = calendars.of_team(scene.project)
    assert [entry.title for entry in for_team] == [*for_all, "Holz kaufen"]
    assert for_team[-1].notes == ["Mia Mit", "Die erste Bank steht"]


def test_a_settled_milestone_stands_on_its_day_with_what_came_of_it(scene, planned):
    service.settle_milestone(
        scene.lead,
        planned,
        state=MilestoneState.DROPPED,
        settled_on=TODAY - DAY,
        result="Kein Geld.",
    )
    entry = calendars.of_project(scene.project)[1]
    assert (entry.first, entry.notes, entry.is_dropped) == (TODAY - DAY, ["Kein Geld."], True)
    written = Calendar.from_ical(write("x", [entry], URL))
    (event,) = written.walk("VEVENT")
    assert event["status"] == "CANCELLED"


def test_done_tasks_and_those_without_a_day_are_in_no_calendar(scene):
    for due_on, is_done in ((None, False), (TODAY, True)):
        todo = service.add_task(
            scene.lead,
            scene.project,
            title="Nicht im Kalender",
            owner_id=None,
            due_on=due_on,
            milestone_id=None,
        )
        if is_done:
            service.finish_task(scene.lead, todo)
    assert "Nicht im Kalender" not in {e.title for e in calendars.of_team(scene.project)}


def test_a_project_without_days_has_no_frame(scene):
    bare = make_team_of(scene.lead)
    assert calendars.of_project(bare) == []


# -- every text ------------------------------------------------------------------------------

texts = st.text(min_size=1, max_size=300)
days = st.dates(date(2000, 1, 1), date(2100, 12, 30))


def entry_of(key="task-1", **changes):
    words = {"title": "Titel", "first": TODAY, "last": TODAY, "written_at": NOW}
    return Entry(key=key, **(words | changes))


@given(texts, st.lists(st.tuples(texts, texts, days), min_size=1, max_size=5))
def test_a_program_reads_what_people_typed_one_event_for_each_entry(name, typed):
    entries = [
        entry_of(f"task-{n}", title=title, notes=[note], first=day, last=day)
        for n, (title, note, day) in enumerate(typed)
    ]
    written = write(name, entries, URL)
    read = Calendar.from_ical(written)
    events = read.walk("VEVENT")
    assert str(read.calendar_name or "") == one_line(name)
    assert [str(event["summary"]) for event in events] == [plain(t) for t, _, _ in typed]
    assert [str(event["description"]) for event in events] == [plain(n) for _, n, _ in typed]
    assert [event.decoded("dtstart") for event in events] == [day for _, _, day in typed]


@given(texts)
def test_a_line_is_no_longer_than_the_standard_says(title):
    written = write("Kalender", [entry_of(title=title)], URL)
    lines = written.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\r" not in b"".join(lines)
    assert b"\n" not in b"".join(lines)


@pytest.mark.parametrize(
    "title",
    [
        "END:VEVENT\nBEGIN:VEVENT",
        "a\r\nATTENDEE:mailto:x@example.org",
        "\\;,:\\n",
        "Bänke 🌳 \u2028 \x85 \x00",
    ],
)
def test_no_text_becomes_a_line_of_its_own(title):
    read = Calendar.from_ical(write("x", [entry_of(title=title)], URL))
    (event,) = read.walk("VEVENT")
    assert str(event["summary"]) == plain(title)
    assert "attendee" not in event


def test_an_event_lasts_to_the_end_of_its_last_day_and_keeps_its_name():
    written = write("x", [entry_of(last=TODAY + 2 * DAY)], URL)
    (event,) = Calendar.from_ical(written).walk("VEVENT")
    assert event.decoded("dtend") == TODAY + 3 * DAY
    assert event["uid"] == "task-1@town.example.org"
    assert event["url"] == URL
    assert written == write("x", [entry_of(last=TODAY + 2 * DAY)], URL)


# -- the secret address ----------------------------------------------------------------------


def test_the_address_is_kept_as_a_hash_alone_and_a_new_one_ends_the_old(scene):
    first = service.open_calendar(scene.member, scene.project)
    assert place(scene).calendar_hash == hash_token(first)
    second = service.open_calendar(scene.member, scene.project)
    assert calendars.place_of(second).user_id == scene.member.id
    with pytest.raises(Missing):
        calendars.place_of(first)


def test_its_owner_ends_it_and_nobody_elses_is_touched(scene):
    token = service.open_calendar(scene.member, scene.project)
    service.close_calendar(scene.lead, scene.project)
    assert calendars.place_of(token) is place(scene)
    service.close_calendar(scene.member, scene.project)
    with pytest.raises(Missing):
        calendars.place_of(token)


@pytest.mark.parametrize("change", ["blocked_at", "left_at"])
def test_it_is_dead_when_the_person_is_blocked_or_gone(scene, change):
    token = service.open_calendar(scene.member, scene.project)
    setattr(scene.member, change, NOW)
    db.session.commit()
    with pytest.raises(Missing):
        calendars.place_of(token)


def test_it_is_dead_when_the_person_leaves_the_team(scene):
    token = service.open_calendar(scene.member, scene.project)
    db.session.delete(place(scene))
    db.session.commit()
    with pytest.raises(Missing):
        calendars.place_of(token)


def test_only_the_team_gets_one(scene):
    for outsider in scene.outsiders:
        with pytest.raises(Forbidden):
            service.open_calendar(outsider, scene.project)


# -- over the wire ---------------------------------------------------------------------------


@pytest.fixture
def served(app):
    """Numbers of a scene and the secret of a member, for a browser."""
    with app.app_context():
        scene = make_scene(begins_on=TODAY)
        service.add_task(
            scene.lead,
            scene.project,
            title="Geheime Sache",
            owner_id=None,
            due_on=TODAY,
            milestone_id=None,
        )
        token = service.open_calendar(scene.member, scene.project)
        db.session.commit()
        return {
            "project": scene.project.id,
            "moderator": scene.moderator.id,
            "member": scene.member.id,
            "token": token,
        }


def test_a_calendar_program_reads_both_without_signing_in(served, browser):
    public = browser.get(f"/projekte/{served['project']}/kalender.ics")
    assert public.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "Geheime Sache" not in public.text
    inner = browser.get(f"/projekte/kalender/{served['token']}.ics")
    assert "Geheime Sache" in inner.text
    assert "no-store" in inner.headers["Cache-Control"]
    assert "Set-Cookie" not in inner.headers


@pytest.mark.parametrize("token", ["x", "A" * 43, "../kalender", "ü"])
def test_a_guessed_address_is_nothing(served, browser, token):
    browser.get(f"/projekte/kalender/{token}.ics", 404)


def test_a_hidden_project_has_no_public_calendar(app, served, browser):
    with app.app_context():
        moderator = db.session.get_one(User, served["moderator"])
        project = db.session.get_one(Project, served["project"])
        moderation.hide(moderator, project, reason="Werbung für ein Geschäft")
    browser.get(f"/projekte/{served['project']}/kalender.ics", 404)


def test_the_address_is_shown_once(served, browser):
    browser.sign_in(served["member"])
    url = f"/projekte/{served['project']}/kalender"
    assert "/projekte/kalender/" not in browser.get(url).text
    made = browser.post(url, 200)
    (secret,) = [e.text for e in made.all("code") if "/projekte/kalender/" in e.text]
    assert secret.startswith("http://localhost/projekte/kalender/")
    assert "/projekte/kalender/" not in browser.get(url).text
    browser.get(f"/projekte/kalender/{served['token']}.ics", 404)
    browser.get(secret.removeprefix("http://localhost"))
    browser.get(f"{url}/widerrufen")  # asks first
    browser.get(secret.removeprefix("http://localhost"))
    browser.post(f"{url}/widerrufen")
    browser.get(secret.removeprefix("http://localhost"), 404)
