"""Test data, one function a kind; through the services where they can."""

from __future__ import annotations

from itertools import count
from typing import Any

from sqlalchemy import text

from civic.accounts.models import Membership, Role, User
from civic.core import clock, names
from civic.core.db import db, transaction
from civic.core.redis import forget
from civic.core.work.models import Job, JobState
from civic.ideas import service as ideas
from civic.ideas.models import Idea
from civic.municipalities import queries as municipalities
from civic.municipalities.models import Municipality, MunicipalityKind
from civic.topics import queries as topics
from civic.topics.models import Topic

_numbers = count(1)


@transaction()
def make_municipality(
    name: str = "", *, parent: Municipality | None = None, **changes: Any
) -> Municipality:
    """An active municipality; below `parent` where one is given."""
    n = next(_numbers)
    kind = MunicipalityKind.GEMEINDE if parent else MunicipalityKind.KREIS
    town = Municipality(
        **{
            "kind": kind,
            "ars": f"99{n:010}",
            "ags": f"99{n:06}",
            "name": name or f"Ort {n}",
            "title": name or f"Ort {n}",
            "slug": f"ort-{n}",
            "population": 1000 + n,
            "is_active": True,
            "parent_id": parent.id if parent else None,
        }
        | changes
    )
    db.session.add(town)
    db.session.flush()
    town.path = f"{parent.path if parent else '/'}{town.id}/"
    forget(municipalities.CHOICES)
    return town


@transaction()
def make_user(
    name: str = "",
    *,
    roles: list[tuple[Role, Municipality | None]] | None = None,
    confirmed: bool = True,
    **changes: Any,
) -> User:
    """A confirmed account without a password."""
    n = next(_numbers)
    name = name or f"Person Nummer {n}"
    user = User(
        **{
            "email": f"person{n}@example.org",
            "email_key": f"person{n}@example.org",
            "name": name,
            "name_key": names.skeleton(name),
            "created_at": clock.now(),
            "confirmed_at": clock.now() if confirmed else None,
        }
        | changes
    )
    user.memberships = [Membership(role=r, municipality=m) for r, m in roles or []]
    db.session.add(user)
    db.session.flush()
    return user


@transaction()
def make_topic(slug: str = "", **changes: Any) -> Topic:
    """A topic for all municipalities."""
    n = next(_numbers)
    topic = Topic(
        **{"slug": slug or f"thema-{n}", "name_de": f"Thema {n}", "name_en": f"Topic {n}"} | changes
    )
    db.session.add(topic)
    db.session.flush()
    forget(topics.CHOICES)
    return topic


TITLE = "Bänke am Weg zum Friedhof"
BODY = "Der Weg ist lang, und wer schlecht zu Fuß ist, findet nirgends einen Platz zum Ausruhen."


@transaction()
def make_idea(
    author: User | None = None, municipality: Municipality | None = None, **changes: Any
) -> Idea:
    """A published idea; `title`, `body`, `place` go through the service, other columns are set."""
    author = author or make_user()
    municipality = municipality or make_municipality()
    topic = make_topic()
    idea = ideas.submit_idea(
        author,
        municipality,
        title=changes.pop("title", TITLE),
        body=changes.pop("body", BODY),
        place=changes.pop("place", ""),
        slugs=[topic.slug],
    )
    for name, value in changes.items():
        setattr(idea, name, value)
    db.session.flush()
    return idea


@transaction()
def make_dead_job(**changes: Any) -> Job:
    """A job that was given up after ten attempts."""
    now = clock.now()
    job = Job(
        **{
            "kind": "mail.deliver",
            "payload": {"mail": 0},
            "rank": 1,
            "state": JobState.DEAD,
            "attempts": 10,
            "error": "ConnectionRefusedError",
            "created_at": now,
            "due_at": now,
            "done_at": now,
        }
        | changes
    )
    db.session.add(job)
    db.session.flush()
    return job


@transaction()
def let_it_be_counted() -> None:
    """Tell the database how many rows there are now; with time it finds out by itself.

    What tests roll back stays in its files, so it believes that the tables are empty.
    """
    db.session.flush()
    db.session.execute(text("ANALYZE"))
