"""Nachnutzung: an entry of its own, linked; the origin hears of it; uses are counted exactly."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from civic.accounts.models import Role, System, User
from civic.activity.models import Activity
from civic.contributions.models import Descent
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Forbidden, RuleBroken
from civic.follows import queries as follows
from civic.innovations import service
from civic.innovations.models import Degree, Gate, GateState, Innovation, Stage
from civic.moderation import service as moderation
from civic.municipalities.models import Municipality
from civic.notifications.models import Notice
from civic.notifications.service import fan_out
from civic.topics import queries as topics
from tests.make import make_municipality, make_topic, make_user
from tests.make_innovations import make_innovation, pass_gate
from tests.make_reuse import CHANGED, adoption, make_adoption
from tests.race import let_through


def acts(thing):
    found = select(Activity).where(Activity.contribution_id == thing.id).order_by(Activity.id)
    return [(act.verb, act.detail) for act in db.session.scalars(found)]


def uses(*entries):
    db.session.flush()
    for entry in entries:
        db.session.refresh(entry, ["use_count"])
    return [entry.use_count for entry in entries]


def staff_of(place):
    return make_user(roles=[(Role.STAFF, place)])


def decided(days_ago=0):
    return service.Decided("Gemeinderat Birkenrode", clock.today() - timedelta(days=days_ago))


# -- an entry of its own -------------------------------------------------------------------------


def test_an_entry_of_its_own_is_made(inside):
    origin = make_innovation(
        cost_once=3200,
        staff="6 Leute",
        licence="MIT",
        lessons="Unsere Sorgen",
        contact_name="H. B.",
    )
    place = make_municipality()
    actor = staff_of(place)
    taken = make_adoption(
        origin, municipality=place, author=actor, more={"contact_name": "Y. D.", "latitude": 50.0}
    )
    assert taken.is_visible
    assert taken.reference != origin.reference
    assert (taken.municipality, taken.author, taken.project_id) == (place, actor, None)
    assert (taken.parent_id, taken.root_id, taken.degree) == (origin.id, origin.id, Degree.IN_USE)
    assert (taken.state, taken.used_since, taken.changed) == (
        Stage.REGULAR,
        clock.today(),
        CHANGED,
    )
    assert (taken.cost_once, taken.staff, taken.licence) == (3200, "6 Leute", "MIT")
    assert taken.cost_class == "small"
    assert (taken.lessons, taken.contact_name, taken.latitude) == ("", "Y. D.", 50.0)
    assert [t.slug for t in topics.of_thing(taken.id)] == [
        t.slug for t in topics.of_thing(origin.id)
    ]
    assert db.session.get(Descent, (taken.id, origin.id))
    assert taken.is_kept_by(actor)
    assert not taken.is_kept_by(origin.author)


@pytest.mark.parametrize(
    ("degree", "stage", "count"),
    [
        (Degree.INTERESTED, Stage.CONCEPT, 0),
        (Degree.TRYING, Stage.PILOT, 1),
        (Degree.IN_USE, Stage.REGULAR, 1),
    ],
)
def test_the_degree_says_where_it_begins_and_whether_it_counts(inside, degree, stage, count):
    origin = make_innovation()
    taken = make_adoption(origin, degree)
    assert taken.state == stage
    assert (taken.used_since is not None) is (degree is Degree.IN_USE)
    assert uses(origin) == [count]


def test_the_decision_stands_in_the_history(inside):
    origin = make_innovation()
    taken = make_adoption(origin, Degree.TRYING, decided=decided(days_ago=3))
    gate = db.session.scalars(select(Gate).where(Gate.innovation_id == taken.id)).one()
    assert (gate.state, gate.to_stage) == (GateState.PASSED, Stage.PILOT)
    assert (gate.body, gate.decided_on) == (
        "Gemeinderat Birkenrode",
        clock.today() - timedelta(days=3),
    )
    assert gate.reason == CHANGED
    assert origin.reference in gate.documents


def test_parent_and_origin_are_told(inside):
    origin = make_innovation()
    first = make_adoption(origin)
    second = make_adoption(first, Degree.INTERESTED, changed="")
    assert acts(origin)[1:] == [
        ("innovation.taken_over", first.reference),
        ("innovation.spread", second.reference),
    ]
    assert acts(first)[1:] == [("innovation.taken_over", second.reference)]
    assert second.root_id == origin.id
    assert follows.followed(second.author, [first.id, second.id]) == {first.id, second.id}


def test_authors_and_followers_of_the_origin_get_a_notice(inside):
    origin = make_innovation()
    taken = make_adoption(origin)
    act = db.session.scalars(select(Activity).filter_by(verb="innovation.taken_over")).one()
    fan_out(System(), act.id)
    told = db.session.scalars(select(Notice.user_id).where(Notice.activity_id == act.id)).all()
    assert told == [origin.author_id]
    assert taken.author_id not in told


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Kurz"}, "title"),
        ({"body": "Zu wenig."}, "body"),
        ({"slugs": []}, "topics"),
        ({"changed": ""}, "changed"),
        ({"degree": Degree.TRYING, "changed": "nichts"}, "changed"),
        ({"decided": service.Decided("", date(2020, 1, 1))}, "decided_by"),
        ({"decided": service.Decided("Rat", date(2999, 1, 1))}, "decided_on"),
    ],
)
def test_what_a_taking_over_owes(inside, changes, field):
    origin, place = make_innovation(), make_municipality()
    with pytest.raises(RuleBroken) as broken:
        service.take_over(staff_of(place), origin, place, adoption(origin, **changes))
    assert broken.value.field == field
    assert uses(origin) == [0]


def test_only_the_administration_of_another_municipality_takes_over(inside):
    origin, place = make_innovation(), make_municipality()
    for actor, where in (
        (make_user(), place),
        (staff_of(make_municipality()), place),
        (staff_of(origin.municipality), origin.municipality),
    ):
        with pytest.raises(Forbidden):
            service.take_over(actor, origin, where, adoption(origin))


def test_a_municipality_has_one_living_entry_in_a_family(inside):
    origin = make_innovation()
    first = make_adoption(origin)
    place = make_municipality()
    taken = make_adoption(first, municipality=place)
    for parent in (origin, first):
        with pytest.raises(RuleBroken) as broken:
            make_adoption(parent, municipality=place)
        assert broken.value.field == "municipality"
        assert broken.value.values["reference"] == taken.reference
    with pytest.raises(RuleBroken):  # its own origin counts as well
        make_adoption(first, municipality=origin.municipality)
    pass_gate(taken, Stage.ENDED)
    again = make_adoption(origin, municipality=place)
    assert uses(origin, first) == [2, 0]
    assert again.id != taken.id


def test_what_was_ended_is_not_taken_up_beside_a_new_one(inside):
    origin, place = make_innovation(), make_municipality()
    old = make_adoption(origin, municipality=place)
    pass_gate(old, Stage.ENDED)
    make_adoption(origin, municipality=place)
    with pytest.raises(RuleBroken) as broken:
        pass_gate(old, Stage.REGULAR)
    assert broken.value.field == "municipality"


def test_two_families_do_not_know_each_other(inside):
    place = make_municipality()
    for _ in range(2):
        origin = make_innovation()
        make_adoption(origin, municipality=place)
        assert uses(origin) == [1]


# -- the counts ----------------------------------------------------------------------------------


def test_uses_count_for_everything_before_at_any_depth(inside):
    origin = make_innovation()
    first = make_adoption(origin)
    second = make_adoption(first, Degree.INTERESTED)
    third = make_adoption(second, Degree.TRYING)
    beside = make_adoption(origin)
    assert uses(origin, first, second, third, beside) == [3, 1, 1, 0, 0]


def test_what_is_ended_or_hidden_does_not_count(inside):
    origin = make_innovation()
    first = make_adoption(origin)
    second = make_adoption(first)
    assert uses(origin, first) == [2, 1]
    moderator = make_user(roles=[(Role.MODERATOR, first.municipality)])
    moderation.hide(moderator, first, reason="Werbung für ein Geschäft")
    assert uses(origin, first) == [1, 1]  # what was taken over from it still is in use
    moderation.restore(moderator, first, reason="Doch keine Werbung gewesen")
    assert uses(origin, first) == [2, 1]
    pass_gate(second, Stage.ENDED)
    assert uses(origin, first) == [1, 0]
    assert ("innovation.degree_changed", "ended") in acts(first)
    pass_gate(second, Stage.PILOT)  # taken up again
    assert uses(origin, first) == [2, 1]
    assert second.degree is Degree.TRYING


def test_hiding_is_never_refused(inside):
    """Even where two living entries stand side by side, as old data may have it."""
    origin = make_innovation()
    taken = make_adoption(origin)
    other = make_adoption(origin)
    other.municipality = taken.municipality
    db.session.flush()
    moderator = make_user(roles=[(Role.MODERATOR, taken.municipality)])
    moderation.hide(moderator, taken, reason="Werbung für ein Geschäft")
    assert uses(origin) == [1]


def test_a_gate_moves_the_degree_and_the_parent_hears_of_it(inside):
    origin = make_innovation()
    taken = make_adoption(origin, Degree.INTERESTED)
    pass_gate(taken, Stage.PILOT)
    assert taken.degree is Degree.TRYING
    assert uses(origin) == [1]
    assert acts(origin)[-1] == ("innovation.degree_changed", "trying")
    pass_gate(taken, Stage.ROLLOUT)
    assert taken.degree is Degree.TRYING
    assert acts(origin).count(("innovation.degree_changed", "trying")) == 1


def test_a_gate_of_an_entry_without_family_changes_nothing_else(inside):
    entry = make_innovation()
    pass_gate(entry, Stage.PILOT)
    assert (entry.degree, uses(entry)) == (None, [0])


# -- how far it goes -----------------------------------------------------------------------------


def test_the_degree_is_changed_with_a_trace(inside):
    origin = make_innovation()
    taken = make_adoption(origin, Degree.INTERESTED, decided=decided(days_ago=9))
    service.set_degree(taken.author, taken, Degree.IN_USE, decided(days_ago=1), "Jeden Dienstag.")
    assert (taken.degree, taken.state, taken.changed) == (
        Degree.IN_USE,
        Stage.REGULAR,
        "Jeden Dienstag.",
    )
    assert taken.used_since == clock.today() - timedelta(days=1)
    last = db.session.scalars(
        select(Gate).where(Gate.innovation_id == taken.id).order_by(Gate.id.desc())
    ).first()
    assert (last.from_stage, last.to_stage, last.body) == (
        Stage.CONCEPT,
        Stage.REGULAR,
        "Gemeinderat Birkenrode",
    )
    assert uses(origin) == [1]
    change = ("innovation.degree_changed", "in_use")
    assert acts(origin)[-1] == acts(taken)[-1] == change


def test_it_may_go_less_far_again(inside):
    origin = make_innovation()
    taken = make_adoption(origin)
    service.set_degree(taken.author, taken, Degree.INTERESTED, decided(), "")
    assert (taken.state, uses(origin)) == (Stage.CONCEPT, [0])


@pytest.mark.parametrize(
    ("degree", "days_ago", "changed", "field"),
    [
        (Degree.TRYING, 0, CHANGED, "degree"),
        (Degree.IN_USE, 0, "", "changed"),
        (Degree.IN_USE, 99, CHANGED, "decided_on"),
        (Degree.IN_USE, -1, CHANGED, "decided_on"),
    ],
)
def test_what_a_change_of_degree_owes(inside, degree, days_ago, changed, field):
    taken = make_adoption(make_innovation(), Degree.TRYING, decided=decided(days_ago=3))
    with pytest.raises(RuleBroken) as broken:
        service.set_degree(taken.author, taken, degree, decided(days_ago), changed)
    assert broken.value.field == field


def test_strangers_and_origins_have_no_degree_to_set(inside):
    origin = make_innovation()
    taken = make_adoption(origin)
    for actor, entry in ((origin.author, taken), (origin.author, origin), (make_user(), taken)):
        with pytest.raises(Forbidden):
            service.set_degree(actor, entry, Degree.TRYING, decided(), CHANGED)
    pass_gate(taken, Stage.ENDED)
    with pytest.raises(Forbidden):
        service.set_degree(taken.author, taken, Degree.TRYING, decided(), CHANGED)


# -- recount -------------------------------------------------------------------------------------


def test_a_recount_finds_and_repairs_what_differs(inside):
    origin = make_innovation()
    first = make_adoption(origin)
    make_adoption(first)
    origin.use_count, first.use_count = 7, 0
    db.session.flush()
    found = {(c.id, c.was, c.is_now) for c in service.recount(System(), repair=False)}
    assert found == {(origin.id, 7, 2), (first.id, 0, 1)}
    assert uses(origin, first) == [7, 0]
    service.recount(System())
    assert uses(origin, first) == [2, 1]
    assert service.recount(System()) == []


def test_nobody_but_the_platform_recounts(inside):
    with pytest.raises(Forbidden):
        service.recount(staff_of(make_municipality()))


def test_the_command_says_what_is_wrong(app):
    with app.app_context():
        origin = make_innovation(use_count=5)
        db.session.commit()
        number = origin.id
    run = app.test_cli_runner().invoke
    checked = run(args=["innovations", "recount", "--check"])
    assert (checked.exit_code, f"{number}\t5 -> 0" in checked.output) == (1, True)
    assert run(args=["innovations", "recount"]).exit_code == 0
    assert run(args=["innovations", "recount", "--check"]).exit_code == 0


# -- pages ---------------------------------------------------------------------------------------


@pytest.fixture
def pair(app):
    """An entry, staff of another municipality, and the slug of that one."""
    with app.app_context():
        origin = make_innovation(municipality=make_municipality(parent=make_municipality()))
        place = make_municipality("Birkenrode", slug="birkenrode", parent=make_municipality())
        actor = staff_of(place)
        make_topic("laden")
        db.session.commit()
        return origin.id, actor.id, origin.author_id


def form_of(**changes):
    today = clock.today()
    return {
        "municipality": "birkenrode",
        "degree": "trying",
        "changed": CHANGED,
        "decided_by": "Gemeinderat Birkenrode",
        "decided_on": today.strftime("%d.%m.%Y"),
        "title": "Sprechstunde im Feuerwehrhaus",
        "body": "Ehrenamtliche helfen jeden zweiten Dienstag beim Antrag und beim Ausweis.",
        "topics": "laden",
    } | changes


def test_the_form_begins_with_the_words_of_the_origin(app, browser, pair):
    origin, actor, _author = pair
    browser.sign_in(actor)
    page = browser.get(f"/innovationen/{origin}/uebernehmen")
    assert page.one("input", name="title").get("value") == "Digitale Sprechstunde im Dorfladen"
    assert "Videoanruf" in page.one("textarea", name="body").text
    chosen = [o for o in page.one("select", name="municipality") if o.get("selected") is not None]
    assert [o.get("value") for o in chosen] == ["birkenrode"]


def test_from_the_form_to_the_new_entry(app, browser, pair):
    origin, actor, author = pair
    browser.sign_in(actor)
    page = browser.post(f"/innovationen/{origin}/uebernehmen", **form_of())
    shown = browser.get(page.location)
    assert "Sprechstunde im Feuerwehrhaus" in shown.words
    with app.app_context():
        entry = db.session.query(Innovation).filter_by(parent_id=origin).one()
        assert (entry.degree, entry.use_count) == (Degree.TRYING, 0)
        number = entry.id
    warned = browser.get(f"/innovationen/{origin}/uebernehmen")
    assert "Sprechstunde im Feuerwehrhaus" in "".join(warned.one("div", id="existing").itertext())
    again = browser.post(f"/innovationen/{origin}/uebernehmen", 422, **form_of())
    assert "Birkenrode" in again.one("div", id="error_summary").find("ul/li/a").text
    page = browser.get(f"/innovationen/{number}/uebernahme")
    later = form_of(degree="in_use")
    names = ("degree", "changed", "decided_by", "decided_on")
    browser.post(f"/innovationen/{number}/uebernahme", **{name: later[name] for name in names})
    with app.app_context():
        assert db.session.get_one(Innovation, number).state == Stage.REGULAR
    browser.sign_in(author)
    browser.get(f"/innovationen/{number}/uebernahme", status=403)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"degree": ""}, "degree-0"),
        ({"decided_by": ""}, "decided_by"),
        ({"decided_on": "gestern"}, "decided_on"),
        ({"changed": ""}, "changed"),
        ({"municipality": "gibt-es-nicht"}, "municipality"),
        ({"latitude": "50,1"}, "longitude"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(browser, pair, changes, field):
    origin, actor, _author = pair
    browser.sign_in(actor)
    page = browser.post(f"/innovationen/{origin}/uebernehmen", 422, **form_of(**changes))
    links = [a.get("href") for a in page.one("div", id="error_summary").iter("a")]
    assert links == [f"#{field}"]
    assert page.one("input", name="title").get("value") == "Sprechstunde im Feuerwehrhaus"


def test_who_may_not_take_over_is_refused(browser, pair):
    origin, _actor, author = pair
    browser.get(f"/innovationen/{origin}/uebernehmen", status=302)
    browser.sign_in(author)
    browser.get(f"/innovationen/{origin}/uebernehmen", status=403)
    browser.get("/innovationen/999999/uebernehmen", status=404)


def test_who_keeps_it_marks_the_place(app, browser, pair):
    origin, _actor, author = pair
    browser.sign_in(author)
    browser.get(f"/innovationen/{origin}/ort")
    browser.post(f"/innovationen/{origin}/ort", latitude="50,1109", longitude="8,6821")
    browser.post(f"/innovationen/{origin}/ort", 422, latitude="50,1109", longitude="")
    with app.app_context():
        assert db.session.get_one(Innovation, origin).latitude == pytest.approx(50.1109)
    browser.post(f"/innovationen/{origin}/ort", latitude="", longitude="")
    with app.app_context():
        assert db.session.get_one(Innovation, origin).latitude is None


# -- at the same moment --------------------------------------------------------------------------

AT_ONCE = 6
ROUNDS = 3
#: Which of the acts came through; the rest were refused, as they had to be.
at_once = partial(let_through, refusals=(RuleBroken,))


def take(actor_id, parent_id, place_id):
    parent = db.session.get_one(Innovation, parent_id)
    place = db.session.get_one(Municipality, place_id)
    service.take_over(db.session.get_one(User, actor_id), parent, place, adoption(parent))


def test_of_those_who_take_over_at_once_for_one_place_one_does(house):
    for _ in range(ROUNDS):
        with house.app_context():
            origin = make_innovation()
            middle = make_adoption(origin)
            place = make_municipality()
            people = [staff_of(place).id for _ in range(AT_ONCE)]
            parents, place_id = (origin.id, middle.id), place.id
        acts = [
            lambda who=who, parent=parents[n % 2], to=place_id: take(who, parent, to)
            for n, who in enumerate(people)
        ]
        assert at_once(house, acts).count(True) == 1
        with house.app_context():
            count = select(func.count()).where(Innovation.municipality_id == place_id)
            assert db.session.scalar(count) == 1
            assert db.session.get_one(Innovation, parents[0]).use_count == 2


def test_many_at_once_are_all_counted(house):
    with house.app_context():
        origin = make_innovation()
        middle = make_adoption(origin)
        places = [make_municipality() for _ in range(AT_ONCE)]
        plan = [(staff_of(place).id, place.id) for place in places]
        parents = (origin.id, middle.id)
        ending, keeper = make_adoption(middle), None
        ending_id, keeper = ending.id, ending.author_id
    acts = [
        lambda who=who, place=place, parent=parents[n % 2]: take(who, parent, place)
        for n, (who, place) in enumerate(plan)
    ]

    def go_back():
        entry = db.session.get_one(Innovation, ending_id)
        person = db.session.get_one(User, keeper)
        service.set_degree(person, entry, Degree.INTERESTED, decided(), "")

    assert all(at_once(house, [*acts, go_back]))
    with house.app_context():
        assert [db.session.get_one(Innovation, id).use_count for id in parents] == [
            1 + AT_ONCE,
            AT_ONCE // 2,
        ]
        assert service.recount(System()) == []


def test_the_words_of_an_entry_stay_with_it(inside):
    """Else they stood elsewhere still when the moderation has hidden it."""
    origin = make_innovation()
    first = make_adoption(origin)
    second = make_adoption(first)
    for earlier in (origin, first):
        told = select(Activity.note).where(Activity.contribution_id == earlier.id)
        assert set(db.session.scalars(told)) == {None}
    gate = db.session.scalars(select(Gate).where(Gate.innovation_id == second.id)).one()
    assert gate.documents == first.reference
