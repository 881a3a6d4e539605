"""Notices in words, where they lead, and the link that ends mails without signing in."""

from __future__ import annotations

from typing import Any

from flask import current_app, has_request_context
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from civic.accounts.current import actor
from civic.accounts.models import User
from civic.activity.models import Activity
from civic.comments.address import place_of
from civic.comments.models import Comment, CommentState
from civic.config import Config
from civic.contributions.address import house, url_of, verb_words
from civic.core import html
from civic.core.language import person, translate
from civic.core.letters import absolute
from civic.core.urls import url_for
from civic.notifications.models import Category, Cause, MailStep

SALT = "civic.unsubscribe"
#: Characters of somebody's words that stand below a notice.
EXCERPT = 160
NUMBER_OF_PARTS = 2


def unread_notices() -> int:
    """Jinja global: how many notices the viewer has not read; kept on the person, so no query."""
    viewer = actor() if has_request_context() else None
    return viewer.unread_notices if isinstance(viewer, User) and viewer.is_authenticated else 0


def notice_words(line: Any) -> str:
    """Who did what, in a sentence (Jinja global)."""
    name = person(line.actor_name)
    if line.category is Category.MENTION:
        return str(_("%(name)s addresses you", name=name))
    if line.category is Category.REPLY and line.cause is Cause.REPLY:
        return str(_("%(name)s replies to your comment", name=name))
    if line.said_kind == "comment":
        return str(_("%(name)s writes a comment", name=name))
    if line.category is Category.NEW:
        return _new_words(line, name)
    if line.category is Category.TEAM and line.actor_id:
        return str(_("%(what)s (%(name)s)", what=verb_words(line.verb), name=name))
    return verb_words(line.verb)


def _new_words(line: Any, name: str) -> str:
    """Why something new is told: a search of one's own, or one's work."""
    if line.cause is Cause.SUBSCRIPTION:
        return str(_("New in a saved search, by %(name)s", name=name))
    return str(_("New for your administration, by %(name)s", name=name))


def notice_excerpt(line: Any) -> str:
    """The beginning of what was said, or the reason that was given (Jinja global)."""
    if line.note_html:
        return html.summary(line.note_html, EXCERPT)
    if line.said_kind == "comment" and not is_hidden(line):
        return html.shorten(line.said_summary, EXCERPT)
    return ""


def is_hidden(line: Any) -> bool:
    """Whether what a notice tells of is out of sight by now (Jinja global `notice_is_hidden`).

    What the moderation decided is told to the author of the thing in any case.
    """
    if line.category is Category.MODERATION:
        return False
    is_removed = line.said_kind == "comment" and line.said_state == CommentState.REMOVED
    return is_removed or line.said_hidden_at is not None or line.hidden_at is not None


def place_of_act(activity: Activity) -> str:
    """The very place that a notice is about."""
    thing = activity.contribution
    return place_of(thing) if isinstance(thing, Comment) else url_of(thing)


def url_of_line(line: Any) -> str:
    """The same for a mail, which is read later: a comment leads to its own page."""
    if line.said_kind != "comment":
        return url_of(_Thing(line.contribution_id, line.kind, line.title))
    return url_of(_Thing(line.said_id, line.said_kind, line.title))


class _Thing:
    """As much of a thing as its address needs."""

    def __init__(self, id: int, kind: str, title: str) -> None:
        self.id = id
        self.kind = kind
        self.title = title


def mail_words(entry: Any, state: str, error: str | None) -> str:
    """What has become of the mail about a notice, for the delivery log (Jinja global).

    `state` and `error` are those of the outbox, where the mail was handed to it.
    """
    if entry.step is MailStep.SUPPRESSED:
        return str(_("No mail: %(why)s", why=translate(entry.why.label) if entry.why else ""))
    if entry.step is MailStep.WAITING:
        return str(_("Waits for the next digest"))
    if state == "sent":
        return str(_("Sent"))
    if state == "failed":
        return str(_("Failed: %(error)s", error=error or _("no reason given")))
    return str(_("On its way")) if state else str(_("Handed over; the record is no longer kept"))


def unsubscribe_link(user_id: int, category: Category | None) -> str:
    """An address that ends mails about a category, or all; its signature is all it needs."""
    token = _serializer().dumps([user_id, category.value if category else ""])
    return absolute(f"/mitteilungen/abbestellen/{token}")


def read_token(token: str) -> tuple[int, Category | None] | None:
    """Whose mails about what such a link ends; None for a token that is not ours."""
    try:
        parts = _serializer().loads(token)
    except BadSignature:
        return None
    if not isinstance(parts, list) or len(parts) != NUMBER_OF_PARTS:
        return None
    return int(parts[0]), Category(parts[1]) if parts[1] else None


def _serializer() -> URLSafeSerializer:
    config: Config = current_app.extensions["civic_config"]
    return URLSafeSerializer(list(config.signing_keys), salt=SALT)  # links outlive a change of key


def list_label(endpoint: str, params: Any) -> str:
    """A kept filter in words, as the room of the list says it."""
    listed = house().saved_lists.get(endpoint)
    return listed.describe(params) if listed else str(_("This list is no longer there"))


def list_url(endpoint: str, params: Any) -> str:
    """The list with a kept filter."""
    return url_for(endpoint, **params) if endpoint in house().saved_lists else ""
