"""Pages and pieces: for a browser, for htmx, for those who may not, and for hostile words."""

from __future__ import annotations

import html
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from civic.comments import service
from civic.comments.models import Comment
from civic.core.db import db
from civic.moderation import service as moderation
from tests.client import words_of
from tests.comments.talk import counted, many, moderator_of, queries_run, say, town_with_staff
from tests.make import make_idea, make_user

REASON = "Persönlicher Angriff (Regel 2)."


@pytest.fixture
def talk(app):
    """An idea with a comment, an answer by the town and a person to sign in as; ids only."""
    with app.app_context():
        _, town, clerk = town_with_staff()
        idea = make_idea(municipality=town)
        anton = make_user("Anton Reiter")
        top = say(idea, anton, "Das wäre für mich **wichtig**.")
        answer = say(idea, clerk, "Danke, wir melden uns.", parent=top)
        return SimpleNamespace(
            idea=idea.id,
            author=idea.author_id,
            anton=anton.id,
            clerk=clerk.id,
            member=make_user("Selin Kaya").id,
            unconfirmed=make_user(confirmed=False).id,
            moderator=moderator_of(idea).id,
            top=top.id,
            answer=answer.id,
            list=f"/beitraege/{idea.id}/kommentare",
            page=f"/kommentare/{top.id}",
        )


def do(app, command, *ids, actor, **values):
    """Run a command of a service as somebody, outside of any request."""
    with app.app_context():
        person = db.session.get(type_of_people(), actor)
        command(person, *(db.session.get(Comment, id) for id in ids), **values)


def type_of_people():
    return Comment.author.property.mapper.class_


def links(page):
    return {a.get("href") for a in page.all("a")}


def bodies(app):
    with app.app_context():
        return db.session.scalars(select(Comment.body).order_by(Comment.id)).all()


# -- reading ---------------------------------------------------------------------------------


def test_a_visitor_reads_the_thread(browser, talk):
    page = browser.get(talk.list)
    assert words_of(page.one("h2", id="comment_thread_head")).startswith("2 ")
    top = page.one("article", id=f"comment_{talk.top}")
    assert "Das wäre für mich wichtig." in words_of(top)
    assert "Stadt Lindfurt" in words_of(page.one("article", id=f"comment_{talk.answer}"))
    assert f"/kommentare/{talk.top}" in links(page)


def test_a_page_for_visitors_sets_no_cookie(browser, talk):
    for url in (talk.list, talk.page):
        page = browser.get(url)
        assert "Set-Cookie" not in page.headers
        assert "csrf_token" not in page.text
        assert "public" in page.headers["Cache-Control"]
    assert not browser.get(talk.list).all("textarea")


def test_a_visitor_is_led_to_the_sign_in_and_back(browser, talk):
    page = browser.get(talk.list)
    back = [url for url in links(page) if url.startswith("/anmelden") and "next" in url]
    assert any("comment_form" in url for url in back)
    reply = browser.get(f"/kommentare/{talk.top}/antworten", 302)
    assert reply.location.startswith("/anmelden")


def test_htmx_gets_the_thread_alone(browser, talk):
    piece = browser.get(f"{talk.list}?sortierung=aelteste", fragment=True)
    assert piece.text.lstrip().startswith("<section")
    assert piece.one("section", id="comment_thread") is not None
    assert "HX-Request" in piece.headers["Vary"]


def test_nobody_wrote_yet(app, browser):
    with app.app_context():
        idea = make_idea().id
    page = browser.get(f"/beitraege/{idea}/kommentare")
    assert page.one("h3", class_="empty__title") is not None
    assert not page.all("nav", class_="sort")


@pytest.mark.parametrize("url", ["/beitraege/999999/kommentare", "/kommentare/999999"])
def test_what_is_not_there(browser, talk, url):
    browser.get(url, 404)


def test_a_comment_has_no_thread_of_its_own(browser, talk):
    browser.get(f"/beitraege/{talk.top}/kommentare", 404)
    browser.sign_in(talk.member)
    browser.post(f"/beitraege/{talk.top}/kommentare", 404, body="Falscher Ort")


def test_pages_of_a_long_thread(app, browser, talk):
    with app.app_context():
        about = db.session.get(Comment, talk.top).about
        many(about, make_user(), 30)
    page = browser.get(f"{talk.list}?sortierung=neueste")
    on = page.one("a", id="comment_page_on")
    assert on.get("href") == on.get("data-hx-get")  # with the anchor, to which htmx scrolls
    second = browser.get(on.get("href").removesuffix("#comment_thread"), fragment=True)
    assert len(page.all("article")) == 20
    assert len(second.all("article")) == 12
    assert second.one("a", id="comment_page_back") is not None
    assert not second.all("a", id="comment_page_on")


