"""The directory: the list with its filters, the page of an organisation, its log."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role, User
from civic.comments import service as comments
from civic.core import clock
from civic.core.db import db
from civic.ideas.models import Idea
from civic.moderation import service as moderation
from civic.municipalities.models import Municipality
from civic.organisations.models import OrganisationKind, OrganisationMember, OrganisationRole
from tests.contributions.test_publishing import submit
from tests.make import make_idea, make_municipality, make_user
from tests.make_organisations import add_member, make_organisation

LEFT_ALONE = 'id="left_alone"'


@pytest.fixture
def scene(app):
    """A county with a town and a village, an organisation in each, and one that is closed."""
    with app.app_context():
        kreis = make_municipality("Auental", slug="auental")
        town = make_municipality("Lindfurt", parent=kreis, slug="lindfurt")
        owner = make_user("Ada Autorin")
        verein = make_organisation(
            owner, town, name="Ökologischer Verein", description="Wir pflanzen Bäume.",
            verified_at=clock.now(),
        )  # fmt: skip
        make_organisation(None, kreis, name="Firma Muster", kind=OrganisationKind.COMPANY)
        make_organisation(name="Anderswo e. V.")
        make_organisation(name="Gab es einmal", closed_at=clock.now())
        idea = submit(owner, verein)
        said = comments.add_comment(owner, make_idea(), body="Wir helfen mit.", organisation=verein)
        ids = {"owner": owner.id, "idea": idea.id, "said": said.id, "town": idea.municipality_id}
        ids |= {"member": add_member(verein).id, "editor": add_member(
            verein, role=OrganisationRole.EDITOR
        ).id}  # fmt: skip
        db.session.commit()
        return ids | {
            "id": verein.id,
            "page": f"/organisationen/{verein.id}-oekologischer-verein",
            "log": f"/organisationen/{verein.id}/protokoll",
        }


def names(page):
    return [
        "".join(a.itertext()) for h3 in page.all("h3", class_="card__title") for a in h3.iter("a")
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Anderswo e. V.", "Firma Muster", "Ökologischer Verein"]),
        ("q=verein", ["Ökologischer Verein"]),
        ("q=oekologisch", ["Ökologischer Verein"]),
        ("q=B%C3%A4ume+pflanzen", ["Ökologischer Verein"]),
        ("kommune=lindfurt", ["Ökologischer Verein"]),
        ("kommune=auental", ["Firma Muster", "Ökologischer Verein"]),
        ("art=company", ["Firma Muster"]),
        ("bestaetigt=y", ["Ökologischer Verein"]),
        ("bestaetigt=y&art=company", []),
        ("q=Gab+es", []),
        (
            "art=erfunden&kommune=nirgends&nach=%25",
            ["Anderswo e. V.", "Firma Muster", "Ökologischer Verein"],
        ),
    ],
)  # fmt: skip
def test_filters(scene, browser, query, found):
    assert names(browser.get(f"/organisationen?{query}")) == found


def test_the_list_is_a_page_and_a_fragment(scene, browser):
    page = browser.get("/organisationen")
    assert "public" in page.headers["Cache-Control"]
    assert "Set-Cookie" not in page.headers
    part = browser.get("/organisationen?art=company", fragment=True)
    assert part.text.lstrip().startswith('<section class="results" id="organisation_list"')
    assert names(part) == ["Firma Muster"]


def test_nothing_found_shows_ways_on(scene, browser):
    page = browser.get("/organisationen?q=Schwimmbad")
    results = page.one("section", id="organisation_list")
    assert any(a.get("href") == "/organisationen" for a in results.iter("a"))


def test_an_old_slug_leads_to_the_present_address(scene, browser):
    for slug in ("", "-frueher"):
        page = browser.get(f"/organisationen/{scene['id']}{slug}", 301)
        assert page.location == scene["page"]
    browser.get("/organisationen/999999", 404)


def test_strangers_see_what_was_published_and_nobody_inside(scene, browser):
    page = browser.get(scene["page"])
    assert "public" in page.headers["Cache-Control"]
    assert len(names(page)) == 1
    assert "Ada Autorin" not in page.text
    assert not [a for a in page.all("a") if "/protokoll" in (a.get("href") or "")]


def test_the_person_is_nowhere_in_public(scene, browser):
    """Page, list, feeds, thread and permalink name the organisation alone."""
    idea = browser.get(f"/ideen/{scene['idea']}", 301).location
    for url in (
        idea, "/ideen", "/", "/feeds/ideen.atom", f"/feeds/beitraege/{scene['idea']}.atom",
        f"/ideen/{scene['idea']}/fassungen", f"/kommentare/{scene['said']}",
    ):  # fmt: skip
        text = browser.get(url).text
        assert "Ada Autorin" not in text, url
    for url in (idea, f"/kommentare/{scene['said']}"):
        links = {a.get("href") for a in browser.get(url).all("a")}
        assert scene["page"] in links


def test_the_moderation_and_the_person_see_who_it_was(app, scene, browser):
    with app.app_context():
        town = db.session.get_one(Municipality, scene["town"])
        moderator = make_user(roles=[(Role.MODERATOR, town)]).id
        db.session.commit()
    idea = browser.get(f"/ideen/{scene['idea']}", 301).location
    for person, sees in ((moderator, True), (scene["owner"], True), (scene["member"], False)):
        browser.sign_in(person)
        main = browser.get(idea).one("main")
        assert ("Ada Autorin" in "".join(main.itertext())) is sees


def test_members_read_in_the_log_who_published_what(scene, browser):
    browser.get(scene["log"], 302)
    browser.sign_in(scene["member"])
    page = browser.get(scene["log"])
    assert "Ada Autorin" in page.words
    links = {a.get("href") for a in page.all("a")}
    assert f"/kommentare/{scene['said']}" in links
    assert any((link or "").startswith(f"/ideen/{scene['idea']}-") for link in links)


def test_what_was_hidden_leads_nowhere(app, scene, browser):
    with app.app_context():
        idea = db.session.get_one(Idea, scene["idea"])
        moderator = make_user(roles=[(Role.MODERATOR, idea.municipality)])
        moderation.hide(moderator, idea, reason="Werbung für ein Geschäft")
        db.session.commit()
    assert names(browser.get(scene["page"])) == []
    browser.sign_in(scene["member"])
    links = {a.get("href") for a in browser.get(scene["log"]).one("main").iter("a")}
    assert not any((link or "").startswith("/ideen/") for link in links)


def test_in_whose_name_is_chosen_where_somebody_may(app, scene, browser):
    new, idea = "/ideen/neu", browser.get(f"/ideen/{scene['idea']}", 301).location
    for person, has_choice in (("owner", True), ("editor", True), ("member", False)):
        browser.sign_in(scene[person])
        for url in (new, idea, f"/kommentare/{scene['said']}/antworten"):
            values = [
                option.get("value")
                for select in browser.get(url).all("select", name="organisation")
                for option in select.iter("option")
            ]
            assert values == (["", str(scene["id"])] if has_choice else [])
    browser.sign_in(scene["owner"])
    chosen = browser.get(f"{new}?organisation={scene['id']}").one("select", name="organisation")
    assert [o.get("value") for o in chosen.iter("option") if o.get("selected") is not None] == [
        str(scene["id"])
    ]


def test_the_draft_of_an_idea_keeps_in_whose_name_it_shall_be(app, scene, browser):
    url, own = "/ideen/neu", str(scene["id"])
    browser.sign_in(scene["editor"])
    browser.post(url, title="Halb fertig", body="", organisation=own, draft="1")
    assert chosen_name(browser.get(url)) == [own]
    browser.post("/ideen/entwurf", 200, fragment=True, title="Halb fertig", organisation="")
    assert chosen_name(browser.get(url)) in ([""], [])
    browser.post("/ideen/entwurf", 200, fragment=True, title="Halb fertig", organisation=own)
    with app.app_context():
        lose_the_right(scene["id"], scene["editor"])
    page = browser.post(url, 422, title="Halb fertig", body="")  # the page was open meanwhile
    assert "In diesem Namen können Sie nicht mehr veröffentlichen" in page.words


def chosen_name(page):
    options = page.one("select", name="organisation").iter("option")
    return [o.get("value") for o in options if o.get("selected") is not None]


def lose_the_right(id, person):
    member = db.session.get(OrganisationMember, (id, person))
    member.role = OrganisationRole.MEMBER
    db.session.commit()


def test_members_are_told_who_helps_where_no_owner_can_sign_in(app, scene, browser):
    with app.app_context():
        admin = make_user(roles=[(Role.ADMIN, None)]).id
        db.session.get(User, scene["owner"]).blocked_at = clock.now()
        db.session.commit()
    assert LEFT_ALONE not in browser.get(scene["page"]).text
    browser.sign_in(scene["member"])
    assert LEFT_ALONE in browser.get(scene["page"]).text
    browser.sign_in(admin)
    assert LEFT_ALONE in browser.get(scene["page"]).text
    role = f"/organisationen/{scene['id']}/mitglieder/{scene['editor']}/rolle"
    browser.post(role, role="owner")
    assert LEFT_ALONE not in browser.get(scene["page"]).text


def test_a_name_in_which_one_may_not_speak_is_refused(scene, browser):
    idea = scene["idea"]
    browser.sign_in(scene["member"])
    page = browser.post(
        f"/beitraege/{idea}/kommentare",
        422,
        body="Im Namen von uns allen!",
        organisation=scene["id"],
    )
    assert "Im Namen von uns allen!" in page.text
    browser.sign_in(scene["editor"])
    browser.post(
        f"/beitraege/{idea}/kommentare", body="Im Namen von uns allen!", organisation=scene["id"]
    )


def test_an_editor_takes_back_what_was_said_in_the_name(scene, browser):
    url = f"/kommentare/{scene['said']}"
    for person, status in (("member", 403), ("editor", 200)):
        browser.sign_in(scene[person])
        links = {a.get("href") for a in browser.get(url).all("a")}
        assert (f"{url}/entfernen" in links) is (status == 200)
        browser.get(f"{url}/entfernen", status)
    browser.post(f"{url}/entfernen")
