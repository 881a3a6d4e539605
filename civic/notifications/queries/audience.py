"""Whom an act concerns. Large circles are read in batches, small ones at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from civic.accounts.models import Membership, Role, User
from civic.activity.models import Activity
from civic.comments.models import Comment
from civic.contributions.models import Contribution
from civic.core import names
from civic.core.db import db
from civic.follows.models import Follow
from civic.municipalities.models import Municipality
from civic.notifications.models import (
    Category,
    Cause,
    Notice,
    NoticePreference,
    Subscription,
    Way,
)
from civic.notifications.policy import Preference
from civic.organisations import queries as organisations

#: An @ that begins a word, and what may be a name after it (the signs are those of `core.names`).
MENTION = re.compile(r"(?<![\w@.])@([^\W_][\w.'’‐·\- ]{0,90})")
MOST_WORDS = 4
#: More mentions than this in one text are no conversation.
MOST_MENTIONS = 10
#: What rooms declare for acts that concern the administration alone; it is told as a term.
DUTY = "duty"
TALK = "talk"
#: Concerns the people whom the act names, and nobody else.
TEAM = "team"
MODERATION = "moderation"
#: Told although the thing is not public (yet): its team works, the administration has to decide.
BEFORE_PUBLICATION = frozenset({TEAM, DUTY})
FOR_STAFF = frozenset({"new", "term", DUTY})
#: Acts that followers hear of.
FOR_FOLLOWERS = frozenset({"talk", "answer", "change", "term"})


class Told(NamedTuple):
    """As what and why a person is told."""

    category: Category
    cause: Cause


@dataclass(frozen=True)
class News:
    """An act with what is needed to tell of it."""

    activity: Activity
    #: What the room of the act declared it to be ("talk", "new", …).
    kind: str
    #: What was acted on: a comment that was written, an idea that was answered.
    thing: Contribution
    #: Under what it stands in lists: what a comment is about, else the thing itself.
    about: Contribution

    @property
    def may_be_told(self) -> bool:
        """Nobody hears of what is out of sight; but its author hears why it is."""
        if self.kind == MODERATION:
            return True
        is_taken_back = isinstance(self.thing, Comment) and self.thing.is_removed
        return not is_taken_back and self._is_in_sight(self.thing) and self._is_in_sight(self.about)

    def _is_in_sight(self, thing: Contribution) -> bool:
        is_early = self.kind in BEFORE_PUBLICATION and thing.hidden_at is None
        return thing.is_visible or is_early

    @property
    def category(self) -> Category:
        return Category.TERM if self.kind == DUTY else Category(self.kind)


class Person(NamedTuple):
    """What is needed to write to somebody."""

    id: int
    email: str | None
    language: str
    is_confirmed: bool
    is_refused: bool


def news(activity_id: int, kinds: Mapping[str, str]) -> News | None:
    """The act, unless it or what it was done to is gone, or nobody is to hear of its kind."""
    activity = db.session.scalar(
        select(Activity)
        .where(Activity.id == activity_id)
        .options(joinedload(Activity.contribution))
    )
    if activity is None or activity.verb not in kinds:
        return None
    thing = activity.contribution
    about = thing.about if isinstance(thing, Comment) else thing
    return News(activity, kinds[activity.verb], thing, about)


def direct(news: News) -> dict[int, Told]:
    """Those whom it concerns by name; who is concerned twice is told of what is nearest to them."""
    if news.kind == MODERATION:
        circles = [
            _written(news.thing, Category.MODERATION, Cause.AUTHOR),
            _speakers(news.thing, Category.MODERATION),
        ]
    elif news.kind == TEAM:
        circles = [_told(news.activity.to_ids or (), Category.TEAM, Cause.TEAM)]
    else:
        circles = [
            _addressed(news),
            _answered(news),
            _authors(news),
            _organisation(news),
            _staff(news),
        ]
    found: dict[int, Told] = {}
    for circle in circles:
        found = circle | found
    return found


def _told(people: Iterable[int], category: Category, cause: Cause) -> dict[int, Told]:
    return dict.fromkeys(people, Told(category, cause))


def _written(thing: Contribution, category: Category, cause: Cause) -> dict[int, Told]:
    """Whoever wrote it. Of a comment in the name of an organisation nobody outside learns who that
    was, so they are told as all who speak for it: the log of notices shows the cause.
    """
    is_theirs = isinstance(thing, Comment) and thing.organisation_id is not None
    return _told([thing.author_id], category, Cause.ORGANISATION if is_theirs else cause)


def _addressed(news: News) -> dict[int, Told]:
    if news.kind not in {TALK, "new"}:
        return {}
    people = mentioned(getattr(news.thing, "body", ""))
    return _told(people, Category.MENTION, Cause.MENTION)


def _answered(news: News) -> dict[int, Told]:
    """Whoever wrote the comment to which this is a reply, and for whom they wrote it."""
    parent = news.thing.parent if isinstance(news.thing, Comment) else None
    if parent is None:
        return {}
    return _speakers(parent, Category.REPLY) | _written(parent, Category.REPLY, Cause.REPLY)


def _authors(news: News) -> dict[int, Told]:
    """Whoever wrote the thing; a comment on it is said to them."""
    if news.kind == DUTY:
        return {}
    category = Category.REPLY if news.kind == TALK else news.category
    return _told([news.about.author_id], category, Cause.AUTHOR)


def _organisation(news: News) -> dict[int, Told]:
    """All who speak for the organisation of the thing. What is new they read in its log."""
    if news.kind in {DUTY, "new"}:
        return {}
    category = Category.REPLY if news.kind == TALK else news.category
    return _speakers(news.about, category)


def _speakers(thing: Contribution, category: Category) -> dict[int, Told]:
    """What is hidden only those among them find who keep it (a project is kept by its team)."""
    if thing.organisation_id is None:
        return {}
    people = organisations.speakers(thing.organisation_id)
    found = (p.id for p in people if thing.hidden_at is None or thing.is_kept_by(p))
    return _told(found, category, Cause.ORGANISATION)


def _staff(news: News) -> dict[int, Told]:
    people = staff_of(news.about.municipality) if news.kind in FOR_STAFF else ()
    return _told(people, news.category, Cause.STAFF)


def mentioned(text: str) -> list[int]:
    """The people addressed with @ in a text; names of several words are found longest first."""
    calls = [_possible_names(found) for found in MENTION.findall(text)[:MOST_MENTIONS]]
    keys = {key for call in calls for key in call}
    if not keys:
        return []
    rows = db.session.execute(
        select(User.name_key, User.id).where(User.name_key.in_(keys), User.left_at.is_(None))
    )
    known = {row.name_key: row.id for row in rows}
    hits = (next((known[key] for key in call if key in known), None) for call in calls)
    return list(dict.fromkeys(id for id in hits if id is not None))


def _possible_names(words: str) -> list[str]:
    """Keys of the names that these words may begin with, the longest first."""
    parts = words.split()[:MOST_WORDS]
    lengths = range(len(parts), 0, -1)
    return [key for n in lengths if (key := names.skeleton(" ".join(parts[:n])))]


def staff_of(municipality: Municipality) -> list[int]:
    """The administration of a place; where it has nobody here, that of the nearest one above."""
    path = [int(part) for part in municipality.path.split("/") if part]
    rows = db.session.execute(
        select(Membership.municipality_id, Membership.user_id)
        .where(Membership.role == Role.STAFF, Membership.municipality_id.in_(path))
        .order_by(Membership.user_id)
    ).all()
    for place in reversed(path):
        if found := [row.user_id for row in rows if row.municipality_id == place]:
            return found
    return []


def quiet_among(thing_id: int, people: Collection[int]) -> set[int]:
    """Those of them who want to hear no more of a thing."""
    if not people:
        return set()
    return set(
        db.session.scalars(
            select(Follow.user_id).where(
                Follow.contribution_id == thing_id,
                Follow.user_id.in_(people),
                Follow.quiet_at.is_not(None),
            )
        )
    )


def followers(thing_id: int, after: int, limit: int) -> list[int]:
    """The next people, by id, who follow a thing."""
    return list(
        db.session.scalars(
            select(Follow.user_id)
            .where(
                Follow.contribution_id == thing_id,
                Follow.user_id > after,
                Follow.quiet_at.is_(None),
            )
            .order_by(Follow.user_id)
            .limit(limit)
        )
    )


def hold(people: Iterable[int]) -> list[Person]:
    """Those of them who are here, in the order of ids, locked against other counts of notices.

    The order keeps two batches from waiting for each other, and the lock makes the limit of mails
    a day exact. Blocked people, those who left and imported accounts are not among them.
    """
    rows = db.session.execute(
        select(User.id, User.email, User.language, User.confirmed_at, User.email_refused_at)
        .where(
            User.id.in_(list(people)),
            User.blocked_at.is_(None),
            User.left_at.is_(None),
            User.origin.is_(None),
        )
        .order_by(User.id)
        .with_for_update(key_share=True)
    )
    return [
        Person(
            row.id,
            row.email,
            row.language,
            row.confirmed_at is not None,
            row.email_refused_at is not None,
        )
        for row in rows
    ]


def preferences(people: Iterable[int]) -> dict[tuple[int, Category], Preference]:
    """What these people have chosen."""
    rows = db.session.scalars(
        select(NoticePreference).where(NoticePreference.user_id.in_(list(people)))
    )
    return {(row.user_id, row.category): Preference(row.way, row.is_listed) for row in rows}


def sent_since(people: Iterable[int], moment: datetime) -> dict[int, int]:
    """How many mails at once each of them was sent since then."""
    rows = db.session.execute(
        select(Notice.user_id, func.count())
        .where(Notice.user_id.in_(list(people)), Notice.way == Way.NOW, Notice.mailed_at >= moment)
        .group_by(Notice.user_id)
    )
    return {user: number for user, number in rows}  # noqa: C416 - rows are no tuples


class Filter(NamedTuple):
    """A kept filter, whoever keeps it."""

    key: str
    params: Mapping[str, Sequence[str]]


def filters(endpoint: str, places: Collection[str]) -> list[Filter]:
    """Each filter once that is kept for this list and names no place or one of these."""
    one_of_each = (
        select(func.min(Subscription.id))
        .where(Subscription.endpoint == endpoint, Subscription.place.in_(["", *places]))
        .group_by(Subscription.key)
    )
    rows = db.session.execute(
        select(Subscription.key, Subscription.params).where(Subscription.id.in_(one_of_each))
    )
    return [Filter(row.key, row.params) for row in rows]


def slugs_over(municipality: Municipality) -> list[str]:
    """The place and those above it, by the names that addresses use."""
    path = [int(part) for part in municipality.path.split("/") if part]
    return list(db.session.scalars(select(Municipality.slug).where(Municipality.id.in_(path))))


def subscribers(endpoint: str, keys: Sequence[str], after: int, limit: int) -> list[int]:
    """The next people, by id, who keep one of these filters."""
    return list(
        db.session.scalars(
            select(Subscription.user_id)
            .where(
                Subscription.endpoint == endpoint,
                Subscription.key.in_(keys),
                Subscription.user_id > after,
            )
            .distinct()
            .order_by(Subscription.user_id)
            .limit(limit)
        )
    )
