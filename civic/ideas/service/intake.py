"""A whole conversation from elsewhere becomes ideas and votes."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from civic.accounts.models import Actor, System, User
from civic.activity.models import Activity
from civic.contributions.models import CIRCLE, Contribution, Hiding
from civic.contributions.queries import trend_of
from civic.contributions.service import next_reference
from civic.core import clock, html, search
from civic.core.db import be_patient, db, is_postgres, transaction
from civic.core.policy import demand
from civic.ideas.models import Idea, IdeaState, IdeaVersion
from civic.ideas.polis import Conversation, Statement
from civic.municipalities.models import Municipality
from civic.votes.models import Vote

Row = TypeVar("Row")
#: Called with the number of steps done since the last call.
Progress = Callable[[int], None]

TITLE_LENGTH = 90
BATCH = 1000
PERSON = "Teilnehmer:in {number}"
MODERATED_OUT = "Schon in der ursprünglichen Online-Diskussion von der Moderation ausgeblendet."


@transaction()
def import_conversation(
    actor: Actor, municipality: Municipality, conversation: Conversation, progress: Progress
) -> bool:
    """Make ideas of statements and votes of agrees, all or nothing; True if anything was new.

    People become accounts that cannot sign in. What stands there already stays as it is, so a
    second run changes nothing, and what moderators did since is kept.
    """
    demand(_may_import, actor)
    be_patient()
    people = _people(conversation, progress)
    known = len(_ids_by_origin(Idea, conversation.key))
    ideas = _ideas(municipality, conversation, people, progress)
    votes = _votes(conversation, people, ideas, progress)
    return len(ideas) > known or votes > 0


def _may_import(actor: Actor) -> bool:
    return actor.is_admin()


def _people(conversation: Conversation, progress: Progress) -> dict[int, int]:
    """Account ids by participant number."""
    numbers = sorted(conversation.authors | conversation.voters)
    known = _ids_by_origin(User, conversation.key)
    rows = [
        {
            "name": PERSON.format(number=number),
            "origin": _origin(conversation.key, number),
            "language": "de",
            "created_at": clock.now(),
        }
        for number in numbers
        if number not in known
    ]
    for part in _parts(rows):
        db.session.execute(insert(User), part)
    progress(len(numbers))
    return _ids_by_origin(User, conversation.key)


def _ideas(
    municipality: Municipality,
    conversation: Conversation,
    people: dict[int, int],
    progress: Progress,
) -> dict[int, int]:
    """Idea ids by statement number; new statements are written in the order of their dates."""
    known = _ids_by_origin(Idea, conversation.key)
    counts = Counter(id for _, id in conversation.supports)
    for statement in sorted(conversation.statements, key=lambda s: (s.at, s.id)):
        if statement.id not in known:
            idea = _idea_of(statement, municipality, people[statement.author], counts[statement.id])
            idea.origin = _origin(conversation.key, statement.id)
            db.session.add(idea)
            db.session.flush()
            _write_around(idea)
            known[statement.id] = idea.id
        progress(1)
    return known


def _idea_of(statement: Statement, municipality: Municipality, author: int, votes: int) -> Idea:
    body_html = html.render(statement.body)
    idea = Idea(
        reference=next_reference(System(), clock.local_date(statement.at).year),
        municipality=municipality,
        author_id=author,
        title=html.shorten(" ".join(statement.body.split()), TITLE_LENGTH),
        summary=html.summary(body_html),
        state=IdeaState.OPEN,
        created_at=statement.at,
        published_at=statement.at,
        vote_count=votes,
        comment_count=0,
        shuffle=secrets.randbelow(CIRCLE),
        body=statement.body,
        body_html=body_html,
        renderer_version=html.RENDERER_VERSION,
    )
    idea.trend = trend_of(idea)
    if not statement.is_visible:
        idea.hidden_at, idea.hidden_as = clock.now(), Hiding.MODERATED
        idea.hidden_reason = MODERATED_OUT
    return idea


def _write_around(idea: Idea) -> None:
    """First version, life line and search document of an imported idea."""
    db.session.add_all(
        (
            IdeaVersion(
                idea_id=idea.id,
                number=1,
                title=idea.title,
                body=idea.body,
                author_id=idea.author_id,
                created_at=idea.created_at,
            ),
            Activity(
                verb="idea.submitted",
                actor_id=idea.author_id,
                contribution_id=idea.id,
                at=idea.created_at,
            ),
        )
    )
    search.put(idea.id, idea.title, f"{idea.body} {idea.municipality.title} {idea.reference}")


def _votes(
    conversation: Conversation, people: dict[int, int], ideas: dict[int, int], progress: Progress
) -> int:
    """Write the votes that are not there; the counters follow where any was new."""
    dates = {s.id: s.at for s in conversation.statements}
    build = postgresql.insert if is_postgres() else sqlite.insert
    statement = build(Vote).on_conflict_do_nothing()
    before = _count_votes(ideas.values())
    for part in _parts(conversation.supports):
        rows = [
            {
                "contribution_id": ideas[id],
                "user_id": people[person],
                "version": 1,
                "created_at": dates[id],
            }
            for person, id in part
        ]
        db.session.execute(statement, rows)
        progress(len(part))
    after = _count_votes(ideas.values())
    for idea_id in after:
        if after[idea_id] != before[idea_id]:
            db.session.execute(
                update(Contribution)
                .where(Contribution.id == idea_id)
                .values(vote_count=after[idea_id])
                .execution_options(synchronize_session=False)
            )
    return sum(after.values()) - sum(before.values())


def _count_votes(ideas: Iterable[int]) -> Counter[int]:
    """Votes in the table by idea."""
    counts: Counter[int] = Counter()
    for part in _parts(list(ideas)):
        rows = db.session.execute(
            select(Vote.contribution_id, func.count())
            .where(Vote.contribution_id.in_(part))
            .group_by(Vote.contribution_id)
        )
        counts.update({idea: number for idea, number in rows})  # noqa: C416 - rows are no tuples
    return counts


def _origin(key: str, number: int) -> str:
    return f"polis:{key}:{number}"


def _ids_by_origin(kind: type[User | Idea], key: str) -> dict[int, int]:
    """Ids of what this conversation has brought, by its numbers."""
    rows = db.session.execute(
        select(kind.origin, kind.id).where(kind.origin.startswith(f"polis:{key}:", autoescape=True))
    )
    return {int(str(origin).rsplit(":", 1)[1]): id for origin, id in rows}


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
