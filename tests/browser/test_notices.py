"""Two people and a case worker: who hears of what, when, by which way, and how to end it."""

from __future__ import annotations

from contextvars import Context
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from threading import Event

import pytest
from playwright.sync_api import Locator, Page, expect

from civic.app import create_app
from civic.config import Config
from civic.core import clock
from civic.core.db import db
from civic.core.work import runner
from tests.browser.harness import Look, axe, eventually, mails, sign_in, text_of
from tests.browser.server import Server, settings
from tests.browser.steps import follow, publish, submit

TITLE = "Ein Trinkbrunnen am Rathausplatz"
SELIN, ANTON, STAFF = "selin@example.org", "anton@example.org", "verwaltung@example.org"
ANSWER = "Wir prüfen bis zum Herbst, ob die Leitung unter dem Platz dafür reicht."


@pytest.fixture(params=[True, False], ids=["js", "nojs"])
def look(request):
    return Look(js=request.param)


def test_notices_from_a_saved_search_to_the_end_of_mails(open_page, live, look):
    anton, selin, staff = (open_page(None, look) for _ in range(3))
    for page, address in ((anton, ANTON), (selin, SELIN), (staff, STAFF)):
        sign_in(page, address)

    keep_a_search(anton)
    url = publish(selin, TITLE)
    hear_of_it_on_the_platform(anton, live)
    say(anton, url, "Gern mit einem Napf für Hunde.")
    link_to_the_end = be_written_to_at_once(live)
    answer(staff, url)
    assert ANSWER[:30] in text_of(first_about(live, ANTON))
    say(selin, url, "Ein Napf kommt dazu.")
    say(selin, url, "Wer weiß, wo die Leitung liegt?")
    get_one_digest_a_day(live, days=1)
    come_back(anton, ANTON)
    come_back(selin, SELIN)
    be_left_in_peace(anton, selin, live, url)
    end_mails_without_signing_in(open_page(None, look), link_to_the_end)
    come_back(selin, SELIN)
    stay_without_mails(anton, selin, live, url)
    come_back(staff, STAFF)
    come_back(anton, ANTON)
    read_who_was_told(staff, anton, url)
    let_the_search_go(anton)


def come_back(page: Page, address: str) -> None:
    """On another day, when a session is over unless it was begun late in the evening."""
    page.context.clear_cookies()
    sign_in(page, address)


def keep_a_search(anton: Page) -> None:
    anton.goto("/ideen?kommune=lindfurt&q=Trinkbrunnen")
    submit(anton, "/konto/suchen")
    expect(anton.locator("#messages")).to_contain_text("gemerkt")
    kept = anton.locator("#search_list .notices__group")
    expect(kept).to_have_count(1)
    expect(kept).to_contain_text("Trinkbrunnen")
    axe(anton)


def hear_of_it_on_the_platform(anton: Page, live: Server) -> None:
    """It stands there at once; the mail about it waits for the morning."""
    group = told(anton, 1)
    expect(group.get_by_role("link", name=TITLE)).to_be_visible()
    expect(group).to_contain_text("Selin Kaya")
    assert about(live, ANTON) == []
    axe(anton)


def say(page: Page, url: str, words: str) -> None:
    page.goto(url)
    page.locator("#comment_body").fill(words)
    page.locator("#comment_submit").click()
    expect(page.locator(".comment__body", has_text=words)).to_be_visible()


def be_written_to_at_once(live: Server) -> str:
    """The author hears of the comment in text and HTML; the link by which such mails end."""
    mail = first_about(live, SELIN)
    assert "Anton Reiter" in mail["Subject"]
    for kind in ("plain", "html"):
        assert "Napf für Hunde" in mail.get_body((kind,)).get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>")
    assert link.startswith(f"{live.base_url}/mitteilungen/abbestellen/")
    return link


def answer(staff: Page, url: str) -> None:
    staff.goto(url)
    follow(staff, "/entscheiden")
    staff.locator("[name=state][value=in_review]").check()
    staff.locator("[name=reason]").fill(ANSWER)
    submit(staff, "/entscheiden")
    expect(staff.locator("main")).to_contain_text(ANSWER)


