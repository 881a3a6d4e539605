"""Rules of an organisation's life: beginning, people, last owners, requests, the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from civic.accounts.models import Role
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, Outdated, RuleBroken, TooMany
from civic.organisations import queries, service
from civic.organisations.models import (
    Joining,
    Organisation,
    OrganisationKind,
    OrganisationLogEntry,
    OrganisationRequest,
    OrganisationRole,
    RequestState,
)
from tests.make import make_municipality, make_user
from tests.make_organisations import add_member, make_organisation
from tests.organisations.post import mails

OWNER, EDITOR, MEMBER = OrganisationRole


def standing(name="Bürgerverein Moosbach e. V.", **changes):
    values = {
        "name": name,
        "kind": OrganisationKind.ASSOCIATION,
        "municipality": changes.pop("municipality", None) or make_municipality(),
        "joining": Joining.REQUEST,
    }
    return service.Standing(**(values | changes))


def roles(organisation):
    db.session.expire(organisation, ("members",))
    return {m.user_id: m.role for m in organisation.members}


def verbs(organisation):
    return list(
        db.session.scalars(
            select(OrganisationLogEntry.verb)
            .where(OrganisationLogEntry.organisation_id == organisation.id)
            .order_by(OrganisationLogEntry.id)
        )
    )


# -- beginning and changing ------------------------------------------------------------------


def test_who_opens_an_organisation_owns_it(inside):
    person = make_user()
    words = service.Words(description="Wir *pflegen* den Park.", website="example.org")
    found = service.found_organisation(person, standing(), words)
    assert roles(found) == {person.id: OWNER}
    assert (found.slug, found.is_verified) == ("buergerverein-moosbach-e-v", False)
    assert (found.summary, found.website) == ("Wir pflegen den Park.", "https://example.org")
    assert verbs(found) == ["organisation.founded"]


def test_an_unconfirmed_account_opens_none(inside):
    with pytest.raises(Forbidden):
        service.found_organisation(make_user(confirmed=False), standing(), service.Words())


@pytest.mark.parametrize(
    "twin",
    [
        "Bürgerverein Moosbach",
        "BÜRGERVEREIN  MOOSBACH",
        "Burgerverein Moosbach",
        "Bürgervere1n-Moosbach",
    ],
)
def test_no_two_names_look_alike(inside, twin):
    make_organisation(name="Bürgerverein Moosbach")
    with pytest.raises(RuleBroken) as broken:
        service.found_organisation(make_user(), standing(twin), service.Words())
    assert broken.value.field == "name"


@pytest.mark.parametrize(
    ("changes", "words", "field"),
    [
        ({"name": "A"}, {}, "name"),
        ({"name": "Verein\u200b Moosbach"}, {}, "name"),
        ({"name": "Verein 😀"}, {}, "name"),
        ({"name": "V" * 121}, {}, "name"),
        ({"kind": OrganisationKind.ADMINISTRATION}, {}, "kind"),
        ({}, {"website": "javascript:alert(1)"}, "website"),
        ({}, {"website": "https://ex ample.org"}, "website"),
        ({}, {"website": "https://good.example@evil.example"}, "website"),
        ({}, {"website": "https://[::1"}, "website"),
        ({}, {"contact_email": "nobody"}, "contact_email"),
        ({}, {"contact_phone": "ask me"}, "contact_phone"),
    ],
)
def test_what_cannot_be_said_is_refused_at_its_field(inside, changes, words, field):
    with pytest.raises(RuleBroken) as broken:
        service.found_organisation(make_user(), standing(**changes), service.Words(**words))
    assert broken.value.field == field
    assert db.session.scalar(select(Organisation.id)) is None


@pytest.mark.parametrize(
    "name", ["Müller & Söhne (in Gründung)", "Verein „Wir im Dorf“ e. V.", "TU 4+1 / Labor"]
)
def test_names_of_organisations_have_more_signs_than_those_of_people(inside, name):
    assert service.found_organisation(make_user(), standing(name), service.Words()).name == name


def test_a_name_without_latin_letters_has_an_address_too(inside):
    assert make_organisation(name="Добрые соседи").slug == "organisation"


def test_nobody_calls_an_association_like_a_municipality(inside):
    town = make_municipality("Lindfurt", slug="lindfurt", title="Stadt Lindfurt")
    for name in ("Lindfurt", "Stadt Lindfurt"):
        with pytest.raises(RuleBroken):
            service.found_organisation(
                make_user(), standing(name, municipality=town), service.Words()
            )
    staff = make_user(roles=[(Role.STAFF, town)])
    office = standing("Stadt Lindfurt", municipality=town, kind=OrganisationKind.ADMINISTRATION)
    assert service.found_organisation(staff, office, service.Words()).name == "Stadt Lindfurt"


def test_a_municipality_that_does_not_take_part_is_no_home(inside):
    place = make_municipality(is_active=False)
    with pytest.raises(RuleBroken) as broken:
        service.found_organisation(make_user(), standing(municipality=place), service.Words())
    assert broken.value.field == "municipality"


def test_nobody_opens_organisations_in_series(inside):
    person = make_user()
    for n in range(5):
        service.found_organisation(person, standing(f"Verein Nummer {n}"), service.Words())
    with pytest.raises(TooMany):
        service.found_organisation(person, standing("Noch ein Verein"), service.Words())


def test_an_editor_changes_the_words_and_not_the_name(inside):
    found = make_organisation()
    editor = add_member(found, role=EDITOR)
    service.edit_organisation(editor, found, service.Words(contact_name="Vorstand"))
    assert found.contact_name == "Vorstand"
    with pytest.raises(Forbidden):
        service.edit_organisation(editor, found, service.Words(), standing("Ganz anders"))


@pytest.mark.parametrize(
    ("changes", "goes"),
    [
        ({}, False),
        ({"joining": Joining.OPEN}, False),
        ({"name": "Ein anderer Verein"}, True),
        ({"kind": OrganisationKind.COMPANY}, True),
        ({"municipality": True}, True),
    ],
)
def test_another_name_kind_or_home_is_not_what_was_confirmed(inside, changes, goes):
    owner = make_user()
    found = make_organisation(owner, verified_at=clock.now())
    if "municipality" in changes:
        changes = {"municipality": make_municipality()}
    new = standing(found.name, municipality=found.municipality, joining=found.joining)
    said = service.edit_organisation(owner, found, service.Words(), new._replace(**changes))
    assert said is goes
    assert found.is_verified is not goes


# -- coming and going ------------------------------------------------------------------------


def test_into_an_open_organisation_everybody_walks(inside):
    found, person = make_organisation(joining=Joining.OPEN), make_user()
    service.join_organisation(person, found)
    assert roles(found)[person.id] is MEMBER
    with pytest.raises(Forbidden):
        service.join_organisation(person, found)


def test_the_last_owner_does_not_vanish(inside):
    owner = make_user()
    found = make_organisation(owner)
    add_member(found, role=EDITOR)
    for act in (
        lambda: service.leave_organisation(owner, found),
        lambda: service.change_role(owner, found, owner.id, MEMBER),
        lambda: service.remove_member(owner, found, owner.id),
    ):
        with pytest.raises(RuleBroken):
            act()
    assert roles(found)[owner.id] is OWNER


@pytest.mark.parametrize("missing", ["blocked_at", "left_at"])
def test_an_owner_who_is_not_here_does_not_count(inside, missing):
    owner = make_user()
    found = make_organisation(owner)
    add_member(found, make_user(**{missing: clock.now()}), OWNER)
    with pytest.raises(RuleBroken):
        service.leave_organisation(owner, found)


def test_where_no_owner_can_sign_in_the_platform_names_another(inside):
    owner, admin = make_user(), make_user(roles=[(Role.ADMIN, None)])
    found = make_organisation(owner)
    member = add_member(found)
    with pytest.raises(Forbidden):
        service.change_role(admin, found, member.id, OWNER)
    owner.blocked_at = clock.now()
    service.change_role(admin, found, member.id, OWNER)
    assert roles(found)[member.id] is OWNER
    with pytest.raises(Forbidden):
        service.remove_member(admin, found, owner.id)


def test_of_two_owners_one_may_go(inside):
    owner = make_user()
    found = make_organisation(owner)
    other = add_member(found, role=OWNER)
    service.leave_organisation(owner, found)
    assert roles(found) == {other.id: OWNER}
    with pytest.raises(RuleBroken):
        service.leave_organisation(other, found)


def test_handing_over(inside):
    owner = make_user()
    found = make_organisation(owner)
    heir = add_member(found)
    service.hand_over(owner, found, heir.id)
    assert roles(found) == {owner.id: EDITOR, heir.id: OWNER}
    assert len(mails(heir.email)) == 1
    service.leave_organisation(owner, found)


def test_nobody_hands_over_to_themselves_or_to_a_stranger(inside):
    owner = make_user()
    found = make_organisation(owner)
    with pytest.raises(RuleBroken):
        service.hand_over(owner, found, owner.id)
    with pytest.raises(Missing):
        service.hand_over(owner, found, make_user().id)
    blocked = add_member(found, make_user(blocked_at=clock.now()))
    with pytest.raises(RuleBroken):
        service.hand_over(owner, found, blocked.id)


def test_who_is_removed_is_told(inside):
    owner = make_user()
    found = make_organisation(owner)
    member = add_member(found)
    service.remove_member(owner, found, member.id)
    assert member.id not in roles(found)
    assert found.name in mails(member.email)[0].subject
    assert verbs(found)[-1] == "organisation.member_removed"


@pytest.mark.parametrize("role", [EDITOR, MEMBER])
def test_owners_alone_decide_about_people(inside, role):
    found = make_organisation()
    person, other = add_member(found, role=role), add_member(found)
    for act in (
        lambda: service.change_role(person, found, other.id, EDITOR),
        lambda: service.remove_member(person, found, other.id),
        lambda: service.hand_over(person, found, other.id),
        lambda: service.close_organisation(person, found),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_role_is_written_down(inside):
    owner = make_user()
    found = make_organisation(owner)
    member = add_member(found)
    assert service.change_role(owner, found, member.id, EDITOR)
    assert not service.change_role(owner, found, member.id, EDITOR)
    entry = db.session.scalars(queries.log(found).order_by(OrganisationLogEntry.id)).all()[-1]
    assert (entry.verb, entry.detail) == ("organisation.role_changed", "editor")
    assert (entry.actor_id, entry.person_id) == (owner.id, member.id)


# -- asking ----------------------------------------------------------------------------------


def test_who_asks_is_answered_by_mail(inside):
    owner, person = make_user(), make_user()
    found = make_organisation(owner)
    assert service.ask_to_join(person, found, message="Ich gärtnere gern.")
    assert not service.ask_to_join(person, found, message="Noch einmal")
    assert len(mails(owner.email)) == 1
    assert "Ich gärtnere gern." in mails(owner.email)[0].text
    asked = queries.open_request(person, found)
    service.answer_request(owner, asked, is_accepted=True, answer="Willkommen!")
    assert roles(found)[person.id] is MEMBER
    assert "Willkommen!" in mails(person.email)[0].text


def test_declining_needs_a_word(inside):
    owner, person = make_user(), make_user()
    found = make_organisation(owner)
    service.ask_to_join(person, found, message="Bitte")
    asked = queries.open_request(person, found)
    with pytest.raises(RuleBroken) as broken:
        service.answer_request(owner, asked, is_accepted=False, answer="")
    assert broken.value.field == "answer"
    service.answer_request(owner, asked, is_accepted=False, answer="Wir sind voll.")
    assert person.id not in roles(found)
    assert "Wir sind voll." in mails(person.email)[0].text
    assert service.ask_to_join(person, found, message="Und jetzt?")


def test_a_request_is_answered_once(inside):
    owner, person = make_user(), make_user()
    found = make_organisation(owner)
    service.ask_to_join(person, found, message="Bitte")
    asked = queries.open_request(person, found)
    service.withdraw_request(person, asked)
    assert asked.state is RequestState.WITHDRAWN
    with pytest.raises(RuleBroken):
        service.answer_request(owner, asked, is_accepted=True, answer="")
    assert person.id not in roles(found)


def test_nobody_withdraws_the_request_of_another(inside):
    found, person = make_organisation(), make_user()
    service.ask_to_join(person, found, message="Bitte")
    with pytest.raises(Forbidden):
        service.withdraw_request(make_user(), queries.open_request(person, found))


def test_nobody_asks_in_series(inside):
    person = make_user()
    for _ in range(10):
        service.ask_to_join(person, make_organisation(), message="Bitte")
    with pytest.raises(TooMany):
        service.ask_to_join(person, make_organisation(), message="Bitte")


# -- confirmed by the municipality -----------------------------------------------------------


def test_the_administration_confirms_and_takes_it_back(inside):
    owner = make_user()
    found = make_organisation(owner)
    staff = make_user(roles=[(Role.STAFF, found.municipality)])
    service.verify_organisation(staff, found)
    service.verify_organisation(staff, found)
    assert found.is_verified
    assert len(mails(owner.email)) == 1
    with pytest.raises(RuleBroken):
        service.withdraw_verification(staff, found, reason="Nein.")
    service.withdraw_verification(staff, found, reason="Den Vorstand gibt es nicht mehr.")
    assert not found.is_verified
    assert "Den Vorstand gibt es nicht mehr." in mails(owner.email)[1].text
    assert verbs(found)[1:] == ["organisation.verified", "organisation.unverified"]


def test_what_was_read_is_what_is_confirmed(inside):
    found = make_organisation()
    staff = make_user(roles=[(Role.STAFF, found.municipality)])
    seen = queries.standing_of(found)
    found.name, found.name_key = "Stadtwerke Au", "stadtwerke au"
    with pytest.raises(Outdated):
        service.verify_organisation(staff, found, seen=seen)
    assert not found.is_verified
    service.verify_organisation(staff, found, seen=queries.standing_of(found))
    assert found.is_verified


def test_nobody_confirms_their_own_association(inside):
    found = make_organisation()
    staff = add_member(found, make_user(roles=[(Role.STAFF, found.municipality)]))
    with pytest.raises(Forbidden):
        service.verify_organisation(staff, found)


# -- the end ---------------------------------------------------------------------------------


def test_closing_ends_what_is_open(inside):
    owner, person = make_user(), make_user()
    found = make_organisation(owner, verified_at=clock.now())
    service.ask_to_join(person, found, message="Bitte")
    service.invite(owner, found, email="eva@example.org", role=MEMBER, language="de")
    service.close_organisation(owner, found)
    assert (found.is_closed, found.is_verified) == (True, False)
    asked = db.session.scalars(select(OrganisationRequest)).one()
    assert asked.state is RequestState.DECLINED
    assert db.session.scalars(queries.invitations(found)).all() == []
    with pytest.raises(Forbidden):
        service.ask_to_join(make_user(), found, message="Bitte")
    with pytest.raises(Forbidden):
        service.invite(owner, found, email="eva@example.org", role=MEMBER, language="de")
    service.leave_organisation(owner, found)


def test_who_runs_the_platform_may_close_it_and_the_owners_are_told(inside):
    owner, admin = make_user(), make_user(roles=[(Role.ADMIN, None)])
    found = make_organisation(owner)
    service.close_organisation(admin, found)
    assert found.is_closed
    assert found.name in mails(owner.email)[0].subject


def test_nobody_speaks_for_a_closed_organisation(inside):
    owner = make_user()
    open_one = make_organisation(owner)
    make_organisation(owner, closed_at=clock.now())
    assert [o.id for o in queries.speaking_for(owner)] == [open_one.id]


def test_who_may_speak_for_what(inside):
    person = make_user()
    named = {role: make_organisation() for role in OrganisationRole}
    for role, found in named.items():
        add_member(found, person, role)
    assert {o.id for o in queries.speaking_for(person)} == {named[OWNER].id, named[EDITOR].id}
    assert queries.speaking_for(make_user()) == []


def test_descriptions_are_rendered_anew(inside):
    found = make_organisation(description="**fett**", renderer_version=0, description_html="")
    assert service.render_anew(found) == 1
    assert found.description_html == "<p><strong>fett</strong></p>\n"


# -- leaving the platform --------------------------------------------------------------------


def forget(person, *, erase=False):
    service.forget_member(person, erase=erase)
    db.session.expire_all()


def test_an_organisation_passes_to_the_editor_who_is_there_longest(inside):
    owner = make_user()
    found = make_organisation(owner)
    now = clock.now()
    add_member(found, joined_at=now - timedelta(days=99))
    add_member(found, role=EDITOR, joined_at=now - timedelta(days=1))
    heir = add_member(found, role=EDITOR, joined_at=now - timedelta(days=9))
    add_member(found, make_user(blocked_at=now), EDITOR, joined_at=now - timedelta(days=50))
    forget(owner)
    assert owner.id not in roles(found)
    assert roles(found)[heir.id] is OWNER
    assert found.name in mails(heir.email)[0].subject
    assert verbs(found)[-1] == "organisation.inherited"


def test_without_editors_it_passes_to_a_member(inside):
    owner = make_user()
    found = make_organisation(owner)
    heir = add_member(found)
    forget(owner)
    assert roles(found) == {heir.id: OWNER}


def test_with_nobody_left_it_is_closed(inside):
    owner = make_user()
    found = make_organisation(owner)
    add_member(found, make_user(blocked_at=clock.now()))
    forget(owner)
    assert found.is_closed


def test_with_another_owner_nothing_changes_hands(inside):
    owner = make_user()
    found = make_organisation(owner)
    other, editor = add_member(found, role=OWNER), add_member(found, role=EDITOR)
    forget(owner)
    assert roles(found) == {other.id: OWNER, editor.id: EDITOR}


def test_what_a_person_asked_and_was_offered_goes_with_them(inside):
    owner, person = make_user(), make_user()
    found = make_organisation(owner)
    service.ask_to_join(person, found, message="Mein Name ist Hase")
    service.invite(owner, found, email=person.email, role=MEMBER, language="de")
    forget(person)
    assert db.session.scalars(select(OrganisationRequest)).all() == []
    assert db.session.scalars(queries.invitations(found)).all() == []


@pytest.mark.parametrize("erase", [True, False])
def test_the_log_keeps_the_line_and_with_erase_not_the_person(inside, erase):
    owner, person = make_user(), make_user()
    found = make_organisation(owner, joining=Joining.OPEN)
    service.join_organisation(person, found)
    forget(person, erase=erase)
    entry = next(e for e in db.session.scalars(queries.log(found)) if e.verb.endswith("joined"))
    assert entry.actor_id == (None if erase else person.id)
