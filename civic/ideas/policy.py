"""Who may do what with an idea."""

from datetime import timedelta

from civic.accounts.models import Actor, Role
from civic.core import clock
from civic.core.policy import Rule
from civic.ideas.models import Idea, IdeaState
from civic.municipalities.models import Municipality

#: States in which the text may still change.
EDITABLE = frozenset({IdeaState.OPEN, IdeaState.IN_REVIEW})
#: States from which an author may take the idea back.
WITHDRAWABLE = frozenset({IdeaState.OPEN, IdeaState.IN_REVIEW, IdeaState.TAKEN_UP})
#: What an administration may decide, by the state the idea is in.
DECISIONS: dict[IdeaState, tuple[IdeaState, ...]] = {
    IdeaState.OPEN: (
        IdeaState.IN_REVIEW,
        IdeaState.TAKEN_UP,
        IdeaState.DECLINED,
        IdeaState.DONE,
    ),
    IdeaState.IN_REVIEW: (IdeaState.TAKEN_UP, IdeaState.DECLINED, IdeaState.DONE),
    IdeaState.TAKEN_UP: (IdeaState.IN_REVIEW, IdeaState.DECLINED, IdeaState.DONE),
    IdeaState.DECLINED: (IdeaState.IN_REVIEW, IdeaState.TAKEN_UP),
    IdeaState.DONE: (),
    IdeaState.WITHDRAWN: (),
}


def may_submit(actor: Actor, municipality: Municipality) -> bool:
    """Everybody with a confirmed account, wherever ideas are taken."""
    return actor.is_confirmed and municipality.is_active


def may_edit(actor: Actor, idea: Idea) -> bool:
    """The author, or who speaks for the organisation that published it.

    While it is open, and within the hours that the municipality sets.
    """
    return _is_kept(actor, idea) and idea.state in EDITABLE and _is_in_time(idea)


def may_withdraw(actor: Actor, idea: Idea) -> bool:
    """The same people, unless it is already decided against, done or withdrawn."""
    return _is_kept(actor, idea) and idea.state in WITHDRAWABLE


def may_decide(actor: Actor, idea: Idea) -> bool:
    """The administration of its municipality or of one above, where a decision is left to make."""
    return (
        idea.is_visible
        and bool(DECISIONS[IdeaState(idea.state)])
        and actor.has_role(Role.STAFF, idea.municipality)
    )


def _is_kept(actor: Actor, idea: Idea) -> bool:
    return idea.is_visible and idea.is_kept_by(actor)


def _is_in_time(idea: Idea) -> bool:
    hours = idea.municipality.idea_edit_hours
    return hours is None or (
        idea.published_at is not None and clock.now() <= idea.published_at + timedelta(hours=hours)
    )


RULES: dict[str, Rule] = {
    "idea.submit": may_submit,
    "idea.edit": may_edit,
    "idea.withdraw": may_withdraw,
    "idea.decide": may_decide,
}