def test_the_page_of_one_comment(app, browser, talk):
    with app.app_context():
        top = db.session.get(Comment, talk.top)
        answers = [comment.id for comment in many(top.about, make_user(), 25, parent=top)]
    page = browser.get(talk.page)
    assert len(page.one("ul", id=f"comment_replies_{talk.top}").findall("li/article")) == 20
    assert any(url.startswith(f"/ideen/{talk.idea}-") for url in links(page))
    rest = page.one("a", id=f"comment_replies_{talk.top}_on").get("data-hx-get")
    piece = browser.get(rest, fragment=True)
    assert len(piece.one("ul", id=f"comment_replies_{talk.top}").findall("li/article")) == 6
    last = browser.get(f"/kommentare/{answers[-1]}")
    assert [a.get("id") for a in last.all("article")] == [
        f"comment_{talk.top}",
        f"comment_{answers[-1]}",
    ]
    assert talk.page in links(last)


def test_a_thread_unfolds_its_replies(app, browser, talk):
    with app.app_context():
        top = db.session.get(Comment, talk.top)
        many(top.about, make_user(), 7, parent=top)
    page = browser.get(talk.list)
    more = page.one("a", id=f"comment_replies_{talk.top}_on")
    assert words_of(more).startswith("3 ")
    assert more.get("data-hx-target") == f"#comment_replies_{talk.top}"
    piece = browser.get(more.get("data-hx-get"), fragment=True)
    assert len(piece.all("article")) == 8


def test_the_number_of_queries_does_not_grow(app, browser, talk):
    costs = []
    for size in (10, 1000):
        with app.app_context():
            about = make_idea()
            url = f"/beitraege/{about.id}/kommentare"
            for top in many(about, make_user(), size)[-30:]:
                many(about, make_user(), 7, parent=top)
        costs.append(cost_of(browser, url))
        browser.sign_in(talk.moderator)
        costs.append(cost_of(browser, url))
        browser.sign_out()
    assert costs[:2] == costs[2:]
    # more for the session, the votes, and the names in which one may speak
    assert [piece for piece, _ in costs[:2]] == [3, 6]


def cost_of(browser, url):
    """Queries of the piece that is this room's own, and of the whole page."""
    with queries_run() as piece:
        browser.get(url, fragment=True)
    with queries_run() as page:
        browser.get(url)
    return len(piece), len(page)


# -- saying ----------------------------------------------------------------------------------


def test_a_browser_is_sent_to_the_new_comment(app, browser, talk):
    browser.sign_in(talk.member)
    answer = browser.post(talk.list, body="Ich helfe mit.")
    path, _, anchor = answer.location.partition("#")
    assert path.startswith(f"/ideen/{talk.idea}-")
    page = browser.get(path)
    assert "Ich helfe mit." in words_of(page.one("article", id=anchor))


def test_htmx_gets_the_thread_with_the_new_comment_in_focus(browser, talk):
    browser.sign_in(talk.member)
    piece = browser.post(talk.list, 200, fragment=True, body="Ich helfe mit.")
    assert "Ich helfe mit." in words_of(next(li for li in piece.tree.iter("li") if focus(li)))
    assert piece.one("textarea", name="body").text in {None, ""}
    assert piece.one("div", id="messages") is not None


def focus(element):
    return element.get("data-focus") is not None


@pytest.mark.parametrize("body", ["", "   ", "x", "y" * 2001])
def test_what_was_typed_stays_with_its_mistake(app, browser, talk, body):
    browser.sign_in(talk.member)
    for fragment in (False, True):
        page = browser.post(talk.list, 422, fragment=fragment, body=body)
        box = page.one("textarea", name="body")
        assert (box.text or "").strip() == body.strip()
        assert box.get("aria-invalid") == "true"
        assert page.one("div", id="error_summary") is not None
    assert len(bodies(app)) == 2


def test_who_writes_too_fast_keeps_what_they_typed(browser, talk):
    browser.sign_in(talk.member)
    for n in range(20):
        browser.post(talk.list, 200, fragment=True, body=f"Nummer {n}")
    page = browser.post(talk.list, 429, body="Nummer 20")
    assert page.one("textarea", name="body").text.strip() == "Nummer 20"
    assert page.one("div", id="error_summary") is not None


