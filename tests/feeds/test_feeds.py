"""Feeds as reading programs see them: valid Atom, only what anybody may see, the same for all."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta

import html5lib
import pytest
from sqlalchemy import event

from civic.accounts import service as accounts
from civic.accounts.models import Role, User
from civic.activity.service import record
from civic.comments import service as comments
from civic.core import clock, html
from civic.core.db import db
from civic.feeds.address import legal
from civic.ideas import service as ideas
from civic.ideas.models import Idea, IdeaState, WithdrawalReason
from civic.moderation import service as moderation
from tests.browser.payloads import PAYLOADS
from tests.make import make_idea, make_municipality, make_topic, make_user

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
IDEAS = "/feeds/ideen.atom"


def parse(text):
    return ET.fromstring(text)  # noqa: S314 - the house itself wrote it


def faults_of(text):
    """What RFC 4287 does not allow in this document; the parser itself refuses broken XML."""
    feed = parse(text)
    assert feed.tag == ATOM + "feed"
    parts = (feed, *feed.findall(ATOM + "entry"))
    ids = [part.findtext(ATOM + "id") for part in parts]
    moments = [e.text for name in ("updated", "published") for e in feed.iter(ATOM + name)]
    named = [e for part in parts for e in part.findall(ATOM + "author")]
    checks = {
        "an element is missing or stands twice": all(map(is_complete, parts)),
        "a moment is in no time zone": all(datetime.fromisoformat(m).tzinfo for m in moments),
        "a link leads nowhere": all(
            e.get("href").startswith("http://localhost/") for e in feed.iter(ATOM + "link")
        ),
        "the feed does not say where it is": "self" in relations(feed),
        "a name is given twice": len(ids) == len(set(ids)),
        "a name is none": all(re.match(r"tag:[\w.]+,2026:/", str(id)) for id in ids),
        "nobody wrote it": feed.find(ATOM + "author") is not None
        and all(author.findtext(ATOM + "name") for author in named),
    }
    return [fault for fault, is_fine in checks.items() if not is_fine]


def is_complete(part):
    once = all(len(part.findall(ATOM + name)) == 1 for name in ("id", "title", "updated"))
    return once and "alternate" in relations(part)


def relations(part):
    return {e.get("rel") for e in part.findall(ATOM + "link")}


@pytest.fixture
def read(browser):
    """Fetches a feed, holds it against the RFC and gives its root."""

    def fetch(url, **headers):
        page = browser.get(url, headers=headers)
        assert page.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        assert not faults_of(page.response.data)
        return parse(page.response.data)

    return fetch


def titles(feed):
    return [e.findtext(ATOM + "title") for e in feed.findall(ATOM + "entry")]


def link(element, rel):
    return next(e.get("href") for e in element.findall(ATOM + "link") if e.get("rel") == rel)


@pytest.fixture
def scene(app):
    """A county with a village, each with an idea, and one of a stranger town."""
    with app.app_context():
        county = make_municipality("Auental", slug="auental", title="Landkreis Auental")
        village = make_municipality("Moosbach", slug="moosbach", parent=county)
        topic = make_topic("unterwegs", name_de="Unterwegs", name_en="Getting around")
        author = make_user("Selin Kaya")
        first = ideas.submit_idea(
            author,
            village,
            title="Ein Radweg nach Lindfurt",
            body="Der **Radweg** fehlt seit Jahren.\n\n[Alle Ideen](/ideen)",
            place="",
            slugs=[topic.slug],
        )
        second = make_idea(municipality=county, title="Bänke am Fluss")
        make_idea(title="Etwas ganz woanders")
        moderator = make_user(roles=[(Role.MODERATOR, county)])
        staff = make_user(roles=[(Role.STAFF, county)])
        return {
            "first": first.id,
            "second": second.id,
            "author": author.id,
            "moderator": moderator.id,
            "staff": staff.id,
        }


# -- the lists -------------------------------------------------------------------------------


def test_new_ideas_newest_first(scene, read):
    feed = read(IDEAS)
    assert titles(feed) == [
        "Etwas ganz woanders",
        "Bänke am Fluss",
        "Ein Radweg nach Lindfurt",
    ]
    entry = feed.findall(ATOM + "entry")[2]
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Selin Kaya"
    assert entry.findtext(ATOM + "summary") == "Der Radweg fehlt seit Jahren. Alle Ideen"
    content = entry.find(ATOM + "content")
    assert content.get("type") == "html"
    assert "<strong>Radweg</strong>" in content.text
    assert entry.find(ATOM + "category").get("term") == "Moosbach"
    assert entry.get(LANG) == "de"
    assert link(entry, "alternate") == (
        f"http://localhost/ideen/{scene['first']}-ein-radweg-nach-lindfurt"
    )
    assert entry.findtext(ATOM + "id") == f"tag:localhost,2026:/beitraege/{scene['first']}"


@pytest.mark.parametrize(
    ("query", "expected", "words"),
    [
        ("kommune=auental", 2, "Ideen · Auental"),
        ("kommune=moosbach", 1, "Ideen · Moosbach"),
        ("thema=unterwegs", 1, "Ideen · Unterwegs"),
        ("q=Radweg&status=open", 1, "Ideen · Offen · „Radweg“"),
        ("status=done", 0, "Ideen · Umgesetzt"),
        ("status=overdue", 0, "Ideen · Antwort überfällig"),
        ("", 3, "Ideen"),
    ],
)
@pytest.mark.usefixtures("scene")
def test_the_filter_of_the_list_is_that_of_the_feed(read, query, expected, words):
    tail = f"?{query}" if query else ""
    feed = read(f"{IDEAS}{tail}")
    assert len(titles(feed)) == expected
    assert feed.findtext(ATOM + "title") == f"{words} – Zukunftsmacher"
    assert link(feed, "self") == f"http://localhost{IDEAS}{tail}"
    assert link(feed, "alternate") == f"http://localhost/ideen{tail}"


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("kommune=Landkreis+Auental&status=x", "?kommune=auental"),
        ("status=x&kommune=nirgends&thema=nichts&eigene=y&gemerkt=y&nach=x", ""),
    ],
)
@pytest.mark.usefixtures("scene")
def test_an_address_is_put_in_its_plain_form(read, query, meant):
    assert link(read(f"{IDEAS}?{query}"), "self") == f"http://localhost{IDEAS}{meant}"


def test_a_municipality_with_all_below_it(scene, read, browser):
    assert len(titles(read("/feeds/kommunen/auental.atom"))) == 2
    feed = read("/feeds/kommunen/moosbach.atom")
    assert titles(feed) == ["Ein Radweg nach Lindfurt"]
    assert "Radweg" in feed.findtext(f"{ATOM}entry/{ATOM}content")
    assert link(feed, "alternate") == "http://localhost/kommunen/moosbach"
    browser.get("/feeds/kommunen/nirgends.atom", 404)


def test_a_feed_ends_at_thirty_entries(app, read):
    with app.app_context():
        town, begin = make_municipality(), clock.now()
        for n in range(33):
            with clock.at(begin + timedelta(minutes=n)):
                make_idea(municipality=town, title=f"Eine Idee mit der Nummer {n:02}")
    found = titles(read(IDEAS))
    assert (len(found), found[0], found[-1]) == (
        30,
        "Eine Idee mit der Nummer 32",
        "Eine Idee mit der Nummer 03",
    )


def test_comments_are_no_entries_of_a_list_and_have_no_feed(app, scene, read, browser):
    with app.app_context():
        idea = db.session.get_one(Idea, scene["first"])
        said = comments.add_comment(make_user(), idea, body="Das finde ich auch gut.")
        number = said.id
    assert len(titles(read("/feeds/kommunen/auental.atom"))) == 2
    browser.get(f"/feeds/beitraege/{number}.atom", 404)


def test_a_former_member_has_no_name(app, scene, read):
    with app.app_context():
        gone = db.session.get_one(User, scene["author"])
        admin = make_user(roles=[(Role.ADMIN, None)])
        accounts.leave_again(admin, gone, erase=False, forget=[])
    assert "Selin" not in ET.tostring(read(IDEAS), "unicode")


# -- one thing -------------------------------------------------------------------------------


def test_what_happened_to_one_thing(app, scene, read):
    with app.app_context():
        idea = db.session.get_one(Idea, scene["first"])
        staff, author = (db.session.get_one(User, scene[name]) for name in ("staff", "author"))
        later = clock.now() + timedelta(minutes=1)
        with clock.at(later):
            ideas.decide_idea(
                staff,
                idea,
                state=IdeaState.TAKEN_UP,
                reason="Wir **bauen** den Weg im Jahr 2027 zusammen mit dem Kreis.",
            )
        with clock.at(later + timedelta(minutes=1)):
            ideas.withdraw_idea(author, idea, code=WithdrawalReason.STARTED, text="")
    feed = read(f"/feeds/beitraege/{scene['first']}.atom")
    assert titles(feed) == [
        "Von der Person zurückgezogen, die sie eingereicht hat",
        "Die Verwaltung greift die Idee auf",
        "Idee eingereicht",
    ]
    taken_back, answer, submitted = feed.findall(ATOM + "entry")
    assert taken_back.findtext(ATOM + "summary") == "Daran wird schon gearbeitet"
    assert (
        answer.findtext(ATOM + "summary")
        == "Wir bauen den Weg im Jahr 2027 zusammen mit dem Kreis."
    )
    assert "<strong>bauen</strong>" in answer.findtext(ATOM + "content")
    assert submitted.findtext(f"{ATOM}author/{ATOM}name") == "Selin Kaya"
    assert "Ein Radweg nach Lindfurt" in feed.findtext(ATOM + "title")
    assert feed.findtext(ATOM + "updated") == taken_back.findtext(ATOM + "updated")


def test_only_public_acts_and_public_words(app, scene, read):
    """The reason for showing a thing again is between author and moderation."""
    with app.app_context():
        idea = db.session.get_one(Idea, scene["first"])
        moderator = db.session.get_one(User, scene["moderator"])
        moderation.hide(moderator, idea, reason="Bitte einmal ohne Namen.")
        moderation.restore(moderator, idea, reason="Geheime Überlegung der Moderation.")
    text = ET.tostring(read(f"/feeds/beitraege/{scene['first']}.atom"), "unicode")
    assert "Bitte einmal ohne Namen." in text
    assert "Geheime" not in text


@pytest.mark.parametrize("who", ["nobody", "author", "moderator"])
def test_what_is_hidden_is_in_no_feed_whoever_asks(app, scene, browser, read, who):
    with app.app_context():
        moderator = db.session.get_one(User, scene["moderator"])
        moderation.hide(moderator, db.session.get_one(Idea, scene["first"]), reason="Werbung hier")
    if who != "nobody":
        browser.sign_in(scene[who])
    for url in (IDEAS, "/feeds/kommunen/auental.atom", f"{IDEAS}?q=Radweg"):
        assert "Radweg nach" not in " ".join(titles(read(url)))
    browser.get(f"/feeds/beitraege/{scene['first']}.atom", 404)


def test_an_unknown_thing_has_no_feed(browser):
    browser.get("/feeds/beitraege/999999.atom", 404)
    browser.get("/feeds/beitraege/x.atom", 404)


# -- the form --------------------------------------------------------------------------------


def test_whatever_people_write_stays_text(app, read):
    """Each pattern as title and as body: the reader gets it back as words, no element more."""
    with app.app_context():
        town = make_municipality()
        for number, payload in enumerate(PAYLOADS[:30]):
            text = payload.numbered(number)
            title, body = f"Titel {number} {text}"[:200], f"{text} und dazu noch viel mehr Text"
            make_idea(municipality=town, title=title, body=body)
    feed = read(IDEAS)
    assert len(titles(feed)) == 30
    assert any("<script>" in title for title in titles(feed))
    words = "feed id title updated published link author name uri entry category summary content"
    assert {e.tag.removeprefix(ATOM) for e in feed.iter()} <= set(words.split())
    for content in feed.iter(ATOM + "content"):
        for element in html5lib.parseFragment(content.text, namespaceHTMLElements=False).iter():
            assert element.tag in {*html.TAGS, "DOCUMENT_FRAGMENT"}, content.text
            assert element.attrib.keys() <= {"href", "rel"}, content.text
            assert not element.get("href", "").lower().strip().startswith("java"), content.text


def test_characters_that_xml_does_not_know_are_left_out(app, read):
    with app.app_context():
        make_idea(title="Ein\x0bRad\x1f\ufffeweg\x08 für 🚲 alle")
    assert titles(read(IDEAS)) == ["EinRadweg für 🚲 alle"]


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_each_of_them_would_break_the_parser(bad):
    with pytest.raises((ET.ParseError, UnicodeEncodeError)):
        parse(f"<a>{bad}</a>")
    assert legal(f"<a>{bad}\t\n\u0085 ä🚲</a>") == "<a>\t\n\u0085 ä🚲</a>"


def test_a_fault_would_be_found():
    assert faults_of(f'<feed xmlns="{ATOM[1:-1]}"><id>1</id><title/></feed>')


def test_an_empty_feed_is_one(read):
    feed = read(f"{IDEAS}?status=done")
    assert titles(feed) == []
    assert feed.findtext(ATOM + "updated") == "2026-01-01T00:00:00+00:00"


def test_the_language_is_that_of_the_address_or_the_page(scene, read, browser):
    feed = read(f"{IDEAS}?status=open&sprache=en")
    assert (feed.get(LANG), feed.findtext(ATOM + "title")) == (
        "en",
        "Ideas · Open – Zukunftsmacher",
    )
    assert link(feed, "self") == f"http://localhost{IDEAS}?status=open&sprache=en"
    assert read(f"{IDEAS}?sprache=xx").get(LANG) == "de"
    browser.get("/sprache/en?next=/ideen", 303)
    assert read(IDEAS).get(LANG) == "en"
    assert browser.get("/ideen").one("link", rel="alternate").get("href") == f"{IDEAS}?sprache=en"


# -- asking again ----------------------------------------------------------------------------


def test_asking_again_costs_nothing_until_something_is_new(app, scene, browser):
    first = browser.get(IDEAS)
    assert first.headers["Cache-Control"] == "public, max-age=5"
    assert "Set-Cookie" not in first.headers
    etag, since = first.headers["ETag"], first.headers["Last-Modified"]
    browser.get(IDEAS, 304, headers={"If-None-Match": etag})
    browser.get(IDEAS, 304, headers={"If-Modified-Since": since})
    with app.app_context(), clock.at(clock.now() + timedelta(minutes=1)):
        make_idea(title="Eine neue Idee für alle")
    browser.get(IDEAS, headers={"If-None-Match": etag})
    browser.get(IDEAS, headers={"If-Modified-Since": since})


@pytest.mark.parametrize("number", [1, 12])
def test_a_feed_asks_as_often_for_many_as_for_one(app, browser, number):
    with app.app_context():
        town = make_municipality(slug="lindfurt")
        for n in range(number):
            idea = make_idea(municipality=town, title=f"Eine Idee mit der Nummer {n:02}")
        for _ in range(number):
            record(make_user(), "idea.in_review", idea, note="Wir **prüfen** das.")
        address = f"/feeds/beitraege/{idea.id}.atom"
    budgets = {
        IDEAS: 2,
        f"{IDEAS}?kommune=lindfurt&status=open&q=Idee": 3,
        "/feeds/kommunen/lindfurt.atom": 3,
        address: 2,
    }
    for url, budget in budgets.items():
        assert queries_of(app, lambda url=url: browser.get(url)) == budget, url


def queries_of(app, ask):
    with app.app_context():
        engine = db.engine
    seen = []

    def note(connection, cursor, statement, *rest):
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


# -- where they are found --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/ideen", IDEAS),
        ("/ideen?kommune=moosbach&sortierung=diskutiert&nach=x", f"{IDEAS}?kommune=moosbach"),
        ("/kommunen/moosbach", "/feeds/kommunen/moosbach.atom"),
    ],
)
def test_pages_link_to_their_feed(scene, browser, page, feed):
    found = browser.get(page)
    assert found.one("link", rel="alternate").get("href") == feed
    assert found.one("a", href=feed)


def test_an_idea_links_to_its_feed_unless_it_is_hidden(app, scene, browser):
    url, feed = f"/ideen/{scene['first']}", f"/feeds/beitraege/{scene['first']}.atom"
    page = browser.get(browser.get(url, 301).location)
    assert page.one("link", rel="alternate").get("href") == feed
    with app.app_context():
        moderator = db.session.get_one(User, scene["moderator"])
        moderation.hide(moderator, db.session.get_one(Idea, scene["first"]), reason="Werbung hier")
    browser.sign_in(scene["moderator"])
    page = browser.get(browser.get(url, 301).location)
    assert feed not in page.text
