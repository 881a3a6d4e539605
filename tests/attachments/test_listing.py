"""The list of files costs the same whatever is in it."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import event

from civic.core.db import db, transaction
from civic.ideas.models import Idea
from tests.make import make_idea, make_user
from tests.make_attachments import DOCUMENT, make_attachment

AUTHOR = 811


def statements_of(app: Flask, act) -> int:
    """How many questions an act asks the database."""
    told: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            told.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(told)


def test_the_page_of_files_costs_the_same_for_one_and_for_fifty(app, browser, media):
    with app.app_context(), transaction():
        idea = make_idea(make_user(id=AUTHOR))
        make_attachment(idea)
        url, idea_id = f"/beitraege/{idea.id}/anhaenge", idea.id
    browser.sign_in(AUTHOR)
    browser.get(url)
    few = statements_of(app, lambda: browser.get(url))
    with app.app_context(), transaction():
        idea = db.session.get_one(Idea, idea_id)
        for number in range(49):
            make_attachment(idea, **(DOCUMENT if number % 2 else {}))
    many = statements_of(app, lambda: browser.get(url))
    assert few == many <= 8
