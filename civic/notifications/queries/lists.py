"""Notices as a person reads them, as a mail holds them, and as the administration looks them up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, case, func, select, text
from sqlalchemy.orm import joinedload

from civic.accounts.models import Actor, User
from civic.activity.models import Activity
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import Order
from civic.municipalities.models import Municipality
from civic.notifications.models import (
    Category,
    Notice,
    Subscription,
    Way,
)
from civic.notifications.policy import CHOSEN, Preference, usual
from civic.notifications.queries import audience
from civic.organisations.models import Organisation

#: Rows of chosen columns.
RowSelect = Select[*tuple[Any, ...]]

#: Notices that a group shows; the others are a link away.
FIRST_LINES = 4
#: Notices of one thing on its own page.
MOST_LINES = 100
#: As the partial index says it: with a bound value no database could tell that the index fits.
IS_WAITING = text("notice.step = 'waiting'")
#: The latest entry of the delivery log comes first.
LATEST = Order((("id", Notice.id),))

_trunk: Table = Contribution.__table__  # type: ignore[assignment]  # a plain table
#: What was acted on, beside the thing under which it stands.
_said = _trunk.alias("said")


def _mine(viewer: Actor) -> ColumnElement[bool]:
    return (Notice.user_id == viewer.id) & Notice.is_listed.is_(True)


def groups(viewer: Actor) -> tuple[RowSelect, Order]:
    """The things of which a person was told, the one with the newest notice first, and the order.

    Rows have `latest` (id of the newest notice), `number`, `unread` and what a link needs.
    """
    unread = func.sum(case((Notice.read_at.is_(None), 1), else_=0))
    grouped = (
        select(
            Notice.contribution_id,
            func.max(Notice.id).label("latest"),
            func.count().label("number"),
            unread.label("unread"),
        )
        .where(_mine(viewer))
        .group_by(Notice.contribution_id)
        .subquery()
    )
    statement = (
        select(
            grouped.c.latest,
            grouped.c.number,
            grouped.c.unread,
            Contribution.id,
            Contribution.kind,
            Contribution.title,
            Contribution.hidden_at,
            Contribution.author_id,
            Municipality.name.label("municipality_name"),
        )
        .join(Contribution, Contribution.id == grouped.c.contribution_id)
        .join(Municipality, Municipality.id == Contribution.municipality_id)
    )
    return statement, Order((("latest", grouped.c.latest),))


def _lines() -> RowSelect:
    """Notices with all that a sentence about them needs, newest first."""
    return (
        select(
            Notice.id,
            Notice.user_id,
            Notice.contribution_id,
            Notice.category,
            Notice.cause,
            Notice.created_at,
            Notice.read_at,
            Notice.is_listed,
            Activity.verb,
            Activity.at,
            Activity.note_html,
            Activity.actor_id,
            func.coalesce(Organisation.name, User.name).label("actor_name"),
            _said.c.id.label("said_id"),
            _said.c.kind.label("said_kind"),
            _said.c.state.label("said_state"),
            _said.c.summary.label("said_summary"),
            _said.c.hidden_at.label("said_hidden_at"),
            Contribution.kind,
            Contribution.title,
            Contribution.hidden_at,
            Contribution.author_id,
        )
        .join(Activity, Activity.id == Notice.activity_id)
        .outerjoin(User, User.id == Activity.actor_id)
        .outerjoin(Organisation, Organisation.id == Activity.organisation_id)
        .join(_said, _said.c.id == Activity.contribution_id)
        .join(Contribution, Contribution.id == Notice.contribution_id)
        .order_by(Notice.id.desc())
    )


def lines(viewer: Actor, things: Sequence[int], limit: int = FIRST_LINES) -> dict[int, list[Any]]:
    """The newest notices about each of these things."""
    if not things:
        return {}
    place = func.row_number().over(partition_by=Notice.contribution_id, order_by=Notice.id.desc())
    ranked = (
        select(Notice.id, place.label("place"))
        .where(_mine(viewer), Notice.contribution_id.in_(things))
        .subquery()
    )
    wanted = select(ranked.c.id).where(ranked.c.place <= limit)
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(_lines().where(Notice.id.in_(wanted))):
        found.setdefault(row.contribution_id, []).append(row)
    return found


def lines_of(ids: Sequence[int]) -> list[Any]:
    """These notices, newest first."""
    return list(db.session.execute(_lines().where(Notice.id.in_(ids))))


def get(viewer: Actor, id: int) -> Notice:
    """One notice of the viewer's own with what it tells of; `Missing` for those of others."""
    notice = db.session.scalar(
        select(Notice)
        .where(Notice.id == id, _mine(viewer))
        .options(joinedload(Notice.activity).joinedload(Activity.contribution))
    )
    if notice is None:
        raise Missing
    return notice


