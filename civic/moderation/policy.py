"""Who may hide and restore, and who may read why."""

from civic.accounts.models import Actor, Role
from civic.contributions.models import Contribution
from civic.core.policy import Rule


def may_moderate(actor: Actor, thing: Contribution) -> bool:
    """Moderators of its municipality or of one above, and who runs the platform.

    Never in their own cause, and always a person: a decision bears a name.
    """
    return (
        actor.id > 0
        and actor.id != thing.author_id
        and thing.published_at is not None
        and (actor.has_role(Role.MODERATOR, thing.municipality) or actor.is_admin())
    )


def may_read_decisions(actor: Actor, thing: Contribution) -> bool:
    """The author, who is to know what was decided and why, and those who decide."""
    is_author = actor.is_authenticated and actor.id == thing.author_id
    return is_author or may_moderate(actor, thing)


RULES: dict[str, Rule] = {
    "moderation.moderate": may_moderate,
    "moderation.read": may_read_decisions,
}
