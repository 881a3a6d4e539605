"""Who may hide and restore, and who may read why."""

from civic.accounts.models import Actor, Role
from civic.contributions.models import Contribution
from civic.core.policy import Rule
from civic.organisations.models import SPEAKING


def may_moderate(actor: Actor, thing: Contribution) -> bool:
    """Moderators of its municipality or of one above, and who runs the platform.

    Never in their own cause, and always a person: a decision bears a name.
    """
    return (
        actor.id > 0
        and thing.published_at is not None
        and (actor.has_role(Role.MODERATOR, thing.municipality) or actor.is_admin())
        and not _is_own_cause(actor, thing)
    )


def _is_own_cause(actor: Actor, thing: Contribution) -> bool:
    """What one wrote, what one's team does, what was published by those for whom one speaks."""
    if actor.id == thing.author_id:
        return True
    if thing.has_inside:
        return thing.is_kept_by(actor)
    return thing.organisation is not None and thing.organisation.role_of(actor) in SPEAKING


def may_read_decisions(actor: Actor, thing: Contribution) -> bool:
    """The author and those who keep the thing, who are to know what was decided and why; and those
    who decide.
    """
    is_author = actor.is_authenticated and actor.id == thing.author_id
    return is_author or thing.is_kept_by(actor) or may_moderate(actor, thing)


RULES: dict[str, Rule] = {
    "moderation.moderate": may_moderate,
    "moderation.read": may_read_decisions,
}
