"""Threads: one query for the comments of a page, one for their first replies, however many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    Select,
    Table,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from civic.accounts.models import Actor, Membership, Role, User
from civic.comments.models import Comment, CommentState
from civic.contributions import policy as trunk
from civic.contributions import queries as contributions
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.core.errors import Missing
from civic.core.language import N_
from civic.core.paging import Order, fixed, window
from civic.municipalities.models import Municipality
from civic.organisations.address import initials_of
from civic.organisations.models import Organisation

PAGE_SIZE = 20
#: Replies that a thread shows of each comment; the others are a link away.
FIRST_REPLIES = 5


#: The administration for which the author of a comment speaks: the nearest to the thing.
_OFFICE = (
    select(Municipality.title)
    .join(Membership, Membership.municipality_id == Municipality.id)
    .where(
        Membership.user_id == User.id,
        Membership.role == Role.STAFF,
        bindparam("path", type_=Municipality.path.type).startswith(Municipality.path),
    )
    .order_by(func.length(Municipality.path).desc())
    .limit(1)
    .correlate(User)
    .scalar_subquery()
)
#: A comment's own row, without the trunk.
OWN = cast("Table", Comment.__table__)
#: The number of votes as it stands there: an index holds a thread in this order.
_VOTES = OWN.c.vote_count
#: Comments with their authors, the organisations in whose name they speak, and the offices for
#: which they do where it is in their own name. All statements of a thread
#: are put together once; putting them together took longer than running them.
_VOICES: Select[*tuple[Any, ...]] = (
    select(Comment, Comment.id, _VOTES, func.coalesce(_OFFICE, "").label("office"))
    .join(User, User.id == Comment.author_id)
    .outerjoin(Organisation, Organisation.id == Comment.organisation_id)
    .options(
        contains_eager(Comment.author),
        contains_eager(Comment.organisation).load_only(
            Organisation.name, Organisation.slug, Organisation.logo_key, Organisation.closed_at
        ),
    )
)
_TOPS = _VOICES.where(Comment.about_id == bindparam("about"), Comment.parent_id.is_(None))
_REPLIES = _VOICES.where(Comment.parent_id == bindparam("top"))
_REPLIES_FROM = _REPLIES.where(Comment.id >= bindparam("first"))
_VOICE = _VOICES.where(Comment.id == bindparam("id"))


def _earliest(number: int) -> Any:
    """Ids of the first replies to each of so many comments (`top_0`, `top_1` ...), and one more
    each, which tells that there are others. However many there are, no more of them is read.
    """
    row = OWN.c  # the trunk is joined to the few that are shown
    of_each = (
        select(row.id)
        .where(row.about_id == bindparam("about"), row.parent_id == bindparam(f"top_{at}"))
        .order_by(row.id)
        .limit(fixed(FIRST_REPLIES + 1))
        .subquery()
        for at in range(number)
    )
    return union_all(*(select(each.c.id) for each in of_each)).subquery()


_FIRST_REPLIES = {
    number: _VOICES.where(Comment.id.in_(select(_earliest(number).c.id))).order_by(Comment.id)
    for number in (1, PAGE_SIZE)
}


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
    Sort.SUPPORTED: Order((("vote_count", _VOTES), *_BY_ID)),
    Sort.NEWEST: Order(_BY_ID),
    Sort.OLDEST: Order(_BY_ID, descending=False),
}


@dataclass(frozen=True)
class Voice:
    """A comment as a page shows it."""

    comment: Comment
    #: The administration for which its author speaks ("Stadt Lindfurt"), or nothing. Who speaks
    #: for an organisation does not speak for an office.
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
        if self.comment.organisation:
            return initials_of(self.comment.organisation.name)
        words = (self.office or self.comment.author.name).split()
        return "".join(word[0] for word in words[:: max(len(words) - 1, 1)][:2]).upper() or "–"

    @property
    def ids(self) -> list[int]:
        """The comment itself and its replies."""
        return [self.comment.id, *(reply.comment.id for reply in self.replies)]

    def is_by_author_of(self, about: Contribution) -> bool:
        """Whether the same voice speaks as in the contribution.

        It must not tell which member of an organisation wrote what the organisation published.
        """
        author = self.comment.author
        if about.organisation_id or self.comment.organisation_id:
            return about.organisation_id == self.comment.organisation_id
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
    found = window(_TOPS, ORDERS[order], cursor, PAGE_SIZE, params=_of(about))
    replies = _first_replies(about, [row.id for row in found.items])
    voices = [_with_replies(_voice(row, about), replies.get(row.id, ())) for row in found.items]
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
            joinedload(Comment.organisation),
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
    statement = _REPLIES if comment is top else _REPLIES_FROM
    params = {"top": top.id, "first": comment.id} | _of(comment.about)
    found = window(statement, ORDERS[Sort.OLDEST], cursor, PAGE_SIZE, params=params)
    replies = [_voice(row, comment.about, top) for row in found.items]
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
    rows = _first_replies(top.about, [top.id]).get(top.id, ())
    return _with_replies(Voice(top, _office(top)), rows, [Voice(reply, _office(reply))])


def is_at_hand(comment: Comment) -> bool:
    """Whether the page of the thing shows it (first page, usual order, first replies)."""
    top = comment.parent or comment
    ahead = select(Comment.id).where(
        Comment.about_id == top.about_id,
        Comment.parent_id.is_(None),
        tuple_(_VOTES, Comment.id) > tuple_(literal(top.vote_count), literal(top.id)),
    )
    if _reaches(ahead, PAGE_SIZE):
        return False
    earlier = select(Comment.id).where(Comment.parent_id == top.id, Comment.id < comment.id)
    return comment is top or not _reaches(earlier, FIRST_REPLIES)


def same_words(
    author: Actor,
    about: Contribution,
    parent: Comment | None,
    body: str,
    *,
    since: datetime,
    organisation: Organisation | None,
) -> Comment | None:
    """What the person said here in the same words and the same name a moment ago."""
    named = Comment.organisation_id
    return db.session.scalar(
        select(Comment).where(
            Comment.author_id == author.id,
            Comment.kind == "comment",
            Comment.published_at > since,
            Comment.about_id == about.id,
            Comment.parent_id.is_(None) if parent is None else Comment.parent_id == parent.id,
            Comment.state == CommentState.POSTED,
            Comment.body == body,
            named.is_(None) if organisation is None else named == organisation.id,
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


def _first_replies(about: Contribution, ids: Sequence[int]) -> dict[int, list[Any]]:
    """The first replies to these comments, and one more each where there are others."""
    if not ids:
        return {}
    size = 1 if len(ids) == 1 else PAGE_SIZE
    nobody = [0] * (size - len(ids))
    tops = {f"top_{at}": id for at, id in enumerate([*ids, *nobody])}
    grouped: dict[int, list[Any]] = {}
    for found in db.session.execute(_FIRST_REPLIES[size], tops | _of(about)):
        grouped.setdefault(found.Comment.parent_id, []).append(found)
    return grouped


def _of(about: Contribution) -> dict[str, Any]:
    """The values of every statement on a thread."""
    return {"about": about.id, "path": about.municipality.path}


def _voice(row: Any, about: Contribution, parent: Comment | None = None) -> Voice:
    """A row of `_VOICES`; what its comment belongs to is known, and need not be looked up."""
    comment: Comment = row.Comment
    set_committed_value(comment, "about", about)
    set_committed_value(comment, "parent", parent)
    return Voice(comment, "" if comment.organisation_id else row.office)


def _with_replies(voice: Voice, rows: Sequence[Any], fresh: Sequence[Voice] = ()) -> Voice:
    """A comment with its first replies and those just written.

    How many there are beyond them tells the counter of the comment; where there is another row,
    it is at least one.
    """
    top = voice.comment
    first = [_voice(row, top.about, top) for row in rows[:FIRST_REPLIES]]
    known = {reply.comment.id for reply in first}
    shown = [*first, *(reply for reply in fresh if reply.comment.id not in known)]
    standing = sum(reply.comment.is_standing for reply in shown)
    rest = rows[FIRST_REPLIES:]  # one at most
    unseen = {row.Comment.id for row in rest} - {reply.comment.id for reply in shown}
    more = max(top.comment_count - standing, len(unseen)) if rest else 0
    return replace(voice, replies=shown, more=more, first_part=len(first))


def _office(comment: Comment) -> str:
    if comment.organisation_id:
        return ""
    row = db.session.execute(_VOICE, {"id": comment.id} | _of(comment.about)).one()
    return str(row.office)


def _reaches(statement: Select[Any], number: int) -> bool:
    """Whether a statement has at least so many rows."""
    rows = statement.limit(number).subquery()
    return (db.session.scalar(select(func.count()).select_from(rows)) or 0) >= number
