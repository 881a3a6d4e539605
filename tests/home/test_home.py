"""The first screen says what moves now and where an answer is due."""

from datetime import timedelta

from civic.accounts.models import Nobody
from civic.core import clock
from civic.core.db import db
from civic.home import queries
from tests.make import make_idea, make_municipality

WORDS = ("neu", "gefragt", "beantwortet")


def test_an_empty_house_invites(browser):
    page = browser.get("/")
    assert "Es gibt noch keine Idee" in page.words
    assert "Die Uhr läuft" not in page.words


def test_each_idea_moves_once(inside):
    make_idea(title="Die einzige Idee im Ort", answered_at=clock.now())
    moving = queries.screen(Nobody(), WORDS).moving
    assert [word for word, _ in moving] == ["neu"]


def test_the_board_shows_silence_and_what_is_due_next(inside):
    today = clock.today()
    for days in (-30, -20, -1, 3, 9, 20):
        make_idea(title=f"Antwort in {days} Tagen", answer_due_on=today + timedelta(days=days))
    make_idea(title="Schon beantwortet", answered_at=clock.now())
    make_idea(title="Ohne Versprechen", answer_due_on=None)
    titles = [item.title for item in queries.screen(Nobody(), WORDS).board]
    assert titles == [f"Antwort in {days} Tagen" for days in (-1, -20, 3, 9)]


def test_the_page_names_numbers_and_leads_on(app, browser):
    with app.app_context():
        make_idea(municipality=make_municipality("Moosbach"))
        db.session.commit()
    page = browser.get("/")
    assert "1 Idee ansehen" in page.words
    assert any(a.get("href") == "/ideen/neu" for a in page.all("a"))
