"""What happens to an idea: drafted, submitted, edited, withdrawn, decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from civic.accounts.models import Actor, User
from civic.activity import service as activity
from civic.comments.models import Comment
from civic.contributions import service as contributions
from civic.contributions.models import Contribution
from civic.core import clock, html, limits
from civic.core.db import db, insert_once, transaction
from civic.core.errors import Outdated, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.core.rendering import outdated
from civic.core.wording import check_title
from civic.follows import service as follows
from civic.ideas import policy
from civic.ideas.models import Idea, IdeaDraft, IdeaState, IdeaVersion, WithdrawalReason
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation
from civic.topics import service as topics

SHORTEST_BODY = 50
#: A person's ideas in a day; nobody honest reaches it.
DAILY = limits.Limit(20, 86_400)
#: Each may be a version of its own, which its page compares with the one before.
EDITS = limits.Limit(50, 86_400)
#: States that are an answer of the administration.
ANSWERS = frozenset({IdeaState.TAKEN_UP, IdeaState.DECLINED, IdeaState.DONE})


@transaction()
def save_draft(
    actor: Actor,
    *,
    title: str,
    body: str,
    place: str,
    municipality_id: int | None,
    slugs: Sequence[str],
    organisation: Organisation | None = None,
) -> IdeaDraft:
    """Keep what a person has typed; each person has one draft, seen by nobody else."""
    demand(_may_draft, actor)
    insert_once(IdeaDraft, {"user_id": actor.id, "updated_at": clock.now()})
    draft = db.session.get_one(IdeaDraft, actor.id)
    draft.title, draft.body, draft.place = title[:200], body[: html.MAX_SOURCE], place[:120]
    draft.municipality_id, draft.topics = municipality_id, list(slugs)
    draft.organisation_id = organisation.id if organisation else None
    draft.updated_at = clock.now()
    return draft


@transaction()
def discard_draft(actor: Actor) -> None:
    """Throw the draft away."""
    db.session.execute(delete(IdeaDraft).where(IdeaDraft.user_id == actor.id))


def _may_draft(actor: Actor) -> bool:
    return actor.is_confirmed


def submit_idea(
    actor: Actor,
    municipality: Municipality,
    *,
    title: str,
    body: str,
    place: str,
    slugs: Sequence[str],
    organisation: Organisation | None = None,
) -> Idea:
    """Publish an idea, in one's own name or in that of an organisation.

    Raises `RuleBroken` with the field, `Forbidden`, `TooMany`.
    """
    demand(policy.may_submit, actor, municipality)
    _check_text(title, body)
    limits.hit(f"idea:{actor.id}", [DAILY])
    idea = Idea(
        author_id=actor.id,
        municipality=municipality,
        title=title,
        place=place,
        state=IdeaState.OPEN,
        answer_due_on=clock.today() + timedelta(days=municipality.answer_days),
        **html.columns(body),
    )
    return _submit(actor, idea, slugs, organisation)


@transaction()
def _submit(
    actor: Actor, idea: Idea, slugs: Sequence[str], organisation: Organisation | None
) -> Idea:
    contributions.publish(actor, idea, organisation=organisation)
    _keep_version(actor, idea)
    chosen = topics.set_topics(actor, idea, slugs)
    _make_findable(actor, idea, [topic.words for topic in chosen])
    follows.follow_by_default(actor, idea)
    discard_draft(actor)
    activity.record(actor, "idea.submitted", idea)
    return idea


@transaction()
def edit_idea(
    actor: Actor, idea: Idea, *, title: str, body: str, place: str, slugs: Sequence[str], seen: int
) -> Idea:
    """Change the text. From the first vote on this makes a new version, of which followers hear.

    `seen` is the version the author had before them; `Outdated` if it is no longer the last.
    """
    contributions.lock(actor, idea)
    demand(policy.may_edit, actor, idea)
    if idea.version != seen:
        raise Outdated(str(idea.version))
    _check_text(title, body)
    changed = (idea.title, idea.body, idea.place) != (title, body, place)
    chosen = topics.set_topics(actor, idea, slugs)
    if changed:
        limits.hit(f"idea-edit:{actor.id}", [EDITS])
        _change_text(actor, idea, title=title, body=body, place=place)
    _make_findable(actor, idea, [topic.words for topic in chosen])
    return idea


def _change_text(actor: Actor, idea: Idea, *, title: str, body: str, place: str) -> None:
    is_supported = idea.vote_count > 0
    idea.title, idea.place, idea.updated_at = title, place, clock.now()
    for name, value in html.columns(body).items():
        setattr(idea, name, value)
    if is_supported:
        idea.version += 1
    else:
        db.session.execute(
            delete(IdeaVersion).where(
                IdeaVersion.idea_id == idea.id, IdeaVersion.number == idea.version
            )
        )
    _keep_version(actor, idea)
    if is_supported:
        _record_own(actor, "idea.edited", idea, detail=str(idea.version))


@transaction()
def withdraw_idea(actor: Actor, idea: Idea, *, code: WithdrawalReason, text: str) -> None:
    """The author takes the idea back; the page and its votes stay."""
    contributions.lock(actor, idea)
    demand(policy.may_withdraw, actor, idea)
    if code is WithdrawalReason.OTHER and not text:
        raise RuleBroken(N_("Please say in a sentence why you take the idea back."), "text")
    idea.state = IdeaState.WITHDRAWN
    idea.updated_at = clock.now()
    _record_own(actor, "idea.withdrawn", idea, note=text or None, detail=code.value)


def _record_own(actor: Actor, verb: str, idea: Idea, **said: Any) -> None:
    """What is done by those who keep an idea is done in the name in which it was published."""
    act = activity.record(actor, verb, idea, **said)
    act.organisation_id = idea.organisation_id


@transaction()
def decide_idea(actor: Actor, idea: Idea, *, state: IdeaState, reason: str) -> None:
    """The administration says where the idea stands; the first answer stops the clock."""
    contributions.lock(actor, idea)
    demand(policy.may_decide, actor, idea)
    if state not in policy.DECISIONS[IdeaState(idea.state)]:
        raise RuleBroken(N_("This step is not possible from where the idea stands."), "state")
    if state in ANSWERS and len(reason) < SHORTEST_BODY:
        raise RuleBroken(
            N_("Please explain the decision in at least %(least)s characters."),
            "reason",
            least=SHORTEST_BODY,
        )
    idea.state = state
    idea.updated_at = clock.now()
    if state in ANSWERS and idea.answered_at is None:
        idea.answered_at = clock.now()
    activity.record(actor, f"idea.{state.value}", idea, note=reason or None)


@transaction()
def forget_author(actor: User, *, erase: bool) -> None:
    """A person leaves: the draft goes in any case, the ideas only if they ask for it.

    What they published for an organisation is the organisation's, and stays.
    """
    discard_draft(actor)
    if not erase:
        return
    own = select(Idea.id).where(Idea.author_id == actor.id, Idea.organisation_id.is_(None))
    ids = list(db.session.scalars(own))
    contributions.forget(actor, ids)
    said = select(Comment.id).where(Comment.about_id.in_(ids)).scalar_subquery()
    for gone in (said, ids):  # comments are things of their own, so they go first
        db.session.execute(
            delete(Contribution)
            .where(Contribution.id.in_(gone))
            .execution_options(synchronize_session=False)
        )
    db.session.expire_all()


@transaction()
def render_anew(actor: Actor, batch: int = 500) -> int:
    """Render texts made by an older renderer; returns how many were."""
    del actor
    old = outdated(Idea, batch)
    for idea in old:
        for name, value in html.columns(idea.body).items():
            setattr(idea, name, value)
    return len(old)


def _keep_version(actor: Actor, idea: Idea) -> None:
    db.session.add(
        IdeaVersion(
            idea_id=idea.id,
            number=idea.version,
            title=idea.title,
            body=idea.body,
            place=idea.place,
            author_id=actor.id,
            created_at=clock.now(),
        )
    )
    db.session.flush()


def _make_findable(actor: Actor, idea: Idea, words: Sequence[str]) -> None:
    place = f"{idea.place} {idea.municipality.title}"
    name = idea.organisation.name if idea.organisation else ""
    contributions.make_findable(actor, idea, idea.body, place, name, *words)


def _check_text(title: str, body: str) -> None:
    check_title(title)
    if len(body) < SHORTEST_BODY:
        raise RuleBroken(
            N_("Describe your idea in at least %(least)s characters. So far there are %(now)s."),
            "body",
            least=SHORTEST_BODY,
            now=len(body),
        )
