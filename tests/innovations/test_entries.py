"""Registering innovations and keeping their entries: what is written, recorded and found."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from civic.accounts.models import Role
from civic.activity.models import Activity
from civic.contributions.models import Descent
from civic.core import clock, search
from civic.core.db import db
from civic.core.errors import Forbidden, Outdated, RuleBroken
from civic.follows import queries as follows
from civic.follows import service as following
from civic.innovations import service
from civic.innovations.models import CostClass, Innovation, Stage
from civic.innovations.queries import state_of
from civic.organisations.models import OrganisationRole
from civic.topics import queries as topics
from tests.make import make_municipality, make_topic, make_user
from tests.make_innovations import BODY, LESSONS, TITLE, make_innovation
from tests.make_organisations import add_member, make_organisation
from tests.make_projects import make_project


def entry(**changes):
    slugs = changes.pop("slugs", None) or [make_topic().slug]
    return service.Entry(**{"title": TITLE, "body": BODY, "slugs": slugs} | changes)


def verbs(thing):
    acts = select(Activity.verb).where(Activity.contribution_id == thing.id).order_by(Activity.id)
    return db.session.scalars(acts).all()


def values_of(innovation, **changes):
    names = [name for part in service.entries.PARTS.values() for name in part]
    return {name: getattr(innovation, name) for name in names} | changes


def change(innovation, actor=None, **changes):
    """Edit as its author would in the form."""
    slugs = changes.pop("slugs", [t.slug for t in topics.of_thing(innovation.id)])
    seen = changes.pop("seen", state_of(innovation))
    values = values_of(innovation, **changes)
    return service.edit_entry(actor or innovation.author, innovation, values, slugs, seen)


def test_the_administration_registers(inside):
    town = make_municipality()
    staff = make_user(roles=[(Role.STAFF, town)])
    made = service.register_innovation(staff, town, entry(stage=Stage.IDEA))
    assert (made.state, made.kind, made.municipality) == (Stage.IDEA, "innovation", town)
    assert made.reference
    assert made.summary.startswith("Ehrenamtliche helfen")
    assert made.cost_class is CostClass.UNKNOWN
    assert verbs(made) == ["innovation.registered"]
    assert follows.followed(staff, [made.id]) == {made.id}
    found = select(Innovation.id).where(search.matches(Innovation.id, "Sprechstunde"))
    assert db.session.scalars(found).all() == [made.id]


def test_what_became_of_a_project_says_so(inside):
    organisation = make_organisation()
    project = make_project(organisation=organisation)
    follower, quiet = make_user(), make_user()
    for person in (follower, quiet):
        following.follow(person, project)
    following.unfollow(quiet, project)
    source = service.Source(project=project)
    made = service.register_innovation(
        project.author, project.municipality, entry(stage=Stage.CONCEPT), source
    )
    assert (made.project, made.organisation) == (project, organisation)
    assert db.session.get(Descent, (made.id, project.id))
    assert verbs(project)[-1] == "project.became_innovation"
    assert follows.followed(follower, [made.id]) == {made.id}
    assert follows.followed(quiet, [made.id]) == set()


def test_who_speaks_for_an_organisation_registers_in_its_name(inside):
    organisation = make_organisation()
    editor = add_member(organisation, role=OrganisationRole.EDITOR)
    made = service.register_innovation(
        editor, make_municipality(), entry(), service.Source(organisation=organisation)
    )
    assert (made.voice, made.author) == (organisation.name, editor)


def test_nobody_else_registers(inside):
    town, organisation, project = make_municipality(), make_organisation(), make_project()
    member = add_member(organisation)
    for source in (
        service.Source(),
        service.Source(organisation=organisation),
        service.Source(project=project),
    ):
        with pytest.raises(Forbidden):
            service.register_innovation(member, town, entry(), source)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Kurz"}, "title"),
        ({"title": "DIGITALE SPRECHSTUNDE"}, "title"),
        ({"body": "Zu wenig."}, "body"),
        ({"stage": Stage.REGULAR}, "stage"),
        ({"stage": Stage.ENDED}, "stage"),
        ({"slugs": ["gibt-es-nicht"]}, "topics"),
    ],
)
def test_what_an_entry_owes(inside, changes, field):
    town = make_municipality()
    staff = make_user(roles=[(Role.STAFF, town)])
    with pytest.raises(RuleBroken) as broken:
        service.register_innovation(staff, town, entry(**changes))
    assert broken.value.field == field
    assert db.session.scalars(select(Innovation)).all() == []


def test_an_edit_is_recorded_by_its_parts(inside):
    made = make_innovation()
    assert change(made) == []
    assert change(made, cost_once=3200, staff="6 Ehrenamtliche", lessons=LESSONS) == [
        "costs",
        "needs",
        "lessons",
    ]
    act = db.session.scalars(select(Activity).order_by(Activity.id.desc())).first()
    assert (act.verb, act.detail) == ("innovation.edited", "costs needs lessons")
    assert "Wochentag" in made.lessons_html
    assert verbs(made).count("innovation.edited") == 1


@pytest.mark.parametrize(
    ("once", "cost_class"),
    [(None, "unknown"), (0, "free"), (5_000, "small"), (5_001, "medium"), (50_001, "large")],
)
def test_the_class_of_costs_follows_from_what_it_costs_to_begin(inside, once, cost_class):
    made = make_innovation(cost_once=7)
    change(made, cost_once=once, cost_yearly=99_000)
    assert made.cost_class == cost_class


def test_the_whole_record_of_an_edit_fits(inside):
    made, words = make_innovation(), make_topic()
    changes = {
        "title": "Ein ganz anderer Name",
        "cost_once": 1,
        "software": "Kalender",
        "lessons": LESSONS,
        "contact_name": "Helga Brandl",
        "slugs": [words.slug],
    }
    assert change(made, **changes) == list(service.entries.PARTS)


def test_who_saves_second_is_told_and_may_save_anyway(inside):
    made = make_innovation()
    seen = state_of(made)
    with clock.at(clock.now() + timedelta(minutes=1)):
        change(made, staff="Sechs Leute")
    with pytest.raises(Outdated):
        change(made, staff="Sieben Leute", seen=seen)
    with pytest.raises(Outdated):  # also where the words themselves are wrong
        change(made, title="Kurz", seen=seen)
    assert made.staff == "Sechs Leute"
    with clock.at(clock.now() + timedelta(minutes=2)):
        change(made, staff="Sieben Leute")
    assert made.staff == "Sieben Leute"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"licence": "MIT"}, "software"),
        ({"used_since": date(2999, 1, 1)}, "used_since"),
    ],
)
def test_what_does_not_fit_together(inside, changes, field):
    with pytest.raises(RuleBroken) as broken:
        change(make_innovation(), **changes)
    assert broken.value.field == field


def test_strangers_and_the_ended_stay_as_they_are(inside):
    made = make_innovation()
    with pytest.raises(Forbidden):
        change(made, actor=make_user(), staff="x")
    made.state = Stage.ENDED
    with pytest.raises(Forbidden):
        change(made, staff="x")


def test_the_team_of_the_project_keeps_the_entry(inside):
    project = make_project()
    made = make_innovation(project.author, project=project)
    change(made, actor=project.author, staff="Sechs Leute")
    stranger = make_user(roles=[(Role.STAFF, make_municipality())])
    with pytest.raises(Forbidden):
        change(made, actor=stranger, staff="Niemand")


def test_who_leaves_is_no_contact_any_more(inside):
    leaver, other = make_user(), make_user()
    mine = make_innovation(contact_name="Helga", contact_email=leaver.email.upper())
    theirs = make_innovation(contact_name="Yusuf", contact_email=other.email)
    service.forget_contact(leaver, erase=False)
    assert (mine.contact_name, mine.contact_email) == ("", "")
    assert theirs.contact_name == "Yusuf"


def test_texts_of_an_older_renderer_are_rendered_anew(inside):
    made = make_innovation(renderer_version=0, body_html="alt", lessons="**Gelernt**")
    assert service.render_anew(made.author) == 1
    assert "Ehrenamtliche" in made.body_html
    assert "<strong>" in made.lessons_html
    assert service.render_anew(made.author) == 0