def test_a_second_click_makes_no_second_comment(app, browser, talk):
    browser.sign_in(talk.member)
    first = browser.post(talk.list, body="Nur einmal")
    assert browser.post(talk.list, body="Nur einmal").location == first.location
    assert bodies(app).count("Nur einmal") == 1


def test_strangers_and_the_unconfirmed_are_refused(app, browser, talk):
    assert browser.post(talk.list, 302, body="Hallo").location.startswith("/anmelden")
    browser.sign_in(talk.unconfirmed)
    for url in (talk.list, f"/kommentare/{talk.top}/antworten"):
        for body in ("Hallo", ""):
            browser.post(url, 403, body=body)
    page = browser.get(talk.list)
    assert not page.all("textarea")
    assert "/konto" in links(page)
    assert len(bodies(app)) == 2


# -- answering -------------------------------------------------------------------------------


def test_answering_on_a_page_of_its_own(browser, talk):
    browser.sign_in(talk.member)
    url = f"/kommentare/{talk.answer}/antworten"
    page = browser.get(url)
    assert page.one("form", action=url, method="post") is not None
    answer = browser.post(url, body="Vielen Dank!")
    assert "#comment_" in answer.location
    thread = browser.get(talk.list)
    replies = thread.one("ul", id=f"comment_replies_{talk.top}")
    assert "Vielen Dank!" in words_of(replies)


def test_answering_in_place(browser, talk):
    browser.sign_in(talk.member)
    page = browser.get(talk.list)
    opener = page.one("a", id=f"comment_reply_{talk.top}_link")
    assert page.one("div", id=f"comment_reply_{talk.top}") is not None
    assert opener.get("data-hx-target") == f"#comment_reply_{talk.top}"
    form = browser.get(opener.get("data-hx-get"), fragment=True)
    assert form.one("div", id=f"comment_reply_{talk.top}") is not None
    assert form.one("textarea").get("id") == f"comment_reply_{talk.top}_body"
    cancel = next(a for a in form.all("a") if "schliessen" in a.get("data-hx-get", ""))
    closed = browser.get(cancel.get("data-hx-get"), fragment=True)
    assert closed.one("div", id=f"comment_reply_{talk.top}").find(".//form") is None
    assert browser.get(cancel.get("data-hx-get")).all("textarea")  # a browser gets its page
    assert cancel.get("href") == talk.page
    wrong = browser.post(opener.get("data-hx-get"), 422, fragment=True, body="")
    assert focus(wrong.one("textarea"))
    assert "HX-Retarget" not in wrong.headers
    done = browser.post(opener.get("data-hx-get"), 200, fragment=True, body="Gern.")
    assert done.headers["HX-Retarget"] == f"#comment_item_{talk.top}"
    item = done.one("li", id=f"comment_item_{talk.top}")
    assert "Gern." in words_of(next(li for li in item.iter("li") if focus(li)))


def test_an_answer_that_comes_too_late_keeps_its_words(app, browser, talk):
    browser.sign_in(talk.member)
    do(app, service.remove_comment, talk.top, actor=talk.anton)
    url = f"/kommentare/{talk.top}/antworten"
    browser.get(url, 403)
    for fragment in (False, True):
        page = browser.post(url, 422, fragment=fragment, body="Zu spät?")
        assert page.one("textarea").text.strip() == "Zu spät?"


def test_an_answer_shows_nothing_of_what_was_hidden(app, browser, talk):
    browser.sign_in(talk.member)
    do(app, moderation.hide, talk.top, actor=talk.moderator, reason=REASON)
    url = f"/kommentare/{talk.top}/antworten"
    browser.get(url, 403)
    for body in ("", "Ich antworte trotzdem."):
        for fragment in (False, True):
            page = browser.post(url, 422, fragment=fragment, body=body)
            assert "wichtig" not in page.text
            assert "Anton" not in page.text


# -- changing and taking back ----------------------------------------------------------------


def test_an_author_changes_a_comment(browser, talk):
    browser.sign_in(talk.anton)
    url = f"/kommentare/{talk.top}/bearbeiten"
    assert url in links(browser.get(talk.list))
    page = browser.get(url)
    assert page.one("textarea", name="body").text.strip() == "Das wäre für mich **wichtig**."
    again = browser.post(url, 422, body="")
    assert again.one("div", id="error_summary") is not None
    answer = browser.post(url, body="Das wäre mir **sehr** wichtig.")
    assert answer.location.endswith(f"#comment_{talk.top}")
    changed = browser.get(talk.list).one("article", id=f"comment_{talk.top}")
    assert "Das wäre mir sehr wichtig." in words_of(changed)


