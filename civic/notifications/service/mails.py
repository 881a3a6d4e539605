"""Mails about notices: one at once, or many of them in a digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from civic.core import letters
from civic.core.db import db
from civic.core.outbox import queue_mail
from civic.notifications.address import unsubscribe_link
from civic.notifications.models import Notice
from civic.notifications.queries import lists
from civic.notifications.queries.audience import Person

#: Notices of one thing, and things, that a digest names; of the others it says how many there are.
LINES_OF_A_THING = 5
THINGS = 20


@dataclass(frozen=True)
class Bundle:
    """What happened to one thing, newest first."""

    lines: Sequence[Any]
    #: How many more there are than these.
    more: int

    @property
    def thing(self) -> Any:
        return self.lines[0]


def bundles(lines: Iterable[Any]) -> list[Bundle]:
    """Lines, newest first, put together by thing; the thing with the newest line comes first."""
    by_thing: dict[int, list[Any]] = {}
    for line in lines:
        by_thing.setdefault(line.contribution_id, []).append(line)
    return [
        Bundle(some[:LINES_OF_A_THING], max(len(some) - LINES_OF_A_THING, 0))
        for some in by_thing.values()
    ]


def send_at_once(people: Mapping[int, Person], notices: Sequence[int]) -> None:
    """Hand a mail about each of these notices, written just now, to the outbox."""
    if not notices:
        return
    sent = []
    for line in lists.lines_of(notices):
        person = people[line.user_id]
        end = unsubscribe_link(person.id, line.category)
        mail = _queue("notice", person, None, end, line=line)
        sent.append({"id": line.id, "mail_id": mail})
    db.session.execute(update(Notice), sent)


def send_together(person: Person, lines: Sequence[Any], key: str) -> int:
    """Hand a digest to the outbox; returns the number of the mail."""
    found = bundles(lines)
    end = unsubscribe_link(person.id, None)
    return _queue(
        "digest",
        person,
        key,
        end,
        bundles=found[:THINGS],
        more_things=max(len(found) - THINGS, 0),
        number=len(lines),
    )


def _queue(letter: str, person: Person, key: str | None, end: str, **values: Any) -> int:
    values |= {"unsubscribe": end}
    words = letters.write(f"notifications/mail/{letter}.txt", person.language, **values)
    page = letters.write_page(f"notifications/mail/{letter}.html", person.language, **values)
    [mail] = queue_mail(
        [person.email or ""], words.subject, words.text, html=page, unsubscribe=end, key=key
    )
    return mail
