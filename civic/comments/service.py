"""Saying something, changing it, taking it back; the counts on the things stay exact.

The order of locks is from the leaf down: a reply, its parent, the thing. Adding counts one more;
whatever takes a comment away (or brings it back) first changes the comment's own row and then sets
the counts right by the difference to what is there, in one statement. Two acts on one comment meet
at its row, so the second finds no difference left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import aliased

from civic.accounts.models import Actor, User
from civic.activity import service as activity
from civic.comments import policy, queries
from civic.comments.models import LONGEST, SHORTEST, Comment, CommentState
from civic.comments.queries import OWN
from civic.contributions import service as contributions
from civic.contributions.models import Contribution
from civic.contributions.queries import trend_of
from civic.core import clock, html, limits
from civic.core.db import be_patient, db, transaction
from civic.core.errors import Missing, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.core.recount import Correction
from civic.core.rendering import outdated
from civic.follows import service as follows
from civic.organisations.models import Organisation

#: The highest heading inside a comment, below the page's h1 and the thread's h2.
TOP_HEADING = 3
#: The same words from the same person within this time are a double click.
DOUBLE = timedelta(minutes=5)
PACE = (limits.Limit(20, 600),)
#: How far a sum of logarithms may be off before it counts as wrong.
TOLERANCE = 1e-6
BATCH = 1000


def add_comment(
    actor: Actor,
    about: Contribution,
    *,
    body: str,
    parent: Comment | None = None,
    organisation: Organisation | None = None,
) -> Comment:
    """Say something about a thing, or in answer to a comment on it; for oneself or in the name of
    an organisation.

    An answer to a reply joins the replies of the same parent. The same words sent twice give the
    comment that is there. Raises `RuleBroken` where nothing more may be said, `TooMany` beyond 20
    comments in ten minutes.
    """
    demand(policy.may_write, actor, about)
    body = _checked(body)
    limits.hit(f"comment:{actor.id}", PACE)
    return _say(actor, about, body, parent, organisation)


@transaction()
def _say(
    actor: Actor,
    about: Contribution,
    body: str,
    parent: Comment | None,
    organisation: Organisation | None,
) -> Comment:
    top = _top(about, parent)
    _hold_person(actor)
    since = clock.now() - DOUBLE
    twin = queries.same_words(actor, about, top, body, since=since, organisation=organisation)
    if twin is not None:
        return twin
    comment = Comment(
        about_id=about.id,
        parent_id=top.id if top else None,
        author_id=actor.id,
        municipality_id=about.municipality_id,
        title=about.title,
        language=about.language,
        state=CommentState.POSTED,
        **html.columns(body, top=TOP_HEADING),
    )
    contributions.publish(actor, comment, organisation=organisation, with_reference=False)
    follows.follow_by_default(actor, about)
    for thing in filter(None, (top, about)):
        contributions.count(actor, thing.id, comments=1)
    activity.record(actor, "comment.added", comment)
    return comment


@transaction()
def edit_comment(actor: Actor, comment: Comment, *, body: str) -> None:
    """Change one's words while the time for it runs."""
    body = _checked(body)
    _hold(comment)
    if policy.may_remove(actor, comment) and not policy.may_edit(actor, comment):
        raise RuleBroken(N_("The time for changing this comment is over."))
    demand(policy.may_edit, actor, comment)
    if body == comment.body:
        return
    for name, value in html.columns(body, top=TOP_HEADING).items():
        setattr(comment, name, value)
    comment.version += 1
    comment.edited_at = comment.updated_at = clock.now()
    activity.record(actor, "comment.edited", comment)


@transaction()
def render_anew(actor: Actor, batch: int = 500) -> int:
    """Render texts made by an older renderer; returns how many were."""
    del actor
    old = outdated(Comment, batch)
    for comment in old:
        for name, value in html.columns(comment.body, top=TOP_HEADING).items():
            setattr(comment, name, value)
    return len(old)


@transaction()
def remove_comment(actor: Actor, comment: Comment) -> None:
    """Take one's words back. The place stays, so that the replies of others keep their sense."""
    _hold(comment)
    demand(policy.may_remove, actor, comment)
    _empty(comment)
    activity.record(actor, "comment.removed", comment)
    settle_counts(actor, comment)


@transaction()
def settle_counts(actor: Actor, comment: Comment) -> None:
    """Set the counts right of whatever the comment is about, after it came or went."""
    for thing_id in filter(None, (comment.parent_id, comment.about_id)):
        _settle(actor, thing_id)


@transaction()
def settle_counts_by_id(actor: Actor, thing_id: int) -> None:
    """The same for a thing of which only the number is known; nothing if it is no comment."""
    comment = db.session.get(Comment, thing_id)
    if comment is not None:
        settle_counts(actor, comment)


@transaction()
def forget(actor: User, *, erase: bool) -> None:
    """A person leaves. With `erase` their words go too; a place stays where others answered.

    What they said for an organisation is the organisation's, and stays.
    """
    if not erase:
        return
    mine = db.session.scalars(
        select(Comment).where(Comment.author_id == actor.id, Comment.organisation_id.is_(None))
    ).all()
    answered = _answered_by_others(actor)
    gone = [comment.id for comment in mine if comment.id not in answered]
    touched = {c.about_id for c in mine} | {c.parent_id for c in mine if c.parent_id is not None}
    for comment in mine:
        if comment.id in answered:
            _empty(comment)
    db.session.flush()
    _delete(gone)
    for thing_id in sorted(touched.difference(gone), reverse=True):
        _settle(actor, thing_id)


