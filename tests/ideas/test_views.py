"""Pages of ideas: whole, as a fragment, refused; and what stays in the form."""

import pytest
from sqlalchemy import func, select

from civic.accounts.models import Role, User
from civic.core import clock
from civic.core.db import db
from civic.ideas.models import Idea, IdeaDraft, IdeaVersion
from civic.moderation import service as moderation
from civic.votes import service as votes
from tests.make import BODY, TITLE, make_idea, make_municipality, make_topic, make_user


@pytest.fixture
def scene(app):
    """An idea of an author, a member, a case worker and a moderator, by name."""
    with app.app_context():
        town = make_municipality("Moosbach", slug="moosbach")
        author = make_user("Ada Autorin")
        idea = make_idea(author, town)
        topic = make_topic("verkehr")
        people = {
            "author": author,
            "member": make_user(),
            "staff": make_user(roles=[(Role.STAFF, town)]),
            "moderator": make_user(roles=[(Role.MODERATOR, town)]),
        }
        db.session.commit()
        ids = {name: user.id for name, user in people.items()}
        return ids | {
            "idea": idea.id,
            "topic": topic.slug,
            "url": f"/ideen/{idea.id}-baenke-am-weg-zum-friedhof",
        }


def form_of(scene, **changes):
    return {
        "title": "Eine Bank am Brunnen",
        "body": BODY,
        "municipality": "moosbach",
        "place": "",
        "topics": scene["topic"],
    } | changes


def test_the_list_is_a_page_and_a_fragment(scene, browser):
    page = browser.get("/ideen")
    assert page.one("h1").text == "Ideen"
    assert TITLE in page.words
    part = browser.get("/ideen", fragment=True)
    assert part.text.lstrip().startswith('<section class="results" id="idea_list"')
    assert "<h1" not in part.text


def test_the_list_says_how_many_and_where_to_go_when_there_is_none(scene, browser):
    assert "1 Idee gefunden" in browser.get("/ideen?kommune=moosbach&status=open").words
    empty = browser.get("/ideen?q=Schwimmbad&status=done")
    assert "Keine Idee gefunden" in empty.words
    assert any(a.get("href") == "/ideen/neu?title=Schwimmbad" for a in empty.all("a"))


@pytest.mark.parametrize(
    "query",
    [
        "status=erfunden",
        "kommune=nirgends",
        "sortierung=x",
        "thema=gibt-es-nicht",
        "nach=%%%",
        "los=-1",
    ],
)
def test_values_that_no_list_offers_do_no_harm(scene, browser, query):
    browser.get(f"/ideen?{query}")


def test_anonymous_pages_may_be_cached_and_set_no_cookie(scene, browser):
    for url in ("/", "/ideen", scene["url"]):
        page = browser.get(url)
        assert "public" in page.headers["Cache-Control"]
        assert page.headers["ETag"]
        assert "Set-Cookie" not in page.headers
        browser.get(url, 304, headers={"If-None-Match": page.headers["ETag"]})
    browser.sign_in(scene["member"])
    assert "no-store" in browser.get("/ideen").headers["Cache-Control"]


def test_an_old_slug_leads_to_the_present_address(scene, browser):
    page = browser.get(f"/ideen/{scene['idea']}-frueherer-titel", 301)
    assert page.location == scene["url"]
    assert browser.get(f"/ideen/{scene['idea']}", 301).location == scene["url"]


def test_a_hidden_idea_is_unknown_to_strangers(app, scene, browser):
    with app.app_context():
        idea = db.session.get_one(Idea, scene["idea"])
        moderation.hide(
            db.session.get_one(User, scene["moderator"]), idea, reason="Werbung für etwas"
        )
    browser.get(scene["url"], 404)
    for name, status in (("member", 404), ("author", 200), ("moderator", 200)):
        browser.sign_in(scene[name])
        browser.get(scene["url"], status)


def test_a_stranger_is_sent_to_sign_in(browser, scene):
    assert browser.get("/ideen/neu", 302).location.startswith("/anmelden?next=")


def test_a_broken_rule_keeps_the_input_and_names_the_field(scene, browser):
    browser.sign_in(scene["author"])
    page = browser.post("/ideen/neu", 422, **form_of(scene, body="Zu kurz."))
    assert page.one("input", name="title").get("value") == "Eine Bank am Brunnen"
    assert page.one("textarea", name="body").get("aria-invalid") == "true"
    assert [a.get("href") for a in page.one("div", id="error_summary").iter("a")] == ["#body"]


def test_an_idea_is_published_once(app, scene, browser):
    browser.sign_in(scene["author"])
    page = browser.post("/ideen/neu", **form_of(scene))
    assert page.location.endswith("-eine-bank-am-brunnen")
    assert "veröffentlicht" in browser.get(page.location).words
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Idea)) == 2


