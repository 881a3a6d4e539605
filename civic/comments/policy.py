"""Who may say something, and change or take back what they said."""

from datetime import timedelta

from civic.accounts.models import Actor
from civic.comments.models import Comment
from civic.contributions.models import Contribution
from civic.contributions.policy import may_see
from civic.core import clock


def may_write(actor: Actor, about: Contribution) -> bool:
    """Everybody with a confirmed account, about whatever they can see."""
    return actor.is_confirmed and not isinstance(about, Comment) and may_see(actor, about)


def may_add(actor: Actor, about: Contribution) -> bool:
    """As above, while the thing takes comments."""
    return may_write(actor, about) and about.takes_comments


def may_reply(actor: Actor, comment: Comment) -> bool:
    """To a comment or to a reply, as long as both it and its parent stand."""
    return actor.is_confirmed and comment.takes_replies


def may_edit(actor: Actor, comment: Comment) -> bool:
    """The author, within the minutes that the municipality grants.

    In the name of an organisation only while they may still speak for it.
    """
    return (
        _is_author(actor, comment)
        and comment.is_standing
        and _is_in_time(comment)
        and comment.is_kept_by(actor)
    )


def may_remove(actor: Actor, comment: Comment) -> bool:
    """The author, at any time, and who speaks for the organisation in whose name it was said.

    What moderation holds back stays as it is until it is decided.
    """
    return comment.is_standing and (_is_author(actor, comment) or comment.is_kept_by(actor))


def may_recount(actor: Actor) -> bool:
    """Whoever runs the platform."""
    return actor.is_admin()


def _is_author(actor: Actor, comment: Comment) -> bool:
    return actor.is_confirmed and actor.id == comment.author_id


def _is_in_time(comment: Comment) -> bool:
    minutes = comment.municipality.comment_edit_minutes
    return minutes is None or (
        comment.published_at is not None
        and clock.now() <= comment.published_at + timedelta(minutes=minutes)
    )


RULES = {
    "comment.add": may_add,
    "comment.reply": may_reply,
    "comment.edit": may_edit,
    "comment.remove": may_remove,
}
