"""What happens to test beds and pilots: rules, places, news, and who hears of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from civic.accounts.models import Role, System
from civic.activity.models import Activity
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Conflict, Forbidden, Missing, RuleBroken
from civic.follows import service as follows
from civic.ideas import service as ideas
from civic.notifications.models import Category, Notice
from civic.notifications.service import fan_out
from civic.testbeds import queries, service
from civic.testbeds.models import Pilot, PilotState
from civic.testbeds.models import TestbedState as State
from tests.make import make_idea, make_municipality, make_topic, make_user
from tests.make_testbeds import (
    PLAN,
    REASON,
    RESULT,
    admit,
    make_pilot,
    make_testbed,
    offer,
    staff_of,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = clock.local_date(NOW)
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("inside", "today")


@pytest.fixture
def today():
    with clock.at(NOW):
        yield


def verbs(thing):
    acts = select(Activity.verb).where(Activity.contribution_id == thing.id).order_by(Activity.id)
    return list(db.session.scalars(acts))


def told(verb):
    """Who was told of the last act of this kind, and as what."""
    act = db.session.scalars(
        select(Activity.id).where(Activity.verb == verb).order_by(Activity.id.desc())
    ).first()
    fan_out(System(), act)
    rows = select(Notice.user_id, Notice.category).where(Notice.activity_id == act)
    return dict(db.session.execute(rows).all())


def broken(act, *args, **kw):
    """The field that the refusal names."""
    with pytest.raises(RuleBroken) as refusal:
        act(*args, **kw)
    return refusal.value.field


# -- the offer ---------------------------------------------------------------------------------


def test_the_administration_opens_a_test_bed():
    town = make_municipality()
    testbed = make_testbed(town, rules="Nicht nach **22 Uhr**.", equipment="Strom\nNetz")
    assert testbed.is_visible
    assert testbed.reference.startswith(str(TODAY.year))
    assert testbed.state == State.OPEN
    assert "<strong>22 Uhr</strong>" in testbed.rules_html
    assert testbed.summary.startswith("Eine Halle mit Strom")
    assert verbs(testbed) == ["testbed.opened"]
    assert queries.among(queries.Filters(text="Feuerwache"), [testbed.id]) == {testbed.id}


@pytest.mark.parametrize("who", ["resident", "neighbour"])
def test_nobody_else_opens_one(who):
    town, other = make_municipality(), make_municipality()
    people = {"resident": make_user(), "neighbour": make_user(roles=[(Role.STAFF, other)])}
    with pytest.raises(Forbidden):
        service.open_testbed(people[who], town, offer(), slugs=[make_topic().slug])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Halle"}, "title"),
        ({"body": "Eine Halle."}, "body"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 1000}, "capacity"),
        ({"contact_name": ""}, "contact_name"),
        ({"contact_email": ""}, "contact_name"),
        ({"begins_on": TODAY, "ends_on": TODAY - DAY}, "ends_on"),
    ],
)
def test_what_an_offer_must_say(changes, field):
    staff = make_user(roles=[(Role.STAFF, town := make_municipality())])
    slugs = [make_topic().slug]
    assert broken(service.open_testbed, staff, town, offer(**changes), slugs=slugs) == field


def test_a_telephone_number_is_contact_enough():
    assert make_testbed(contact_email="", contact_phone="0123 456").contact_phone == "0123 456"


def edit(testbed, **changes):
    slugs, seen = [make_topic().slug], changes.pop("seen", testbed.version)
    service.edit_testbed(staff_of(testbed), testbed, offer(**changes), slugs=slugs, seen=seen)


def test_a_change_is_a_new_version():
    testbed = make_testbed()
    edit(testbed, title="Die Halle am Bahnhof")
    assert (testbed.title, testbed.version) == ("Die Halle am Bahnhof", 2)
    assert verbs(testbed) == ["testbed.opened", "testbed.edited"]


def test_two_who_change_it_do_not_overwrite_each_other():
    testbed = make_testbed()
    edit(testbed, seen=1)
    with pytest.raises(Conflict):
        edit(testbed, seen=1)


def test_places_follow_the_change():
    testbed = make_testbed(capacity=2)
    for _ in range(2):
        admit(make_pilot(testbed))
    assert testbed.state == State.FULL
    edit(testbed, capacity=3)
    assert testbed.state == State.OPEN
    edit(testbed, capacity=2)
    assert testbed.state == State.FULL
    assert broken(edit, testbed, capacity=1) == "capacity"


# -- closing and opening again -----------------------------------------------------------------


def test_it_closes_when_everybody_has_an_answer():
    testbed = make_testbed()
    running, asked = admit(make_pilot(testbed)), make_pilot(testbed)
    staff = staff_of(testbed)
    broken(service.close_testbed, staff, testbed)
    service.decide(staff, asked, admit=False, reason=REASON)
    service.close_testbed(staff, testbed)
    assert testbed.state == State.CLOSED
    assert running.state is PilotState.ADMITTED
    with pytest.raises(Forbidden):
        service.close_testbed(staff, testbed)
    service.finish(staff, running, result=RESULT)
    assert testbed.state == State.CLOSED


def test_a_closed_one_opens_again_as_full_as_it_is():
    testbed = make_testbed(capacity=1)
    admit(make_pilot(testbed))
    staff = staff_of(testbed)
    service.close_testbed(staff, testbed)
    service.reopen_testbed(staff, testbed)
    assert testbed.state == State.FULL
    assert verbs(testbed)[-2:] == ["testbed.closed", "testbed.reopened"]


def test_what_is_past_its_last_day_stays_closed():
    testbed = make_testbed(state=State.CLOSED, ends_on=TODAY - DAY)
    broken(service.reopen_testbed, staff_of(testbed), testbed)


def test_each_night_what_is_over_closes_and_what_has_a_place_opens():
    over = make_testbed(ends_on=TODAY)
    full = make_testbed(state=State.FULL)
    untouched = [make_testbed(), make_testbed(state=State.CLOSED)]
    before = [bed.state for bed in untouched]
    assert service.settle(System()) == 1
    assert (over.state, full.state) == (State.OPEN, State.OPEN)
    with clock.at(clock.now() + 2 * DAY):
        assert service.settle(System()) == 1
        assert service.settle(System()) == 0
    assert over.state == State.CLOSED
    assert verbs(over)[-1] == "testbed.closed"
    assert [bed.state for bed in untouched] == before


def test_an_erased_thing_gives_its_place_back():
    testbed = make_testbed(capacity=1)
    pilot = admit(make_pilot(testbed))
    number, thing = pilot.id, pilot.contribution
    ideas.forget_author(thing.author, erase=True)
    assert db.session.get(Pilot, number) is None
    service.settle(System())
    assert testbed.state == State.OPEN
    assert queries.room_in(testbed).taken == 0


# -- applying ----------------------------------------------------------------------------------


def test_who_keeps_a_thing_applies_and_the_administration_hears():
    testbed = make_testbed()
    pilot = make_pilot(testbed)
    assert pilot.state is PilotState.APPLIED
    assert verbs(testbed) == ["testbed.opened", "pilot.applied"]
    assert told("pilot.applied") == {staff_of(testbed).id: Category.TERM}


def test_a_thing_of_another_town_may_be_tried_here():
    pilot = make_pilot(make_testbed(), make_idea())
    assert pilot.contribution.municipality_id != pilot.testbed.municipality_id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"plan": "Zu kurz."}, "plan"),
        ({"begins_on": TODAY + DAY, "ends_on": TODAY}, "ends_on"),
        ({"begins_on": TODAY - DAY}, "begins_on"),
        ({"ends_on": TODAY + 30 * DAY}, "ends_on"),
    ],
)
def test_what_an_application_must_say(changes, field):
    testbed = make_testbed(begins_on=TODAY, ends_on=TODAY + 10 * DAY)
    thing = make_idea()
    values = {"plan": PLAN} | changes
    assert broken(service.apply, thing.author, testbed, thing, **values) == field


def test_what_is_no_card_of_its_own_is_not_tried(monkeypatch):
    thing = make_idea()
    monkeypatch.setattr("civic.testbeds.service.pilots.listed_kinds", lambda: ["project"])
    assert broken(service.apply, thing.author, make_testbed(), thing, plan=PLAN) == "thing"


def test_one_application_at_a_time_and_another_after_the_end():
    testbed, thing = make_testbed(), make_idea()
    first = make_pilot(testbed, thing)
    assert broken(service.apply, thing.author, testbed, thing, plan=PLAN) == "thing"
    admit(first)
    assert broken(service.apply, thing.author, testbed, thing, plan=PLAN) == "thing"
    service.finish(thing.author, first, result=RESULT)
    assert make_pilot(testbed, thing).state is PilotState.APPLIED
    assert make_pilot(make_testbed(), thing).state is PilotState.APPLIED


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.FULL},
        {"state": State.CLOSED},
        {"ends_on": TODAY - DAY},
    ],
)
def test_a_test_bed_that_takes_nothing_says_so(changes):
    testbed, thing = make_testbed(**changes), make_idea()
    broken(service.apply, thing.author, testbed, thing, plan=PLAN)


def test_strangers_do_not_apply_with_what_is_not_theirs():
    with pytest.raises(Forbidden):
        service.apply(make_user(), make_testbed(), make_idea(), plan=PLAN)


# -- deciding ----------------------------------------------------------------------------------


def test_admission_ends_at_the_capacity_and_a_result_frees_a_place():
    testbed = make_testbed(capacity=2)
    staff = staff_of(testbed)
    pilots = [make_pilot(testbed) for _ in range(3)]
    admit(pilots[0])
    assert testbed.state == State.OPEN
    admit(pilots[1])
    assert testbed.state == State.FULL
    assert broken(service.decide, staff, pilots[2], admit=True, reason="") == "decision"
    assert pilots[2].state is PilotState.APPLIED
    service.finish(staff, pilots[0], result=RESULT)
    assert testbed.state == State.OPEN
    admit(pilots[2])
    assert testbed.state == State.FULL


def test_a_refusal_needs_a_reason():
    pilot = make_pilot()
    staff = staff_of(pilot.testbed)
    assert broken(service.decide, staff, pilot, admit=False, reason="Nein.") == "reason"
    service.decide(staff, pilot, admit=False, reason=REASON)
    assert (pilot.state, pilot.reason, pilot.decided_by) == (PilotState.REFUSED, REASON, staff)
    with pytest.raises(Forbidden):
        service.decide(staff, pilot, admit=True, reason="")


def test_nobody_is_admitted_to_what_is_closed():
    pilot = make_pilot()
    pilot.testbed.state = State.CLOSED
    db.session.flush()
    staff = staff_of(pilot.testbed)
    assert broken(service.decide, staff, pilot, admit=True, reason="") == "decision"
    service.decide(staff, pilot, admit=False, reason=REASON)


def test_followers_hear_of_an_admission_and_only_the_applicant_of_a_refusal():
    thing, follower = make_idea(), make_user()
    follows.follow(follower, thing)
    admit(make_pilot(thing=thing))
    assert told("pilot.admitted") == {
        thing.author_id: Category.ANSWER,
        follower.id: Category.ANSWER,
    }
    refused = make_pilot(thing=thing)
    service.decide(staff_of(refused.testbed), refused, admit=False, reason=REASON)
    assert told("pilot.refused") == {thing.author_id: Category.TEAM}


# -- withdrawing and finishing -----------------------------------------------------------------


def test_an_application_can_be_taken_back_until_it_is_answered():
    pilot = make_pilot()
    author = pilot.contribution.author
    with pytest.raises(Forbidden):
        service.withdraw(staff_of(pilot.testbed), pilot)
    service.withdraw(author, pilot)
    assert pilot.state is PilotState.WITHDRAWN
    with pytest.raises(Forbidden):
        service.withdraw(author, pilot)
    admitted = admit(make_pilot())
    with pytest.raises(Forbidden):
        service.withdraw(admitted.contribution.author, admitted)


@pytest.mark.parametrize("side", ["host", "keeper"])
def test_either_side_says_what_came_of_it(side):
    pilot = admit(make_pilot())
    sides = {"host": staff_of(pilot.testbed), "keeper": pilot.contribution.author}
    assert broken(service.finish, sides[side], pilot, result="Gut.") == "result"
    service.finish(sides[side], pilot, result=RESULT)
    assert (pilot.state, pilot.result) == (PilotState.FINISHED, RESULT)
    assert verbs(pilot.contribution)[-1] == "pilot.finished"
    with pytest.raises(Forbidden):
        service.finish(sides[side], pilot, result=RESULT)


# -- what is seen ------------------------------------------------------------------------------


def test_an_application_is_missing_for_everybody_else():
    pilot = make_pilot()
    neighbour = make_user(roles=[(Role.STAFF, make_municipality())])
    for viewer in (make_user(), neighbour):
        with pytest.raises(Missing):
            queries.pilot(viewer, pilot.id)
    for viewer in (staff_of(pilot.testbed), pilot.contribution.author):
        assert queries.pilot(viewer, pilot.id) is pilot
    admit(pilot)
    assert queries.pilot(neighbour, pilot.id) is pilot


def test_a_thing_shows_what_ran_and_only_its_keepers_what_was_asked():
    thing = make_idea()
    ran, asked = admit(make_pilot(thing=thing)), make_pilot(thing=thing)
    hidden = admit(make_pilot(thing=thing))
    hidden.testbed.hidden_at = clock.now()
    db.session.flush()
    assert list(queries.pilots_of(thing)) == [ran]
    assert list(queries.pilots_of(thing, inner=True)) == [asked, ran]


def test_a_test_bed_shows_no_pilot_of_what_is_hidden():
    testbed = make_testbed()
    shown, hidden = (admit(make_pilot(testbed)) for _ in range(2))
    hidden.contribution.hidden_at = clock.now()
    db.session.flush()
    running = db.session.scalars(queries.under_way(), {"testbed": testbed.id}).all()
    assert running == [shown]
    assert queries.room_in(testbed).taken == 2


def test_pilots_go_with_their_test_bed_or_thing():
    for side in ("testbed", "contribution"):
        pilot = admit(make_pilot())
        number = pilot.id
        db.session.execute(delete(Contribution).filter_by(id=getattr(pilot, side).id))
        db.session.expire_all()
        assert db.session.get(Pilot, number) is None


def test_texts_of_an_older_renderer_are_rendered_anew():
    testbed = make_testbed(renderer_version=0, body_html="alt")
    assert service.render_anew(System()) == 1
    assert "Eine Halle" in testbed.body_html
    assert service.render_anew(System()) == 0
