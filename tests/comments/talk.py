"""Threads to test with, and a count of the queries that a block runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import Engine, event, select

from civic.accounts.models import Role
from civic.comments import service
from civic.comments.models import Comment, CommentState
from civic.contributions.models import Contribution
from civic.core import clock, html
from civic.core.db import db, transaction
from tests.make import make_municipality, make_user

_numbers = count(1)


def say(about, author=None, body="", parent=None) -> Comment:
    """A comment through the service, by a new person where none is given."""
    body = body or f"Ein Gedanke, Nummer {next(_numbers)}."
    return service.add_comment(author or make_user(), about, body=body, parent=parent)


@transaction()
def many(about, author, number, *, parent=None, votes=()) -> list[Comment]:
    """Many comments at once, past the service (it would count and limit each)."""
    now = clock.now()
    made = [
        Comment(
            about_id=about.id,
            parent_id=parent.id if parent else None,
            author_id=author.id,
            municipality_id=about.municipality_id,
            title=about.title,
            state=CommentState.POSTED,
            body=f"Stimme {n}",
            body_html=f"<p>Stimme {n}</p>",
            summary=f"Stimme {n}",
            renderer_version=html.RENDERER_VERSION,
            created_at=now,
            published_at=now,
            vote_count=votes[n % len(votes)] if votes else 0,
        )
        for n in range(number)
    ]
    db.session.add_all(made)
    db.session.flush()  # in the order of the list, so the ids are as well
    assert [comment.id for comment in made] == sorted(comment.id for comment in made)
    for thing in filter(None, (about, parent)):
        thing.comment_count += number
    return made


def moderator_of(thing):
    return make_user(roles=[(Role.MODERATOR, thing.municipality)])


def town_with_staff(title="Stadt Lindfurt"):
    """A county and a town in it, and a person of the town's administration."""
    county = make_municipality(title="Landkreis Auental")
    town = make_municipality(title=title, parent=county)
    return county, town, make_user("Petra Voss", roles=[(Role.STAFF, town)])


def counted(thing) -> int:
    """The count as it stands in the database."""
    found = select(Contribution.comment_count).where(Contribution.id == thing.id)
    return db.session.scalar(found)


def later(**span):
    return clock.at(clock.now() + timedelta(**span))


class Statement(NamedTuple):
    """What a database was sent."""

    words: str
    values: Any


@contextmanager
def queries_run() -> Iterator[list[str]]:
    """The SELECTs of a block."""
    seen: list[str] = []
    with statements_run() as sent:
        yield seen
    seen += [each.words for each in sent]


@contextmanager
def statements_run() -> Iterator[list[Statement]]:
    """The SELECTs of a block with their values."""
    seen: list[Statement] = []

    def note(connection, cursor, statement, values, *rest):
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(Statement(statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
