"""From an act to the people whom it concerns.

An act leaves one job in its own transaction. The job goes through the people in batches, each a
transaction of its own; the key of a notice is person and act, so a job that runs twice, or breaks
off and begins again, changes nothing for those who have been told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

from sqlalchemy import Table, update
from sqlalchemy.dialects import postgresql, sqlite

from civic.accounts.models import Actor, User
from civic.activity.models import Activity
from civic.contributions.address import house
from civic.core import clock
from civic.core.db import db, is_postgres, release, transaction
from civic.core.work import jobs
from civic.notifications import policy
from civic.notifications.models import Category, Cause, MailStep, Notice
from civic.notifications.queries import audience
from civic.notifications.queries.audience import News, Person, Told
from civic.notifications.service.filters import subscribers_of
from civic.notifications.service.mails import send_at_once

#: People who are told in one transaction.
BATCH = 200
FAN_OUT = "notices.fan_out"


@transaction()
def announce(actor: Actor, activity: Activity) -> None:
    """Leave the job that tells of an act; nothing for acts that no room wants told."""
    del actor
    if activity.verb not in house().notices:
        return
    db.session.flush()  # the job needs the number of the act
    jobs.enqueue(FAN_OUT, {"activity": activity.id}, key=f"notices:{activity.id}")


def fan_out(actor: Actor, activity_id: int, *, by_mail: bool = True) -> int:
    """Tell everybody whom an act concerns; returns how many were told that were not before.

    Without `by_mail` (the demo, which writes to nobody) the mails count as sent.
    """
    tell = partial(_tell, actor, activity_id, by_mail=by_mail)
    told = sum(map(tell, _circles(activity_id)))
    release()
    return told


def _circles(activity_id: int) -> Iterator[dict[int, Told]]:
    """Whom it concerns, those nearest to it first: a person is told once, by the first reason."""
    news = audience.news(activity_id, house().notices)
    if news is None or not news.may_be_told:
        return
    about_id, kind = news.about.id, news.kind
    category = news.category
    matching = subscribers_of(news)
    yield audience.direct(news)
    if kind in audience.FOR_FOLLOWERS:
        last = 0
        while people := audience.followers(about_id, last, BATCH):
            last = people[-1]
            yield dict.fromkeys(people, Told(category, Cause.FOLLOWER))
    for endpoint, keys in matching.items():
        last = 0
        while people := audience.subscribers(endpoint, keys, last, BATCH):
            last = people[-1]
            yield dict.fromkeys(people, Told(Category.NEW, Cause.SUBSCRIPTION))


@transaction()
def _tell(actor: Actor, activity_id: int, people: Mapping[int, Told], *, by_mail: bool) -> int:
    """Write the notices of a batch, count them, and hand over the mails that go at once."""
    del actor
    news = audience.news(activity_id, house().notices)
    if news is None or not news.may_be_told:  # hidden or deleted since the last batch
        return 0
    told = _without_quiet(news, people)
    persons = audience.hold(told)
    if not persons:
        return 0
    new = _write(_notices(news, persons, told, by_mail=by_mail))
    listed = [row.user_id for row in new if row.is_listed]
    db.session.execute(
        update(User)
        .where(User.id.in_(listed))
        .values(unread_notices=User.unread_notices + 1)
        .execution_options(synchronize_session=False)
    )
    at_once = [row.id for row in new if row.step is MailStep.HANDED]
    if by_mail:
        send_at_once({person.id: person for person in persons}, at_once)
    return len(new)


def _without_quiet(news: News, people: Mapping[int, Told]) -> dict[int, Told]:
    """Neither who did it nor who wants to hear no more of the thing."""
    quiet = audience.quiet_among(news.about.id, people.keys())
    return {
        person: told
        for person, told in people.items()
        if person != news.activity.actor_id
        and (person not in quiet or policy.reaches_the_quiet(told.category, told.cause))
    }


def _notices(
    news: News, persons: Sequence[Person], told: Mapping[int, Told], *, by_mail: bool
) -> list[dict[str, Any]]:
    now = clock.now()
    ids = [person.id for person in persons]
    chosen = audience.preferences(ids)
    sent = audience.sent_since(ids, clock.day_start())
    rows = []
    for person in persons:
        category, cause = told[person.id]
        wish = chosen.get((person.id, category), policy.usual(category))
        plan = policy.plan_mail(person, category, wish.way, sent.get(person.id, 0))
        if not by_mail and plan.step is MailStep.WAITING:
            plan = plan._replace(step=MailStep.HANDED)
        rows.append(
            {
                "user_id": person.id,
                "activity_id": news.activity.id,
                "contribution_id": news.about.id,
                "category": category,
                "cause": cause,
                "created_at": now,
                "is_listed": wish.is_listed,
                **plan._asdict(),
                "mailed_at": now if plan.step is MailStep.HANDED else None,
            }
        )
    return rows


def _write(rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Insert what is not there yet; returns the rows that this call made."""
    table = cast("Table", Notice.__table__)
    insert = postgresql.insert if is_postgres() else sqlite.insert
    statement = (
        insert(table)
        .values(list(rows))
        .on_conflict_do_nothing(index_elements=["user_id", "activity_id"])
        .returning(table.c.id, table.c.user_id, table.c.is_listed, table.c.step)
    )
    return sorted(db.session.execute(statement), key=lambda row: row.id)
