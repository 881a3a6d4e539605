"""Invitations: good once, for one address, for two weeks; and nobody learns who is here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from civic.core import clock
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken, TooMany
from civic.organisations import queries, service
from civic.organisations.models import Joining, OrganisationInvitation, OrganisationRole
from tests.make import make_user
from tests.make_organisations import add_member, make_organisation
from tests.organisations.post import mails, token_in

OWNER, EDITOR, MEMBER = OrganisationRole
ADDRESS = "eva@example.org"


@pytest.fixture
def scene(inside):
    owner = make_user()
    return owner, make_organisation(owner, joining=Joining.INVITATION)


def invite(owner, organisation, email=ADDRESS, role=EDITOR):
    service.invite(owner, organisation, email=email, role=role, language="de")
    return token_in(mails(email.lower())[-1])


def make_eva(**changes):
    return make_user(email=ADDRESS, email_key=ADDRESS, **changes)


def roles(organisation):
    db.session.expire(organisation, ("members",))
    return {m.user_id: m.role for m in organisation.members}


def test_who_is_invited_joins_with_the_role_that_was_offered(scene):
    token, eva = invite(*scene), make_eva()
    assert service.accept_invitation(eva, queries.invitation_behind(token))
    assert roles(scene[1])[eva.id] is EDITOR
    assert queries.invitation_behind(token) is None


def test_a_link_is_good_once(scene):
    token, eva = invite(*scene), make_eva()
    seen = queries.invitation_behind(token)
    db.session.execute(OrganisationInvitation.__table__.delete())
    with pytest.raises(Missing):
        service.accept_invitation(eva, seen)
    assert eva.id not in roles(scene[1])


def test_a_link_is_good_for_one_address(scene):
    token = invite(*scene)
    for person, error in ((make_user(), RuleBroken), (make_user(confirmed=False), Forbidden)):
        with pytest.raises(error) as refused:
            service.accept_invitation(person, queries.invitation_behind(token))
        assert ADDRESS not in str(refused.value)
    assert queries.invitation_behind(token) is not None


def test_an_address_must_be_confirmed_first(scene):
    token, eva = invite(*scene), make_eva(confirmed=False)
    with pytest.raises(Forbidden):
        service.accept_invitation(eva, queries.invitation_behind(token))


def test_capitals_make_no_other_address(scene):
    service.invite(*scene, email="  Eva@Example.ORG ", role=MEMBER, language="de")
    [sent] = mails()
    assert service.accept_invitation(make_eva(), queries.invitation_behind(token_in(sent)))


def test_a_link_runs_out_after_two_weeks(scene):
    token, now = invite(*scene), clock.now()
    with clock.at(now + timedelta(days=13, hours=23)):
        assert queries.invitation_behind(token) is not None
    with clock.at(now + timedelta(days=14, seconds=1)):
        assert queries.invitation_behind(token) is None
        assert queries.invitations_to(ADDRESS) == []


def test_a_newer_mail_makes_the_older_link_worthless(scene):
    first = invite(*scene)
    second = invite(*scene, role=MEMBER)
    assert queries.invitation_behind(first) is None
    service.resend_invitation(scene[0], queries.invitation_behind(second), language="de")
    third = token_in(mails(ADDRESS)[-1])
    assert queries.invitation_behind(second) is None
    assert queries.invitation_behind(third).role is MEMBER
    assert len(db.session.scalars(queries.invitations(scene[1])).all()) == 1


def test_what_ran_out_can_be_sent_again(scene):
    token, now = invite(*scene), clock.now()
    sent = queries.invitation_behind(token)
    with clock.at(now + timedelta(days=20)):
        service.resend_invitation(scene[0], sent, language="de")
        assert queries.invitation_behind(token_in(mails(ADDRESS)[-1])) is not None


def test_a_link_is_withdrawn(scene):
    token = invite(*scene)
    service.revoke_invitation(scene[0], queries.invitation_behind(token))
    assert queries.invitation_behind(token) is None


def test_owners_alone_invite(scene):
    _, organisation = scene
    for person in (make_user(), add_member(organisation, role=EDITOR), add_member(organisation)):
        with pytest.raises(Forbidden):
            service.invite(person, organisation, email=ADDRESS, role=MEMBER, language="de")


@pytest.mark.parametrize("known", ["nobody", "somebody", "a member"])
def test_inviting_looks_alike_whoever_has_the_address(scene, known):
    owner, organisation = scene
    if known != "nobody":
        eva = make_eva()
        if known == "a member":
            add_member(organisation, eva)
    assert service.invite(owner, organisation, email=ADDRESS, role=MEMBER, language="de") is None
    assert len(mails(ADDRESS)) == 1
    [listed] = db.session.scalars(queries.invitations(organisation)).all()
    assert listed.email_key == ADDRESS


def test_the_mail_is_in_the_language_of_who_gets_it(scene):
    owner, organisation = scene
    make_eva(language="en")
    for address in (ADDRESS, "neu@example.org"):
        service.invite(owner, organisation, email=address, role=MEMBER, language="de")
    known, unknown = mails()
    assert "Hello," in known.text
    assert "Hello," not in unknown.text or "Guten Tag" in unknown.text


def test_a_member_who_accepts_stays_what_they_are(scene):
    eva = add_member(scene[1], make_eva(), OWNER)
    token = invite(*scene, role=MEMBER)
    assert service.accept_invitation(eva, queries.invitation_behind(token)) is False
    assert roles(scene[1])[eva.id] is OWNER


def test_declining_uses_the_link_up(scene):
    token, eva = invite(*scene), make_eva()
    service.decline_invitation(eva, queries.invitation_behind(token))
    assert queries.invitation_behind(token) is None
    assert eva.id not in roles(scene[1])


def test_an_open_request_is_settled_by_the_invitation(inside):
    owner, eva = make_user(), make_eva()
    organisation = make_organisation(owner)
    service.ask_to_join(eva, organisation, message="Bitte")
    token = invite(owner, organisation)
    service.accept_invitation(eva, queries.invitation_behind(token))
    assert queries.open_request(eva, organisation) is None


def test_nobody_is_flooded(scene):
    for _ in range(3):
        invite(*scene)
    with pytest.raises(TooMany):
        invite(*scene)
    for _ in range(2):
        owner = make_user()
        other = make_organisation(owner)
        for _ in range(3):
            invite(owner, other)
    owner = make_user()
    other = make_organisation(owner)
    invite(owner, other)
    with pytest.raises(TooMany):
        invite(owner, other)


def test_only_the_hash_of_a_link_is_kept(scene):
    token = invite(*scene)
    kept = db.session.scalars(select(OrganisationInvitation.token_hash)).one()
    assert token not in kept
    assert len(kept) == 64


def test_old_invitations_are_forgotten_with_their_addresses(scene):
    invite(*scene)
    now = clock.now()
    with clock.at(now + timedelta(days=30)):
        assert service.forget_expired(scene[0]) == 0
    with clock.at(now + timedelta(days=45)):
        assert service.forget_expired(scene[0]) == 1
