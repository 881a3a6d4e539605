"""What teams look for, and invitations by mail."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from civic.accounts.models import System
from civic.activity.models import Activity
from civic.core import clock, paging
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken, TooMany
from civic.core.outbox import Mail
from civic.organisations.models import Joining
from civic.projects import service
from civic.projects.models import OpeningState, ProjectState, TeamInvitation, TeamRole
from civic.projects.queries import team
from civic.projects.service import Wanted, openings
from tests.make import make_municipality, make_user
from tests.make_projects import lead_of, make_member, make_opening, make_project

DAY = timedelta(days=1)


@pytest.fixture
def project(inside):
    return make_project()


def found(**filters):
    statement = team.openings(team.Filters(**filters))
    window = paging.window(statement, team.LATEST_OPENING, "", 50)
    return [row.title for row in window.items]


def told(project):
    wanted = select(func.count()).where(
        Activity.contribution_id == project.id, Activity.verb == "project.looks_for"
    )
    return db.session.scalar(wanted)


# -- openings --------------------------------------------------------------------------------


def test_what_a_team_looks_for_stands_in_the_list_of_all(project):
    make_opening(project, title="Jemand, der fotografiert")
    make_opening(make_project(), title="Eine ruhige Hand am Lötkolben")
    assert found() == ["Eine ruhige Hand am Lötkolben", "Jemand, der fotografiert"]


def test_several_put_up_on_one_day_are_told_once(project):
    for _ in range(3):
        make_opening(project)
    assert told(project) == 1
    with clock.at(clock.now() + 2 * DAY):
        make_opening(project)
    assert told(project) == 2


@pytest.mark.parametrize("state", [OpeningState.FILLED, OpeningState.CLOSED])
def test_what_is_found_or_given_up_is_wanted_no_longer_but_may_be_again(project, state):
    opening = make_opening(project)
    service.settle_opening(lead_of(project), opening, state)
    assert found() == []
    service.settle_opening(lead_of(project), opening, OpeningState.OPEN)
    assert found() == [opening.title]


def test_after_the_last_day_nobody_applies_and_wanting_again_needs_no_day(project):
    opening = make_opening(project, until_on=clock.today())
    assert found() == [opening.title]
    with clock.at(clock.now() + DAY):
        assert found() == []
        assert not opening.takes_applications
        service.settle_opening(lead_of(project), opening, OpeningState.OPEN)
        assert opening.takes_applications
        assert found() == [opening.title]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"title": "X"}, "title"), ({"until_on": date(2020, 1, 1)}, "until_on")],
)
def test_a_broken_rule_names_its_field(project, changes, field):
    with pytest.raises(RuleBroken) as broken:
        make_opening(project, **changes)
    assert broken.value.field == field


def test_nor_by_wanting_again_what_it_has_found(project, monkeypatch):
    first = make_opening(project)
    service.settle_opening(lead_of(project), first, OpeningState.FILLED)
    make_opening(project)
    monkeypatch.setattr(openings, "MOST_OPEN", 1)
    with pytest.raises(RuleBroken):
        service.settle_opening(lead_of(project), first, OpeningState.OPEN)


def test_all_that_was_ever_wanted_is_read_page_by_page_what_is_open_first(project):
    wanted = [make_opening(project) for _ in range(5)]
    for opening in wanted[2:]:
        service.settle_opening(lead_of(project), opening, OpeningState.CLOSED)
    found, cursor = [], ""
    while cursor is not None:
        window = paging.window(team.openings_of(project), team.OPEN_FIRST, cursor, 2)
        found += [row.Opening for row in window.items]
        cursor = window.next or None
    assert found == [wanted[n] for n in (1, 0, 4, 3, 2)]


def test_the_last_day_can_be_taken_away_again(project):
    opening = make_opening(project, until_on=clock.today() + DAY)
    service.edit_opening(lead_of(project), opening, Wanted(title=opening.title))
    assert opening.until_on is None


def test_a_team_does_not_look_for_everybody(project, monkeypatch):
    monkeypatch.setattr(openings, "MOST_OPEN", 2)
    first, _ = make_opening(project), make_opening(project)
    with pytest.raises(RuleBroken):
        make_opening(project)
    service.settle_opening(lead_of(project), first, OpeningState.CLOSED)
    make_opening(project)


@pytest.mark.parametrize("state", [ProjectState.PAUSED, ProjectState.COMPLETED, ProjectState.ENDED])
def test_projects_that_take_nobody_up_are_not_in_the_list(project, state):
    make_opening(project)
    project.state = state
    db.session.flush()
    assert found() == []


def test_hidden_and_proposed_projects_are_not_in_the_list(inside):
    hidden = make_project()
    make_opening(hidden)
    hidden.hidden_at = clock.now()
    proposed = make_project(municipality=make_municipality(approves_projects=True))
    make_opening(proposed)
    assert found() == []
    assert told(proposed) == 0


def test_the_list_is_filtered_by_place_and_words(inside):
    kreis = make_municipality("Kreis")
    dorf = make_municipality("Dorf", parent=kreis)
    make_opening(make_project(municipality=dorf), title="Jemand mit Übung im Löten")
    make_opening(make_project(title="Ein Repaircafé am Markt"), title="Kuchen backen")
    assert found(municipality=kreis) == ["Jemand mit Übung im Löten"]
    assert found(text="Löten") == ["Jemand mit Übung im Löten"]
    assert found(text="Repaircafé") == ["Kuchen backen"]
    assert found(text="Schwimmbad") == []


def test_only_leads_put_up_and_settle(project):
    opening = make_opening(project)
    person = make_user()
    make_member(project, person)
    with pytest.raises(Forbidden):
        service.add_opening(person, project, Wanted(title="Noch jemand"))
    with pytest.raises(Forbidden):
        service.edit_opening(person, opening, Wanted(title="Noch jemand"))
    with pytest.raises(Forbidden):
        service.settle_opening(person, opening, OpeningState.FILLED)


# -- invitations -----------------------------------------------------------------------------


def invite(project, email, role=TeamRole.MEMBER):
    service.invite(lead_of(project), project, email=email, role=role, language="de")
    mail = db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    return mail, re.search(r"/projekte/einladung/(\S+)", mail.text).group(1)


def test_an_invitation_is_mailed_and_good_once(project):
    guest = make_user()
    mail, token = invite(project, guest.email, TeamRole.LEAD)
    assert mail.recipient == guest.email
    assert project.title in mail.subject
    invitation = team.invitation_behind(token)
    assert db.session.scalar(select(TeamInvitation.token_hash)) != token
    assert service.accept_invitation(guest, invitation) is True
    assert project.member(guest).role is TeamRole.LEAD
    assert team.invitation_behind(token) is None


def test_it_is_bound_to_its_address(project):
    owner, stranger = make_user(), make_user()
    _, token = invite(project, owner.email)
    invitation = team.invitation_behind(token)
    for act in (service.accept_invitation, service.decline_invitation):
        with pytest.raises(RuleBroken):
            act(stranger, invitation)
        with pytest.raises(Forbidden):
            act(make_user(confirmed=False), invitation)
    assert team.invitations_to(owner.email_key) == [invitation]
    assert team.invitations_to(stranger.email_key) == []


def test_after_two_weeks_it_works_no_more_and_is_forgotten(project):
    _, token = invite(project, "gast@example.org")
    with clock.at(clock.now() + timedelta(days=15)):
        assert team.invitation_behind(token) is None
        assert service.forget_expired(System()) == 0
    with clock.at(clock.now() + timedelta(days=60)):
        assert service.forget_expired(System()) == 1


def test_a_newer_mail_makes_the_older_worthless(project):
    _, first = invite(project, "gast@example.org")
    _, second = invite(project, "Gast@Example.org")
    assert team.invitation_behind(first) is None
    assert team.invitation_behind(second) is not None
    assert db.session.scalar(select(func.count()).select_from(TeamInvitation)) == 1
    service.resend_invitation(lead_of(project), team.invitation_behind(second), language="de")
    assert team.invitation_behind(second) is None


def test_known_and_unknown_addresses_are_written_to_alike(project):
    known = make_user()
    make_member(project, known)
    texts = []
    for address in ("unbekannt@example.org", known.email):
        mail, token = invite(project, address)
        texts.append(mail.text.replace(token, ""))
    assert texts[0] == texts[1]


def test_an_address_is_not_written_to_without_end(project):
    for _ in range(3):
        invite(project, "gast@example.org")
    with pytest.raises(TooMany):
        invite(project, "GAST@example.org")


def test_declining_and_taking_back_end_it(project):
    guest = make_user()
    _, token = invite(project, guest.email)
    service.decline_invitation(guest, team.invitation_behind(token))
    assert team.invitation_behind(token) is None
    _, token = invite(project, guest.email)
    service.revoke_invitation(lead_of(project), team.invitation_behind(token))
    assert team.invitation_behind(token) is None
    assert project.member(guest) is None


def test_who_is_in_the_team_uses_the_invitation_up(project):
    guest = make_user()
    make_member(project, guest)
    _, token = invite(project, guest.email)
    assert service.accept_invitation(guest, team.invitation_behind(token)) is False
    assert project.member(guest).role is TeamRole.MEMBER


def test_before_the_approval_the_team_is_filled_by_invitation(inside):
    town = make_municipality(approves_projects=True)
    project = make_project(municipality=town, joining=Joining.INVITATION)
    guest = make_user()
    _, token = invite(project, guest.email)
    service.accept_invitation(guest, team.invitation_behind(token))
    assert project.member(guest)


def test_into_a_project_that_is_over_nobody_comes(project):
    guest = make_user()
    _, token = invite(project, guest.email)
    invitation = team.invitation_behind(token)
    project.state = ProjectState.ENDED
    db.session.flush()
    with pytest.raises(RuleBroken):
        service.accept_invitation(guest, invitation)


def test_only_leads_invite(project):
    person = make_user()
    make_member(project, person)
    with pytest.raises(Forbidden):
        service.invite(
            person, project, email="gast@example.org", role=TeamRole.MEMBER, language="de"
        )
    with pytest.raises(RuleBroken):
        invite(project, "keine Adresse")


def test_an_invitation_used_in_this_moment_is_gone(project):
    guest = make_user()
    _, token = invite(project, guest.email)
    invitation = team.invitation_behind(token)
    db.session.execute(TeamInvitation.__table__.delete().where(TeamInvitation.id == invitation.id))
    with pytest.raises(Missing):
        service.accept_invitation(guest, invitation)