@transaction()
def recount(actor: Actor, *, repair: bool = True) -> list[Correction]:
    """Compare every count of comments, and the trend, with what is there; set right what differs.

    The same for the number of votes that a comment's own row repeats. A thing is locked before it
    is counted again: comments that arrive meanwhile wait and then add themselves, so none is lost
    or counted twice.
    """
    demand(policy.may_recount, actor)
    be_patient()
    found: list[Correction] = []
    last = 0
    while batch := _suspects(last):
        last = batch[-1][0]
        found += [_correct(each, repair=repair) for each, suspicious in batch if suspicious]
    return found


def _suspects(after: int) -> list[tuple[int, bool]]:
    """The next things by id, and of each whether something about it is wrong."""
    thing = aliased(Contribution)
    rows = db.session.execute(
        select(
            thing.id,
            thing.published_at,
            thing.vote_count,
            thing.comment_count,
            thing.trend,
            queries.true_count(thing).label("counted"),
            (OWN.c.vote_count != thing.vote_count).label("differs"),
        )
        .select_from(thing)
        .outerjoin(OWN, OWN.c.id == thing.id)
        .where(thing.id > after)
        .order_by(thing.id)
        .limit(BATCH)
    )
    return [
        (
            row.id,
            row.counted != row.comment_count
            or abs(row.trend - trend_of(row)) > TOLERANCE
            or bool(row.differs),
        )
        for row in rows
    ]


def _correct(thing_id: int, *, repair: bool) -> Correction:
    thing = db.session.scalars(
        select(Contribution)
        .where(Contribution.id == thing_id)
        .with_for_update(key_share=True, of=Contribution)
        .execution_options(populate_existing=True)
    ).one()
    counted = db.session.scalar(_counted(thing_id)) or 0
    correction = Correction(thing_id, thing.comment_count, counted, thing.title)
    if repair:
        thing.comment_count = counted
        thing.trend = trend_of(thing)
        db.session.flush()
        again = update(OWN).where(OWN.c.id == thing_id).values(vote_count=thing.vote_count)
        db.session.execute(again)
    return correction


def _counted(thing_id: int) -> Any:
    thing = aliased(Contribution)
    return select(queries.true_count(thing)).where(thing.id == thing_id)


def _settle(actor: Actor, thing_id: int) -> None:
    """One statement looks at both the rows and the count, so both are of the same moment."""
    thing = aliased(Contribution)
    difference = db.session.scalar(
        select(queries.true_count(thing) - thing.comment_count).where(thing.id == thing_id)
    )
    if difference:
        contributions.count(actor, thing_id, comments=difference)


def _top(about: Contribution, parent: Comment | None) -> Comment | None:
    """The comment under which an answer finds its place; none for a comment on the thing itself."""
    if not about.takes_comments:
        raise RuleBroken(N_("Comments are no longer taken here."))
    if parent is None:
        return None
    if parent.about_id != about.id:
        raise Missing
    if not parent.takes_replies:
        raise RuleBroken(N_("This comment can no longer be answered."))
    return parent.parent or parent


def _hold(comment: Comment) -> None:
    """Lock a comment and read it anew: what the author sees may be older than what is there."""
    db.session.scalars(
        select(Comment)
        .where(Comment.id == comment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _hold_person(actor: Actor) -> None:
    """Two clicks of one person wait for each other, so the second sees what the first wrote."""
    db.session.execute(select(User.id).where(User.id == actor.id).with_for_update(key_share=True))


def _checked(body: str) -> str:
    """The words as they are kept: something to read, and not too much of it."""
    body = body.replace("\r\n", "\n").strip()
    plain = html.summary(html.render(body), LONGEST)
    if sum(char.isprintable() and not char.isspace() for char in plain) < SHORTEST:
        raise RuleBroken(N_("Please write at least two characters."), "body")
    if len(body) > LONGEST:
        raise RuleBroken(
            N_("Please use at most %(most)s characters. There are %(now)s now."),
            "body",
            most=LONGEST,
            now=len(body),
        )
    return body


def _empty(comment: Comment) -> None:
    comment.state = CommentState.REMOVED
    comment.body = comment.body_html = comment.summary = ""
    comment.edited_at = None
    comment.updated_at = clock.now()


def _answered_by_others(author: Actor) -> set[int]:
    """Those comments of a person to which somebody else replied."""
    top = aliased(Comment, flat=True)
    found = db.session.scalars(
        select(Comment.parent_id)
        .join(top, top.id == Comment.parent_id)
        .where(top.author_id == author.id, Comment.author_id != author.id)
        .distinct()
    )
    return {answered for answered in found if answered is not None}


def _delete(ids: Sequence[int]) -> None:
    for some in _portions(ids):
        db.session.execute(
            delete(Contribution)
            .where(Contribution.id.in_(some))
            .execution_options(synchronize_session=False)
        )
    db.session.expire_all()


def _portions(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[i : i + BATCH] for i in range(0, len(ids), BATCH))