def test_an_author_removes_a_comment(app, browser, talk):
    browser.sign_in(talk.anton)
    url = f"/kommentare/{talk.top}/entfernen"
    page = browser.get(url)
    assert page.one("form", action=url) is not None
    assert "wichtig" in bodies(app)[0]
    browser.post(url)
    for viewer in (talk.anton, talk.moderator):
        browser.sign_in(viewer)
        thread = browser.get(talk.list)
        gone = thread.one("div", id=f"comment_{talk.top}")
        assert "wichtig" not in words_of(gone)
        assert "Anton" not in words_of(gone)
        assert thread.one("article", id=f"comment_{talk.answer}") is not None
    assert bodies(app)[0] == ""


@pytest.mark.parametrize("act", ["bearbeiten", "entfernen"])
def test_nobody_touches_what_others_said(browser, talk, act):
    url = f"/kommentare/{talk.top}/{act}"
    assert browser.get(url, 302).location.startswith("/anmelden")
    for person in (talk.member, talk.clerk, talk.moderator):
        browser.sign_in(person)
        assert url not in links(browser.get(talk.list))
        browser.get(url, 403)
        for body in ("Fremde Worte", ""):
            browser.post(url, 403, body=body)


# -- hidden ----------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["hide", "block"])
def test_hidden_words_are_for_the_author_and_the_moderation(app, browser, talk, act):
    do(app, getattr(moderation, act), talk.top, actor=talk.moderator, reason=REASON)
    for url in (talk.list, talk.page):
        for stranger in (None, talk.member, talk.clerk):
            browser.sign_out()
            if stranger:
                browser.sign_in(stranger)
            page = browser.get(url)
            place = page.one("div", id=f"comment_{talk.top}")
            assert "wichtig" not in page.text
            assert "Anton" not in page.text
            assert ("Regel 2" in words_of(place)) is (act == "hide")
        for insider in (talk.anton, talk.moderator):
            browser.sign_in(insider)
            place = browser.get(url).one("div", id=f"comment_{talk.top}")
            assert "wichtig" in words_of(place.find(".//details"))


def test_the_author_of_the_thing_is_marked(app, browser, talk):
    with app.app_context():
        about = db.session.get(Comment, talk.top).about
        mine = say(about, about.author).id
        assert counted(about) == 3
    page = browser.get(talk.list)
    assert page.one("article", id=f"comment_{mine}").find(".//span[@class='badge']") is not None
    other = page.one("article", id=f"comment_{talk.top}")
    assert other.find(".//span[@class='badge']") is None


# -- hostile words ---------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[klick](javascript:alert(1))",
    "[klick](data:text/html;base64,PHNjcmlwdD4=)",
    "![bild](https://boese.example/pixel.png)",
    '<a href="#" data-hx-get="/abmelden" data-hx-trigger="load">x</a>',
    '<form action="/konto/loeschen" method="post"><button>Weiter</button></form>',
    "<div hx-get='/x' hx-trigger='load'>da</div>",
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }} {% raw %}",
    "</textarea><script>alert(1)</script>",
    "<h1 id='comment_thread'>Titel</h1>",
    "# Große Überschrift\n\n###### kleine",
]


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_words_stay_words(app, browser, talk, body):
    browser.sign_in(talk.member)
    location = browser.post(talk.list, body=body).location
    number = location.rpartition("_")[2]
    for url in (talk.list, f"/kommentare/{number}", f"/kommentare/{number}/bearbeiten"):
        page = browser.get(url)
        assert "<script>alert" not in page.text
        assert "onerror=alert" not in html.unescape(page.text).replace(body, "")
        assert not [url for url in links(page) if url.startswith(("javascript:", "data:"))]
    said = browser.get(talk.list).one("article", id=f"comment_{number}")
    inside = said.find(".//div[@data-hx-ignore]")
    allowed = {"div", "p", "a", "h3", "h4", "br"}
    assert {element.tag for element in inside.iter()} <= allowed
    assert not [e for e in inside.iter() if any("hx-" in a or a == "id" for a in e.attrib)][1:]


def test_a_hostile_name_stays_a_name(app, browser, talk):
    with app.app_context():
        about = db.session.get(Comment, talk.top).about
        number = say(about, make_user("<b>Bobby</b>")).id
    article = browser.get(talk.list).one("article", id=f"comment_{number}")
    assert "<b>Bobby</b>" in words_of(article)