def waiting(user_id: int, way: Way, before: datetime) -> list[Any]:
    """What the next digest of a person has to say, newest first."""
    return list(
        db.session.execute(
            _lines().where(
                Notice.user_id == user_id,
                Notice.way == way,
                IS_WAITING,
                Notice.created_at < before,
            )
        )
    )


def people_waiting(way: Way, before: datetime, after: int, limit: int) -> list[int]:
    """The next people, by id, for whom a digest is due."""
    return list(
        db.session.scalars(
            select(Notice.user_id)
            .where(
                Notice.way == way,
                IS_WAITING,
                Notice.created_at < before,
                Notice.user_id > after,
            )
            .distinct()
            .order_by(Notice.user_id)
            .limit(limit)
        )
    )


def unread() -> ColumnElement[int]:
    """How many unread notices the person of the enclosing statement has, counted."""
    return (
        select(func.count())
        .select_from(Notice)
        .where(Notice.user_id == User.id, Notice.is_listed.is_(True), Notice.read_at.is_(None))
        .correlate(User)
        .scalar_subquery()
    )


def miscounted() -> RowSelect:
    """People whose counter differs from their unread notices: `id`, `was`, `is_now`."""
    counted = (
        select(Notice.user_id, func.count().label("number"))
        .where(Notice.is_listed.is_(True), Notice.read_at.is_(None))
        .group_by(Notice.user_id)
        .subquery()
    )
    number = func.coalesce(counted.c.number, 0)
    return (
        select(User.id, User.unread_notices.label("was"), number.label("is_now"))
        .outerjoin(counted, counted.c.user_id == User.id)
        .where(User.unread_notices != number)
        .order_by(User.id)
    )


def preferences(viewer: Actor) -> dict[Category, Preference]:
    """How a person hears of each category."""
    chosen = audience.preferences([viewer.id])
    return {c: chosen.get((viewer.id, c), usual(c)) for c in CHOSEN}


def subscriptions(viewer: Actor) -> Select[Subscription]:
    """The filters that a person keeps, the latest first."""
    return (
        select(Subscription)
        .where(Subscription.user_id == viewer.id)
        .order_by(Subscription.created_at.desc(), Subscription.id.desc())
    )


def log(thing: Contribution) -> RowSelect:
    """Who was told of what about a thing, and by which way; for `paging.window` with `LATEST`.

    What a team says to its own people is no business of the administration.
    """
    return (
        select(
            Notice.id,
            Notice.category,
            Notice.cause,
            Notice.created_at,
            Notice.read_at,
            Notice.is_listed,
            Notice.way,
            Notice.step,
            Notice.why,
            Notice.mailed_at,
            Notice.mail_id,
            Activity.verb,
            User.name.label("user_name"),
        )
        .join(Activity, Activity.id == Notice.activity_id)
        .join(User, User.id == Notice.user_id)
        .where(Notice.contribution_id == thing.id, Notice.category != Category.TEAM)
    )
