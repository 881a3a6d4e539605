"""How a person wants to hear of things, chosen on the page or by the link in a mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, insert, select, update

from civic.accounts.models import Actor, User
from civic.core.db import db, transaction
from civic.core.policy import demand
from civic.notifications import policy
from civic.notifications.models import (
    Category,
    MailStep,
    Notice,
    NoticePreference,
    Way,
    Why,
)
from civic.notifications.policy import CHOSEN, Preference
from civic.notifications.queries import audience, lists


@transaction()
def set_preferences(actor: Actor, chosen: Mapping[Category, Preference]) -> None:
    """Keep what a person chose; it holds for what waits for the next digest, too."""
    demand(policy.may_read, actor)
    audience.hold([actor.id])
    _keep(actor.id, {category: chosen[category] for category in CHOSEN if category in chosen})


@transaction()
def end_mails(actor: Actor, user_id: int, category: Category | None) -> bool:
    """Send a person no more mails about a category (None: about anything). May be said twice.

    Whoever has the link of a mail may do it (RFC 8058), hence no rule asks who acts. What is shown
    on the platform stays as it is. False when there is no such person any more.
    """
    del actor
    person = db.session.scalar(
        select(User)
        .where(User.id == user_id, User.left_at.is_(None))
        .with_for_update(key_share=True)
    )
    if person is None:
        return False
    now = lists.preferences(person)
    categories = CHOSEN if category is None else (category,)
    _keep(user_id, {c: Preference(Way.OFF, now[c].is_listed) for c in categories if c in now})
    return True


def _keep(user_id: int, chosen: Mapping[Category, Preference]) -> None:
    db.session.execute(
        delete(NoticePreference).where(
            NoticePreference.user_id == user_id, NoticePreference.category.in_(chosen)
        )
    )
    rows = [
        {"user_id": user_id, "category": category, **wish._asdict()}
        for category, wish in chosen.items()
    ]
    if rows:
        db.session.execute(insert(NoticePreference), rows)
    by_way: dict[Way, list[Category]] = {}
    for category, wish in chosen.items():
        by_way.setdefault(wish.way, []).append(category)
    for way, categories in by_way.items():
        _reroute(user_id, categories, way)


def _reroute(user_id: int, categories: Iterable[Category], way: Way) -> None:
    """What waits follows the new choice; "at once" leaves it where it is, for it is past that."""
    if way is Way.NOW:
        return
    values: dict[str, object] = {"way": way}
    if way is Way.OFF:
        values |= {"step": MailStep.SUPPRESSED, "why": Why.OFF}
    db.session.execute(
        update(Notice)
        .where(
            Notice.user_id == user_id,
            Notice.category.in_(categories),
            Notice.step == MailStep.WAITING,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
