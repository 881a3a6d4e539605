"""The pages: the list, the choices, the link in mails, saved searches, the delivery log."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from civic.accounts.models import Role, User
from civic.contributions.models import Hiding
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.outbox import Mail
from civic.follows import service as follows
from civic.ideas.models import Idea
from civic.notifications import service
from civic.notifications.address import unsubscribe_link
from civic.notifications.models import Category, MailStep, Notice, Way
from civic.notifications.queries import lists
from tests.client import words_of
from tests.make import make_idea, make_municipality, make_user
from tests.notifications.post import answer, notices, say, work_off

LIST = "/konto/mitteilungen"


@pytest.fixture
def world(app):
    """An idea with an author, a follower and an administration; ids by name."""
    with app.app_context():
        town = make_municipality("Lindfurt")
        idea = make_idea(make_user("Selin Kaya"), town)
        people = {
            "author": idea.author,
            "follower": make_user("Stille Person"),
            "staff": make_user("Frau Amtmann", roles=[(Role.STAFF, town)]),
            "moderator": make_user(roles=[(Role.MODERATOR, town)]),
            "member": make_user(),
        }
        follows.follow(people["follower"], idea)
        say(make_user("Jonas Weber"), idea, "Am Friedhof fehlt auch Licht.")
        answer(people["staff"], idea, words="Wir stellen drei Bänke auf.")
        work_off()
        return {name: user.id for name, user in people.items()} | {"idea": idea.id}


def the(app, model, id):
    return db.session.get_one(model, id)


def unread(app, id) -> int:
    with app.app_context():
        return db.session.get_one(User, id).unread_notices


def test_the_list_puts_notices_together_and_the_header_counts_them(app, browser, world):
    browser.sign_in(world["author"])
    page = browser.get(LIST)
    assert len(page.all("li", class_="notices__group")) == 1
    lines = [words_of(line) for line in page.all("li", class_="notices__line")]
    assert len(lines) == 2
    assert "Wir stellen drei Bänke auf." in lines[0]
    assert "Jonas Weber" in lines[1]
    assert "Am Friedhof fehlt auch Licht." in lines[1]
    badges = page.all("span", class_="notice-count")
    assert len(badges) == 3  # tools, menu, and the menu's own word on a phone
    assert all("2" in words_of(badge) for badge in badges)
    browser.sign_in(world["member"])
    page = browser.get(LIST)
    assert not page.all("span", class_="notice-count")
    assert page.one("div", class_="empty")


def test_opening_marks_read_and_leads_to_the_very_place(app, browser, world):
    with app.app_context():
        by_verb = {n.activity.verb: n.id for n in notices(the(app, User, world["author"]))}
    browser.sign_in(world["author"])
    browser.get(f"{LIST}/{by_verb['comment.added']}/oeffnen", 405)
    assert unread(app, world["author"]) == 2
    answered = browser.post(f"{LIST}/{by_verb['comment.added']}/oeffnen")
    assert "#comment_" in answered.location
    assert unread(app, world["author"]) == 0
    assert browser.post(f"{LIST}/{by_verb['idea.taken_up']}/oeffnen").location.startswith("/ideen/")


def test_marking_read_works_with_and_without_htmx(app, browser, world):
    browser.sign_in(world["author"])
    form = browser.get(LIST).one("button", id=f"read_{world['idea']}")
    assert form is not None
    with app.app_context():
        latest = notices(the(app, User, world["author"]))[-1].id
    piece = browser.post(f"{LIST}/{latest}/gelesen", 200, fragment=True)
    assert piece.one("section", id="notice_list")
    assert not piece.all("li", class_="notices__line--new")
    assert unread(app, world["author"]) == 0
    browser.sign_in(world["follower"])
    assert browser.post(f"{LIST}/gelesen").location == LIST
    assert unread(app, world["follower"]) == 0


def test_the_notices_of_others_are_not_there(app, browser, world):
    with app.app_context():
        id = notices(the(app, User, world["author"]))[0].id
    browser.sign_in(world["member"])
    browser.post(f"{LIST}/{id}/oeffnen", 404)
    browser.post(f"{LIST}/{id}/gelesen", 404)
    browser.get(f"{LIST}/beitraege/{world['idea']}", 404)
    assert unread(app, world["author"]) == 2


def test_a_hidden_thing_is_named_as_such_and_nothing_of_it_is_shown(app, browser, world):
    with app.app_context(), transaction():
        idea = the(app, Idea, world["idea"])
        title = idea.title
        idea.hidden_at, idea.hidden_as = clock.now(), Hiding.MODERATED
    browser.sign_in(world["follower"])
    for address in (LIST, f"{LIST}/beitraege/{world['idea']}"):
        page = browser.get(address)
        assert title not in page.text
        assert "Friedhof" not in page.text
        assert "Bänke" not in page.text
    browser.sign_in(world["author"])
    assert title in browser.get(LIST).text  # their own


def test_a_hidden_comment_is_not_quoted(app, browser, world):
    with app.app_context(), transaction():
        talk = notices(the(app, User, world["author"]))[0].activity.contribution
        talk.hidden_at, talk.hidden_as = clock.now(), Hiding.MODERATED
    browser.sign_in(world["author"])
    page = browser.get(LIST)
    assert "Am Friedhof fehlt auch Licht." not in page.text
    assert "Wir stellen drei Bänke auf." in page.text


def test_all_about_one_thing_has_a_page(app, browser, world):
    with app.app_context():
        for number in range(6):
            say(make_user(), the(app, Idea, world["idea"]), f"Stimme Nummer {number}")
        work_off()
    browser.sign_in(world["author"])
    address = f"{LIST}/beitraege/{world['idea']}"
    assert any(a.get("href") == address for a in browser.get(LIST).all("a"))
    assert len(browser.get(address).all("li", class_="notices__line")) == 8


def test_the_list_costs_the_same_however_much_there_is(app, browser, world):
    def cost() -> int:
        statements = []
        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        browser.get(LIST)
        return len(statements)

    browser.sign_in(world["follower"])
    few = cost()
    with app.app_context():
        person = the(app, User, world["follower"])
        for number in range(8):
            idea = make_idea(title=f"Idee Nummer {number} im Kreis")
            follows.follow(person, idea)
            say(make_user(), idea)
        work_off()
    assert len(browser.get(LIST).all("li", class_="notices__group")) == 9
    assert cost() == few


def test_the_choices_are_kept(app, browser, world):
    browser.sign_in(world["member"])
    address = f"{LIST}/einstellungen"
    page = browser.get(address)
    assert len(page.all("select")) == len(page.all("input", type="checkbox")) == 8
    form = {f"way_{c.value}": "weekly" for c in Category if c is not Category.MODERATION}
    browser.post(address, listed_mention="y", **form)
    with app.app_context():
        kept = lists.preferences(the(app, User, world["member"]))
    assert {wish.way for wish in kept.values()} == {Way.WEEKLY}
    assert {category for category, wish in kept.items() if wish.is_listed} == {Category.MENTION}
    browser.post(address, 422, **(form | {"way_talk": "manchmal"}))


def link(app, person: int, category: Category | None = None) -> str:
    with app.app_context():
        return unsubscribe_link(person, category).removeprefix("http://localhost")


def test_one_click_ends_mails_without_signing_in_and_without_a_token(app, browser, world):
    address = link(app, world["author"], Category.TALK)
    page = browser.get(address)
    assert len(page.all("button", name="scope")) == 2
    assert "Set-Cookie" not in page.headers
    with app.app_context():
        assert lists.preferences(the(app, User, world["author"]))[Category.TALK].way is Way.DAILY
    done = browser.client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200  # RFC 8058: no redirect
    with app.app_context():
        kept = lists.preferences(the(app, User, world["author"]))
    assert {category for category, wish in kept.items() if wish.way is Way.OFF} == {Category.TALK}
    browser.post(address, 200, token=False, scope="all")
    with app.app_context():
        kept = lists.preferences(the(app, User, world["author"]))
    assert {wish.way for wish in kept.values()} == {Way.OFF}


def test_a_forged_link_ends_nothing(app, browser, world):
    address = link(app, world["author"])
    for forged in (address[:-2] + "xx", "/mitteilungen/abbestellen/x", address.replace("/W", "/X")):
        browser.get(forged, 404)
        assert browser.client.post(forged).status_code == 404
    other = link(app, world["follower"])
    head, sign = address.rsplit("/", 1)[1].rsplit(".", 1), other.rsplit(".", 1)[1]
    browser.get(f"/mitteilungen/abbestellen/{head[0]}.{sign}", 404)


def test_only_the_link_in_mails_goes_without_a_token(browser, world):
    browser.sign_in(world["author"])
    assert browser.client.post(f"{LIST}/gelesen").status_code in {400, 403}


def test_saved_searches_have_a_page(app, browser, world):
    browser.sign_in(world["member"])
    assert browser.get("/konto/suchen").one("div", class_="empty")
    with app.app_context():
        person = the(app, User, world["member"])
        kept = service.subscribe(person, "ideas.index", {"q": ["Radweg"]}).id
    page = browser.get("/konto/suchen")
    [entry] = page.all("li", class_="notices__group")
    assert "Radweg" in words_of(entry)
    assert entry.find(".//a").get("href") == "/ideen?q=Radweg"
    browser.sign_in(world["author"])
    browser.post(f"/konto/suchen/{kept}/entfernen")
    browser.sign_in(world["member"])
    assert len(browser.get("/konto/suchen").all("li", class_="notices__group")) == 1
    browser.post(f"/konto/suchen/{kept}/entfernen")
    assert browser.get("/konto/suchen").one("div", class_="empty")


def test_the_log_says_who_was_told_and_what_became_of_the_mails(app, browser, world):
    with app.app_context(), transaction():
        mail = db.session.query(Mail).filter(Mail.unsubscribe != "").order_by(Mail.id).first()
        mail.state, mail.error = "failed", "550 no such user"
        notice = db.session.query(Notice).filter(Notice.step == MailStep.HANDED).first()
        assert notice is not None
    browser.sign_in(world["staff"])
    address = f"/beitraege/{world['idea']}/mitteilungen"
    page = browser.get(address)
    assert "Selin Kaya" in page.text
    assert "Stille Person" not in page.text  # follows in silence
    assert "550 no such user" in page.words
    rows = page.one("tbody").findall("tr")
    assert len(rows) == 6  # the new idea: one; the comment: two; the answer: three
    show = browser.get(browser.get(f"/ideen/{world['idea']}", 301).location)
    assert any(a.get("href") == address for a in show.all("a"))


@pytest.mark.parametrize(
    ("who", "status"), [("author", 403), ("member", 403), ("moderator", 200), ("staff", 200)]
)
def test_who_sees_the_log(browser, world, who, status):
    browser.sign_in(world[who])
    browser.get(f"/beitraege/{world['idea']}/mitteilungen", status)


def test_visitors_are_sent_to_sign_in(browser, world):
    for address in (LIST, f"{LIST}/einstellungen", "/konto/suchen"):
        assert "/anmelden" in browser.get(address, 302).location
    assert "/anmelden" in browser.post(f"{LIST}/gelesen", 302).location