def get_one_digest_a_day(live: Server, *, days: int) -> None:
    """Two comments come in one mail on the next morning, and no second one follows."""
    before = len(about(live, ANTON))
    for _ in range(2):
        work_at(live, days=days)
    [digest] = about(live, ANTON)[before:]
    text = text_of(digest)
    assert text.count(TITLE) == 1
    assert text.count("Selin Kaya schreibt einen Kommentar") == 2


def be_left_in_peace(anton: Page, selin: Page, live: Server, url: str) -> None:
    """One press, and what happens there is said no more."""
    group = told(anton, 4)
    group.locator('form[action$="/entfolgen"] button').click()
    expect(anton.locator("#messages")).to_contain_text("keine Mitteilungen mehr")
    expect(anton.locator("h1")).to_have_text("Mitteilungen")
    say(selin, url, "Der Bauhof weiß es.")
    before = len(about(live, ANTON))
    work_at(live, days=2)
    assert len(about(live, ANTON)) == before
    come_back(anton, ANTON)
    told(anton, 4)


def end_mails_without_signing_in(stranger: Page, link: str) -> None:
    stranger.goto(link)
    axe(stranger)
    stranger.locator("button[name=scope][value=one]").click()
    expect(stranger.locator("h1")).to_have_text("E-Mails abbestellt")


def stay_without_mails(anton: Page, selin: Page, live: Server, url: str) -> None:
    before = len(about(live, SELIN))
    say(anton, url, "Danke für die Auskunft.")
    expect(told(selin, 3)).to_contain_text("Anton Reiter")
    work_at(live, days=3)
    assert len(about(live, SELIN)) == before


def read_who_was_told(staff: Page, anton: Page, url: str) -> None:
    """The case worker sees what became of each notice; nobody else does."""
    staff.goto(url)
    follow(staff, "/mitteilungen")
    rows = staff.locator("#delivery_log tbody tr")
    selin = rows.filter(has_text="Selin Kaya")
    expect(selin.first).to_contain_text("möchte dazu keine E-Mails")
    expect(selin.last).to_contain_text("Versendet")
    expect(rows.filter(has_text="Eine Person mit einer gemerkten Suche")).to_have_count(1)
    axe(staff)
    refused = anton.goto(staff.url)
    assert refused.status == 403


def let_the_search_go(anton: Page) -> None:
    anton.goto("/konto/suchen")
    submit(anton, "/entfernen")
    expect(anton.locator("#search_list .notices__group")).to_have_count(0)


def told(page: Page, number: int) -> Locator:
    """Wait until so many notices stand in the list about one thing; the group of them."""

    def look() -> Locator | None:
        page.goto("/konto/mitteilungen")
        group = page.locator(".notices__group", has_text=TITLE)
        if not group.count():
            return None
        more = group.locator('a[href*="/konto/mitteilungen/beitraege/"]')
        if more.count():
            return group if f" {number} " in more.inner_text() else None
        return group if group.locator(".notices__line").count() == number else None

    return eventually(look, f"{number} notices")


def work_at(live: Server, *, days: int) -> None:
    """Let a worker do what is due some mornings later; the server itself stays in its day."""
    day = clock.today() + timedelta(days=days)
    morning = datetime.combine(day, time(7, 30), clock.HOME_ZONE)
    Context().run(_work, live, morning)  # a worker inherits nothing of the tests before


def _work(live: Server, moment: datetime) -> None:
    config = Config.from_env(settings(live.instance, live.base_url))
    app = create_app(config)
    with clock.at(moment):
        runner.run(app, config, Event(), once=True)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def about(live: Server, address: str) -> list[EmailMessage]:
    """The mails to a person about this idea, oldest first; the demo sends some of its own."""
    return [mail for mail in mails(live, address) if TITLE in text_of(mail)]


def first_about(live: Server, address: str) -> EmailMessage:
    return eventually(lambda: next(iter(about(live, address)), None), f"a mail to {address}")
