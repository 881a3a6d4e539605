"""The directory costs the same however many organisations there are, and whatever they did."""

from __future__ import annotations

import pytest

from civic.comments import service as comments
from civic.contributions import service as contributions
from civic.core import paging
from civic.core.clock import now
from civic.core.db import db
from civic.directory import queries
from civic.organisations import queries as organisations
from civic.organisations.models import (
    Joining,
    Organisation,
    OrganisationKind,
    OrganisationLogEntry,
    OrganisationMember,
    OrganisationRole,
)
from tests.contributions.test_publishing import submit
from tests.ideas.test_listing import Queries
from tests.make import make_idea, make_municipality, make_user
from tests.make_organisations import add_member, make_organisation


def slugs(cursor="", size=3):
    found = queries.listing(queries.Filters())
    return paging.window(found, organisations.BY_NAME, cursor, size)


def test_pages_neither_repeat_nor_lose_one_and_lead_back(inside):
    for letter in "hebgcda":
        make_organisation(name=f"{letter.upper()} Verein")
    seen, cursors, cursor = [], [], ""
    while True:
        window = slugs(cursor)
        seen += [card.name[0] for card in window.items]
        cursors.append(window.previous)
        if not window.next:
            break
        cursor = window.next
    assert seen == sorted("HEBGCDA")
    assert [card.name[0] for card in slugs(cursors[-1]).items] == ["D", "E", "G"]


def test_umlauts_stand_beside_their_letters(inside):
    for name in ("Zebraverein", "Ökoverein", "Ofenverein", "Anglerverein"):
        make_organisation(name=name)
    assert [card.name for card in slugs(size=9).items] == [
        "Anglerverein", "Ökoverein", "Ofenverein", "Zebraverein",
    ]  # fmt: skip


def test_members_come_by_role_and_by_how_long_they_are_there(inside):
    owner = make_user("A")
    found = make_organisation(owner)
    for name, role in (("D", "member"), ("B", "owner"), ("C", "editor"), ("E", "member")):
        add_member(found, make_user(name), OrganisationRole(role))
    seen, cursor = [], ""
    while True:
        people = organisations.members(found)
        window = paging.window(people, organisations.BY_RANK, cursor, 2)
        seen += [row.OrganisationMember.user.name for row in window.items]
        if not window.next:
            break
        cursor = window.next
    assert seen == list("ABCDE")


@pytest.fixture
def filled(app):
    """A function that adds organisations, and to one of them members, lines and ideas; fast."""

    def fill(number):
        with app.app_context():
            owner, town = make_user(), make_municipality()
            first = make_organisation(owner, town, joining=Joining.OPEN)
            for n in range(number - 1):
                db.session.add(
                    Organisation(
                        kind=OrganisationKind.COMPANY, name=f"Firma {n}", name_key=f"firma{n}",
                        slug=f"firma-{n}", municipality_id=town.id, renderer_version=1,
                        created_at=now(), joining=Joining.OPEN,
                    )
                )  # fmt: skip
            idea = submit(owner, first)
            people = [make_user() for _ in range(min(number, 60))]
            for n, person in enumerate(people):
                db.session.add(
                    OrganisationMember(
                        organisation_id=first.id, user_id=person.id,
                        role=OrganisationRole.MEMBER, joined_at=now(),
                    )
                )  # fmt: skip
                db.session.add(
                    OrganisationLogEntry(
                        organisation_id=first.id, at=now(), actor_id=person.id,
                        verb="organisation.published", detail=f"#{idea.id + n}",
                    )
                )  # fmt: skip
            for _ in range(1, min(number, 15)):
                later = make_idea(municipality=town, organisation_id=first.id)
                contributions.descend(later.author, later, [idea])
            db.session.commit()
            page = f"/organisationen/{first.id}-{first.slug}"
            return owner.id, page, f"/organisationen/{first.id}", idea.id

    return fill


@pytest.mark.parametrize("number", [10, 1000])
def test_query_budgets_do_not_grow(app, browser, filled, number):
    owner, page, inner, idea = filled(number)
    idea_page = browser.get(f"/ideen/{idea}", 301).location
    for url, budget in (
        ("/organisationen", 8),
        ("/organisationen?q=Firma&art=company", 8),
        (page, 8),
        (idea_page, 14),
    ):
        browser.get(url)
        with Queries(app) as sent:
            browser.get(url)
        assert sent.number <= budget, f"{url}: {sent.number}"
    browser.sign_in(owner)
    for url, budget in ((f"{inner}/mitglieder", 10), (f"{inner}/protokoll", 10), (page, 14)):
        browser.get(url)
        with Queries(app) as sent:
            browser.get(url)
        assert sent.number <= budget, f"{url}: {sent.number}"


@pytest.mark.parametrize("number", [1, 20])
def test_a_thread_of_organisations_costs_the_same(app, browser, number):
    """Each comment in the name of another organisation, read by a visitor and by a member."""
    with app.app_context():
        idea = make_idea()
        from_many = [make_user() for _ in range(number)]
        viewer = from_many[0].id
        for person in from_many:
            _say(person, idea)
        url = f"/beitraege/{idea.id}/kommentare"
        db.session.commit()
    counts = []
    for sign_in in (False, True):
        if sign_in:
            browser.sign_in(viewer)
        browser.get(url)
        with Queries(app) as sent:
            browser.get(url)
        counts.append(sent.number)
    assert counts[0] <= 6
    assert counts[1] <= 12


def _say(person, idea):
    named = make_organisation(person)
    comments.add_comment(person, idea, body=f"Das sagt {named.name}.", organisation=named)