def test_the_draft_is_found_again_and_seen_by_nobody_else(app, scene, browser):
    browser.sign_in(scene["author"])
    browser.post("/ideen/neu", **form_of(scene, title="Halb fertig", body="", draft="1"))
    form = browser.get("/ideen/neu")
    assert form.one("input", name="title").get("value") == "Halb fertig"
    assert form.one("select", name="municipality") is not None
    browser.sign_in(scene["member"])
    assert browser.get("/ideen/neu").one("input", name="title").get("value", "") == ""
    for url in ("/ideen", "/ideen?q=Halb", "/ideen/aehnlich?title=Halb+fertig"):
        assert "Halb fertig" not in browser.get(url).words.replace("„Halb fertig“", "")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(IdeaDraft)) == 1


def test_typing_saves_the_draft_and_shows_similar_ideas(scene, browser):
    browser.sign_in(scene["author"])
    part = browser.post("/ideen/entwurf", 200, fragment=True, **form_of(scene))
    assert part.one("p", id="draft_state") is not None
    part = browser.get("/ideen/aehnlich?title=B%C3%A4nke+Friedhof", fragment=True)
    assert TITLE in part.words


def test_the_preview_shows_the_text_as_it_will_look(scene, browser):
    browser.sign_in(scene["author"])
    part = browser.post("/ideen/vorschau", 200, fragment=True, body="**fett** <b>nicht</b>")
    assert "<strong>fett</strong>" in part.text
    assert "<b>" not in part.text


@pytest.mark.parametrize(
    ("act", "who"),
    [("bearbeiten", "author"), ("zurueckziehen", "author"), ("entscheiden", "staff")],
)
def test_who_reaches_what(scene, browser, act, who):
    for name in ("author", "member", "staff", "moderator"):
        browser.sign_in(scene[name])
        browser.get(f"/ideen/{scene['idea']}/{act}", 200 if name == who else 403)


def test_an_edit_of_an_old_version_is_refused_with_words(app, scene, browser):
    with app.app_context():
        votes.cast_vote(
            db.session.get_one(User, scene["member"]), db.session.get_one(Idea, scene["idea"])
        )
    browser.sign_in(scene["author"])
    url = f"/ideen/{scene['idea']}/bearbeiten"
    browser.post(url, **form_of(scene, body=BODY + " Neu.", seen="1"))
    late = form_of(scene, body=BODY + " Älter.")
    page = browser.post(url, 409, **late, seen="1")
    assert "während Sie geschrieben haben" in page.words
    assert page.one("textarea", name="body").text.strip() == late["body"]
    browser.post(url, **late, seen=page.one("input", name="seen").get("value"))


def test_the_answer_stands_on_the_page_with_name_and_reason(scene, browser):
    browser.sign_in(scene["staff"])
    url = f"/ideen/{scene['idea']}/entscheiden"
    assert (
        browser.post(url, 422, state="declined", reason="Nein.").one("textarea", name="reason").text
    )
    reason = "Der Weg gehört dem Landkreis, und der baut ihn ohnehin im nächsten Jahr um."
    browser.post(url, state="declined", reason=reason)
    browser.sign_out()
    page = browser.get(scene["url"])
    assert reason in page.words
    assert "Nicht aufgegriffen" in page.words


def test_versions_show_what_changed(app, scene, browser):
    with app.app_context():
        votes.cast_vote(
            db.session.get_one(User, scene["member"]), db.session.get_one(Idea, scene["idea"])
        )
    browser.sign_in(scene["author"])
    browser.post(
        f"/ideen/{scene['idea']}/bearbeiten",
        **form_of(scene, body=BODY + "\n\nDrei reichen.", seen="1"),
    )
    browser.sign_out()
    page = browser.get(f"/ideen/{scene['idea']}/fassungen")
    assert [e.text for e in page.all("ins")] == ["Eine Bank am Brunnen", "Drei reichen."]
    assert "1 Stimme für diesen Text" in page.words


def test_many_versions_are_read_page_by_page(app, scene, browser):
    with app.app_context():
        idea = db.session.get_one(Idea, scene["idea"])
        for number in range(2, 46):
            text = f"Fassung {number}: {BODY}"
            db.session.add(
                IdeaVersion(
                    idea_id=idea.id,
                    number=number,
                    title=idea.title,
                    body=text,
                    author_id=idea.author_id,
                    created_at=clock.now(),
                )
            )
        db.session.commit()
    url, seen, changes = f"/ideen/{scene['idea']}/fassungen", [], 0
    while url:
        page = browser.get(url)
        seen += [
            e.get("aria-labelledby")
            for e in page.all("section")
            if "version_" in e.get("aria-labelledby", "")
        ]
        changes += len(page.all("ins"))
        url = next((a.get("href") for a in page.all("a", rel="next")), "")
    assert len(seen) == len(set(seen)) == 45
    assert changes == 44  # each with the one before it, also where a page ends between them
