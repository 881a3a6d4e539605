"""Who may read which notices, and by which way a notice reaches a person."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from civic.accounts.models import Actor, Role
from civic.contributions.models import Contribution
from civic.core.policy import Rule
from civic.notifications.models import Category, Cause, MailStep, Way, Why

#: Mails at once to one person on one day; what comes after them stands in the digest.
MOST_AT_ONCE = 5
#: Where a person has chosen nothing: what is said to them, and what became of something they gave
#: their voice to, comes at once, the rest once a day.
USUAL: dict[Category, Way] = {
    Category.MENTION: Way.NOW,
    Category.REPLY: Way.NOW,
    Category.ANSWER: Way.NOW,
    Category.CHANGE: Way.NOW,
    Category.TALK: Way.DAILY,
    Category.NEW: Way.DAILY,
    Category.TERM: Way.DAILY,
    Category.TEAM: Way.NOW,
    Category.MODERATION: Way.OFF,
}
#: What a person decides about; decisions of the moderation reach their author in any case.
CHOSEN = tuple(category for category in Category if category is not Category.MODERATION)
#: What is shown of a person to the administration: those who took part with their name.
NAMED = frozenset({Cause.MENTION, Cause.REPLY, Cause.AUTHOR, Cause.STAFF})


def most_at_once() -> int:
    """Jinja global: the limit above, which the page of choices names."""
    return MOST_AT_ONCE


class Preference(NamedTuple):
    """How a person hears of a category."""

    way: Way
    is_listed: bool = True


class Addressee(Protocol):
    """What decides whether somebody can be written to."""

    @property
    def email(self) -> str | None: ...
    @property
    def is_confirmed(self) -> bool: ...
    @property
    def is_refused(self) -> bool: ...


class MailPlan(NamedTuple):
    """What becomes of the mail about a notice."""

    way: Way
    step: MailStep
    why: Why | None = None


def usual(category: Category) -> Preference:
    """What holds until somebody says otherwise."""
    return Preference(USUAL[category])


def plan_mail(person: Addressee, category: Category, way: Way, sent_today: int) -> MailPlan:
    """By which way a mail about a notice goes, or why there is none.

    `sent_today`: how many mails at once the person was sent on this day.
    """
    if category is Category.MODERATION:
        return MailPlan(Way.OFF, MailStep.SUPPRESSED, Why.LETTER)
    if why := _obstacle(person, way):
        return MailPlan(way, MailStep.SUPPRESSED, why)
    if way is Way.NOW:
        if sent_today >= MOST_AT_ONCE:
            return MailPlan(Way.DAILY, MailStep.WAITING, Why.MANY)
        return MailPlan(way, MailStep.HANDED)
    return MailPlan(way, MailStep.WAITING)


def _obstacle(person: Addressee, way: Way) -> Why | None:
    if not person.email:
        return Why.NO_ADDRESS
    if not person.is_confirmed:
        return Why.UNCONFIRMED
    if person.is_refused:
        return Why.REFUSED
    return Why.OFF if way is Way.OFF else None


def reaches_the_quiet(category: Category, cause: Cause) -> bool:
    """What is said even to a person who wants to hear no more of a thing.

    Being addressed by name, what a team says to its people, a decision of the moderation on one's
    own words, and the answer of the administration to one's own contribution.
    """
    if category in {Category.MENTION, Category.TEAM, Category.MODERATION}:
        return True
    return category is Category.ANSWER and cause is Cause.AUTHOR


def may_read(actor: Actor) -> bool:
    """Everybody with an account has notices of their own; nobody reads those of others."""
    return actor.is_authenticated and actor.id > 0


def may_recount(actor: Actor) -> bool:
    """Those who run the platform."""
    return actor.is_admin()


def may_read_log(actor: Actor, thing: Contribution) -> bool:
    """The administration and the moderation of the place may see whether people were told."""
    return actor.has_role(Role.STAFF, thing.municipality) or actor.has_role(
        Role.MODERATOR, thing.municipality
    )


RULES: dict[str, Rule] = {
    "notifications.read": may_read,
    "notifications.log": may_read_log,
}
