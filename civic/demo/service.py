"""Loading the demo: the real services do every act, at the time it is said to have happened.

So the demo cannot show what the platform would not allow, and counters, versions, life lines and
search are right by themselves.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from civic.accounts.models import Actor, Membership, Role, System, User
from civic.activity.models import Activity
from civic.comments import service as comments
from civic.comments.models import Comment
from civic.core import clock, names
from civic.core.db import be_patient, db, transaction
from civic.core.outbox import Mail
from civic.core.passwords import hash_password
from civic.core.policy import demand
from civic.core.work.models import Job
from civic.demo import queries, reader
from civic.follows import service as follows
from civic.ideas import service as ideas
from civic.ideas.models import Idea, IdeaState, WithdrawalReason
from civic.moderation import service as moderation
from civic.municipalities import service as municipalities
from civic.municipalities.models import Municipality, MunicipalityKind
from civic.notifications import service as notifications
from civic.topics import service as topics
from civic.votes import service as votes

PASSWORD = "zukunft-machen-2026"  # noqa: S105 - the demo's public password, printed at start
ACCOUNTS = ("einwohnerin", "verein", "verwaltung", "moderation", "netzwerk", "admin")
LUCK = 2026
SUPPORT_THRESHOLD = 20
#: What happened in this time stands in the notices as unread.
UNREAD = timedelta(days=7)

Act = tuple[float, Callable[[], Any]]


@dataclass
class Cast:
    """Who and what the acts refer to by key."""

    people: dict[str, User] = field(default_factory=dict)
    places: dict[str, Municipality] = field(default_factory=dict)
    ideas: dict[str, Idea] = field(default_factory=dict)
    comments: dict[tuple[str, ...], Comment] = field(default_factory=dict)


@transaction()
def load_demo(actor: Actor) -> int:
    """Fill an empty database; returns the number of ideas."""
    demand(_may_load, actor)
    be_patient()
    cast = Cast()
    _load_places(cast)
    _load_people(cast)
    for entry in reader.read("topics"):
        topics.create_topic(System(), None, **entry)
    acts = [act for entry in reader.ideas() for act in _acts_of(cast, entry)]
    begun = clock.now()
    for days_ago, act in sorted(acts, key=lambda pair: -pair[0]):
        with clock.at(_moment(begun, days_ago)):
            act()
    _tell_everybody(cast)
    return len(cast.ideas)


def _tell_everybody(cast: Cast) -> None:
    """Tell of it all as the queue would have done; what is older than a week has been read.

    The demo writes to nobody: other mails of its acts (a new version) go, and all jobs with them,
    for the number of a mail may be given again, and then its job must not stand there already.
    """
    before = clock.now() - UNREAD
    acts = db.session.execute(select(Activity.id, Activity.at).order_by(Activity.at, Activity.id))
    told = list(acts)
    for act in [act for act in told if act.at < before]:
        with clock.at(act.at):
            notifications.fan_out(System(), act.id, by_mail=False)
    for person in cast.people.values():
        with clock.at(before):
            notifications.mark_read(person)
    for act in [act for act in told if act.at >= before]:
        with clock.at(act.at):
            notifications.fan_out(System(), act.id, by_mail=False)
    for table in (Mail, Job):
        db.session.execute(delete(table))


def _may_load(actor: Actor) -> bool:
    return actor.is_admin() and queries.is_empty()


def _moment(begun: datetime, days_ago: float) -> datetime:
    return begun - timedelta(days=days_ago)


def _load_places(cast: Cast) -> None:
    for entry in reader.read("places"):
        parent = cast.places.get(entry.pop("parent", ""))
        entry["kind"] = MunicipalityKind(entry["kind"])
        place = municipalities.create_municipality(System(), parent=parent, is_active=True, **entry)
        if place.kind is not MunicipalityKind.LAND:
            place.support_threshold = SUPPORT_THRESHOLD
        cast.places[entry["slug"]] = place


def _load_people(cast: Cast) -> None:
    hashed = hash_password(PASSWORD)
    for entry in reader.read("people"):
        user = User(
            email=entry["email"],
            email_key=entry["email"],
            name=entry["name"],
            name_key=names.skeleton(entry["name"]),
            password_hash=hashed,
            home=cast.places[entry["home"]],
            created_at=clock.now() - timedelta(days=400),
            confirmed_at=clock.now() - timedelta(days=400),
        )
        user.memberships = [
            Membership(
                role=Role(role["role"]), municipality=cast.places.get(role.get("municipality", ""))
            )
            for role in entry.get("roles", ())
        ]
        db.session.add(user)
        cast.people[entry["key"]] = user
    db.session.flush()


def _acts_of(cast: Cast, entry: dict[str, Any]) -> Iterator[Act]:
    """Everything that happens to one idea, each with its time."""
    key = entry["key"]
    yield entry["days_ago"], partial(_submit, cast, entry)
    yield from _votes(cast, entry)
    for edit in entry.get("edits", ()):
        yield edit["days_ago"], partial(_edit, cast, entry, edit)
    for step in entry.get("steps", ()):
        yield step["days_ago"], partial(_step, cast, key, step)
    for number, comment in enumerate(entry.get("comments", ())):
        yield from _comment_acts(cast, key, (key, str(number)), comment)
    if hidden := entry.get("hidden"):
        by = hidden["by"]
        yield (
            hidden["days_ago"],
            lambda: moderation.hide(cast.people[by], cast.ideas[key], reason=hidden["reason"]),
        )


def _submit(cast: Cast, entry: dict[str, Any]) -> None:
    cast.ideas[entry["key"]] = ideas.submit_idea(
        cast.people[entry["author"]],
        cast.places[entry["municipality"]],
        title=entry["title"],
        body=entry["body"].strip(),
        place=entry.get("place", ""),
        slugs=entry["topics"],
    )


def _votes(cast: Cast, entry: dict[str, Any]) -> Iterator[Act]:
    """As many supporters as the entry says, spread over the time while people could vote."""
    luck = random.Random(f"{LUCK}{entry['key']}")  # noqa: S311 - the same demo every time
    willing = [key for key in cast.people if key != entry["author"]]
    steps = entry.get("steps", ())
    closed = [s["days_ago"] for s in steps if s["to"] in {"declined", "done", "withdrawn"}]
    ends = [*closed, *([entry["hidden"]["days_ago"]] if "hidden" in entry else [])]
    last = max(ends, default=0.0)
    for person in luck.sample(willing, min(entry["votes"], len(willing))):
        days_ago = last + (entry["days_ago"] - last) * luck.uniform(0.02, 0.98)
        yield days_ago, partial(_vote, cast, person, entry["key"], luck)


def _vote(cast: Cast, person: str, key: str, luck: random.Random) -> None:
    idea = cast.ideas[key]
    votes.cast_vote(cast.people[person], idea)
    if luck.random() < 0.4:
        follows.follow(cast.people[person], idea)


def _edit(cast: Cast, entry: dict[str, Any], edit: dict[str, Any]) -> None:
    idea = cast.ideas[entry["key"]]
    ideas.edit_idea(
        idea.author,
        idea,
        title=edit.get("title", idea.title),
        body=edit.get("body", idea.body).strip(),
        place=idea.place,
        slugs=entry["topics"],
        seen=idea.version,
    )


def _step(cast: Cast, key: str, step: dict[str, Any]) -> None:
    idea, by, reason = cast.ideas[key], cast.people[step["by"]], step.get("reason", "").strip()
    if step["to"] == "withdrawn":
        ideas.withdraw_idea(by, idea, code=WithdrawalReason(step["code"]), text=reason)
    else:
        ideas.decide_idea(by, idea, state=IdeaState(step["to"]), reason=reason)


def _comment_acts(
    cast: Cast, idea: str, key: tuple[str, ...], entry: dict[str, Any], parent: tuple[str, ...] = ()
) -> Iterator[Act]:
    """A comment with its votes, its fate and its replies."""
    days_ago = entry["days_ago"]

    def post() -> None:
        cast.comments[key] = comments.add_comment(
            cast.people[entry["by"]],
            cast.ideas[idea],
            body=entry["body"].strip(),
            parent=cast.comments[parent] if parent else None,
        )

    yield days_ago, post
    luck = random.Random(f"{LUCK}{key}")  # noqa: S311 - the same demo every time
    willing = [person for person in cast.people if person != entry["by"]]
    for person in luck.sample(willing, min(entry.get("votes", 0), len(willing))):
        yield (
            days_ago * luck.uniform(0.3, 0.97),
            partial(_vote_comment, cast, person, key),
        )
    for number, reply in enumerate(entry.get("replies", ())):
        yield from _comment_acts(cast, idea, (*key, str(number)), reply, parent=key)
    yield from _fate(cast, key, entry)


def _vote_comment(cast: Cast, person: str, key: tuple[str, ...]) -> None:
    votes.cast_vote(cast.people[person], cast.comments[key])


def _fate(cast: Cast, key: tuple[str, ...], entry: dict[str, Any]) -> Iterator[Act]:
    """What became of a comment that was removed, hidden or held back."""
    state, moderator = entry.get("state"), "moderation"
    days_ago = max(entry["days_ago"] * 0.2, 0.01)
    if state == "removed":
        by = entry["by"]
        yield days_ago, lambda: comments.remove_comment(cast.people[by], cast.comments[key])
    elif state in {"moderated", "blocked"}:
        act = moderation.hide if state == "moderated" else moderation.block
        yield (
            days_ago,
            lambda: act(cast.people[moderator], cast.comments[key], reason=entry["reason"]),
        )
