"""The first screen says what moves now and where an answer is due."""

from datetime import timedelta

import pytest
from sqlalchemy import event

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
    moving = queries.screen(WORDS).moving
    assert [word for word, _ in moving] == ["neu"]


def test_each_list_names_its_first(inside):
    """In their own order, whatever the others found, and one idea further where it was shown."""
    now = clock.now()
    for hours in (3, 2, 1):
        ago = now - timedelta(hours=hours)
        make_idea(title=f"Beantwortet vor {hours}", answered_at=ago, published_at=ago, trend=0.0)
    for trend in (2.0, 9.0, 5.0):
        ago = now - timedelta(days=trend)
        make_idea(title=f"Gefragt mit {trend}", published_at=ago, trend=trend)
    moving = [(word, card.title) for word, card in queries.screen(WORDS).moving]
    assert moving == [
        ("neu", "Beantwortet vor 1"),
        ("gefragt", "Gefragt mit 9.0"),
        ("beantwortet", "Beantwortet vor 2"),
    ]


@pytest.mark.parametrize("unseen", [{"hidden_at": clock.now()}, {"published_at": None}])
def test_what_nobody_may_see_is_in_none_of_the_lists(inside, unseen):
    today = clock.today()
    make_idea(answered_at=clock.now(), trend=9e9, **unseen)
    for days in (-1, 1):
        make_idea(answer_due_on=today + timedelta(days=days), trend=9e9, **unseen)
    assert queries.screen(WORDS) == queries.Screen([], [], 0, 0, 0, 0)


def test_two_ways_to_the_database(inside):
    """It may be far away: 200 ms there and back are half a second so, and were 1.2 s with six."""
    make_idea()
    sent = []

    def note(*given):
        sent.append(given[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        queries.screen(WORDS)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len([word for word in sent if word.startswith("SELECT")]) == 2


def test_the_board_shows_silence_and_what_is_due_next(inside):
    today = clock.today()
    for days in (-30, -20, -1, 3, 9, 20):
        make_idea(title=f"Antwort in {days} Tagen", answer_due_on=today + timedelta(days=days))
    make_idea(title="Schon beantwortet", answered_at=clock.now())
    make_idea(title="Ohne Versprechen", answer_due_on=None)
    titles = [item.title for item in queries.screen(WORDS).board]
    assert titles == [f"Antwort in {days} Tagen" for days in (-1, -20, 3, 9)]


def test_the_page_names_numbers_and_leads_on(app, browser):
    with app.app_context():
        make_idea(municipality=make_municipality("Moosbach"))
        db.session.commit()
    page = browser.get("/")
    assert "1 Idee ansehen" in page.words
    assert any(a.get("href") == "/ideen/neu" for a in page.all("a"))
