"""Threads: one query for the comments of a page, one for their first replies, however many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload

from civic.accounts.models import Actor, Membership, Role, User
from civic.comments.models import Comment, CommentState
from civic.contributions import policy as trunk
from civic.contributions import queries as contributions
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.language import N_
from civic.core.paging import Order, window
from civic.municipalities.models import Municipality

PAGE_SIZE = 20
#: Replies that a thread shows of each comment; the others are a link away.
FIRST_REPLIES = 5


class Sort(StrEnum):
    """The orders of a thread, as `?sortierung=` names them."""

    SUPPORTED = "hilfreichste"
    NEWEST = "neueste"
    OLDEST = "aelteste"

    @classmethod
    def of(cls, word: str | None) -> Sort:
        """The order that an address asks for; an unknown word means the usual one."""
        return cls(word) if word in set(cls) else cls.SUPPORTED

    @property
    def label(self) -> str:
        return _SORT_LABELS[self]


_SORT_LABELS = {
    Sort.SUPPORTED: N_("Most helpful"),
    Sort.NEWEST: N_("Newest"),
    Sort.OLDEST: N_("Oldest"),
}
#: Ids stand for time: they grow, are unique, and the index of a thread ends with them.
_BY_ID = (("id", Comment.id),)
ORDERS = {
    Sort.SUPPORTED: Order((("vote_count", Comment.vote_count), *_BY_ID)),
    Sort.NEWEST: Order(_BY_ID),
    Sort.OLDEST: Order(_BY_ID, descending=False),
}


@dataclass(frozen=True)
class Voice:
    """A comment as a page shows it."""

    comment: Comment
    #: The administration for which its author speaks ("Stadt Lindfurt"), or nothing.
    office: str = ""
    replies: Sequence[Voice] = ()
    #: How many replies there are beyond those; their place is after the first `first_part`.
    more: int = 0
    first_part: int = FIRST_REPLIES
    #: Cursors of the replies after and before those, and the comment on whose page these count.
    next: str = ""
    previous: str = ""
    page_id: int = 0

    @property
    def initials(self) -> str:
        """Two letters for the picture beside the name."""
        words = (self.office or self.comment.author.name).split()
        return "".join(word[0] for word in words[:: max(len(words) - 1, 1)][:2]).upper() or "–"

    @property
    def ids(self) -> list[int]:
        """The comment itself and its replies."""
        return [self.comment.id, *(reply.comment.id for reply in self.replies)]

    def is_by_author_of(self, about: Contribution) -> bool:
        """Whether the person is answering about their own contribution."""
        author = self.comment.author
        return author.id == about.author_id and author.left_at is None


@dataclass(frozen=True)
class Thread:
    """A page of the comments on a thing."""

    about: Contribution
    voices: Sequence[Voice]
    sort: Sort
    next: str = ""
    previous: str = ""
    #: Whether the address asked for a place further on.
    is_first: bool = True
    #: The comment that the viewer has just written; it gets the focus.
    fresh: int = 0

    @property
    def ids(self) -> list[int]:
        """All comments shown, for what is fetched in one go (the viewer's votes)."""
        return [each for voice in self.voices for each in voice.ids]

    @property
    def sorts(self) -> list[Sort]:
        """All orders, the usual one first."""
        return list(Sort)


def thread(
    viewer: Actor, about: Contribution, *, sort: str | None = None, cursor: str = "", fresh: int = 0
) -> Thread:
    """Twenty comments on a thing with the first replies of each. Two queries.

    Hidden and removed ones keep their place, so that replies do not hang in the air; what is
    shown of them is for the template to ask (`contribution.see`).
    """
    if not trunk.may_see(viewer, about):
        raise Missing
    order = Sort.of(sort)
    tops = _voices(about).where(Comment.about_id == about.id, Comment.parent_id.is_(None))
    found = window(tops, ORDERS[order], cursor, PAGE_SIZE)
    replies = _first_replies(about, [row.id for row in found.items])
    voices = [_with_replies(row, replies.get(row.id, ())) for row in found.items]
    return Thread(
        about, voices, order, found.next, found.previous, is_first=not cursor, fresh=fresh
    )


def get(viewer: Actor, id: int) -> Comment:
    """One comment, hidden or not: its place in the thread is public.

    Raises `Missing` where the thing that it is about is not there for the viewer.
    """
    comment = db.session.scalar(
        select(Comment)
        .where(Comment.id == id)
        .options(
            joinedload(Comment.author),
            joinedload(Comment.municipality),
            joinedload(Comment.about),
            joinedload(Comment.parent).joinedload(Comment.author),
        )
    )
    if comment is None or not trunk.may_see(viewer, comment.about):
        raise Missing
    return comment


def conversation(comment: Comment, *, cursor: str = "") -> Voice:
    """A comment with twenty of its replies; for a reply: its parent with the replies from it on."""
    top = comment.parent or comment
    statement = _voices(comment.about).where(Comment.parent_id == top.id)
    if comment is not top:
        statement = statement.where(Comment.id >= comment.id)
    found = window(statement, ORDERS[Sort.OLDEST], cursor, PAGE_SIZE)
    replies = [Voice(row.Comment, row.office) for row in found.items]
    return Voice(
        top,
        _office(top),
        replies,
        next=found.next,
        previous=found.previous,
        page_id=comment.id,
    )


def with_fresh_reply(reply: Comment) -> Voice:
    """The parent of a reply that was just written, its first replies, and then the new one."""
    top = reply.parent or reply
    rows = list(_first_replies(top.about, [top.id]).get(top.id, ()))
    shown = [Voice(row.Comment, row.office) for row in rows]
    first_part = len(shown)
    if reply.id not in {row.id for row in rows}:
        shown.append(Voice(reply, _office(reply)))
    total = rows[0].total if rows else len(shown)
    return Voice(top, _office(top), shown, more=total - len(shown), first_part=first_part)


def is_at_hand(comment: Comment) -> bool:
    """Whether the page of the thing shows it (first page, usual order, first replies)."""
    top = comment.parent or comment
    ahead = select(Comment.id).where(
        Comment.about_id == top.about_id,
        Comment.parent_id.is_(None),
        tuple_(Comment.vote_count, Comment.id) > tuple_(literal(top.vote_count), literal(top.id)),
    )
    if _reaches(ahead, PAGE_SIZE):
        return False
    earlier = select(Comment.id).where(Comment.parent_id == top.id, Comment.id < comment.id)
    return comment is top or not _reaches(earlier, FIRST_REPLIES)


def same_words(
    author: Actor, about: Contribution, parent: Comment | None, body: str, since: datetime
) -> Comment | None:
    """What the person said here in the same words a moment ago."""
    return db.session.scalar(
        select(Comment).where(
            Comment.author_id == author.id,
            Comment.kind == "comment",
            Comment.published_at > since,
            Comment.about_id == about.id,
            Comment.parent_id.is_(None) if parent is None else Comment.parent_id == parent.id,
            Comment.state == CommentState.POSTED,
            Comment.body == body,
        )
    )


def standing() -> Any:
    """The condition under which a comment counts."""
    return and_(contributions.visible(), Comment.state == CommentState.POSTED)


def true_count(thing: Any) -> Any:
    """How many comments a thing (an alias of the trunk) has, replies included, counted."""
    mine = or_(Comment.about_id == thing.id, Comment.parent_id == thing.id)
    return (
        select(func.count())
        .select_from(Comment)
        .where(mine, standing())
        .correlate(thing)
        .scalar_subquery()
    )


def editable_until(comment: Comment) -> datetime | None:
    """Until when its author may change it; None: without end."""
    minutes = comment.municipality.comment_edit_minutes
    if minutes is None or comment.published_at is None:
        return None
    return comment.published_at + timedelta(minutes=minutes)


def _voices(about: Contribution) -> Select[Any]:
    """Comments with their authors and the offices for which these speak."""
    office = (
        select(Municipality.title)
        .join(Membership, Membership.municipality_id == Municipality.id)
        .where(
            Membership.user_id == User.id,
            Membership.role == Role.STAFF,
            literal(about.municipality.path).startswith(Municipality.path),
        )
        .order_by(func.length(Municipality.path).desc())
        .limit(1)
        .correlate(User)
        .scalar_subquery()
    )
    statement = select(
        Comment, Comment.id, Comment.vote_count, func.coalesce(office, "").label("office")
    )
    return cast(
        "Select[Any]",
        statement.join(User, User.id == Comment.author_id).options(contains_eager(Comment.author)),
    )


def _first_replies(about: Contribution, ids: Sequence[int]) -> dict[int, list[Any]]:
    """The first replies to these comments, and on each row how many there are in all (`total`)."""
    if not ids:
        return {}
    row = Comment.__table__.c  # the table alone: the trunk is joined to the few that are shown
    numbered = (
        select(
            row.id,
            func.row_number().over(partition_by=row.parent_id, order_by=row.id).label("number"),
            func.count().over(partition_by=row.parent_id).label("total"),
        )
        .where(row.parent_id.in_(ids))
        .subquery()
    )
    statement = (
        _voices(about)
        .add_columns(numbered.c.total)
        .join(numbered, numbered.c.id == Comment.id)
        .where(numbered.c.number <= FIRST_REPLIES)
        .order_by(Comment.id)
    )
    grouped: dict[int, list[Any]] = {}
    for found in db.session.execute(statement):
        grouped.setdefault(found.Comment.parent_id, []).append(found)
    return grouped


def _with_replies(row: Any, replies: Sequence[Any]) -> Voice:
    more = replies[0].total - len(replies) if replies else 0
    return Voice(row.Comment, row.office, [Voice(r.Comment, r.office) for r in replies], more)


def _office(comment: Comment) -> str:
    row = db.session.execute(_voices(comment.about).where(Comment.id == comment.id)).one()
    return str(row.office)


def _reaches(statement: Select[Any], number: int) -> bool:
    """Whether a statement has at least so many rows."""
    rows = statement.limit(number).subquery()
    return (db.session.scalar(select(func.count()).select_from(rows)) or 0) >= number
