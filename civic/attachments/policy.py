"""Who may add a file, see it, and take it away."""

from civic.accounts.models import Actor, Role
from civic.attachments.models import Attachment
from civic.contributions.models import Contribution
from civic.contributions.policy import may_see as may_see_thing
from civic.core.policy import Rule

#: Characters that the moderation gives when it removes a file.
SHORTEST_REASON, LONGEST_REASON = 10, 500


def may_add(actor: Actor, thing: Contribution) -> bool:
    """Who keeps the thing, while it is open; not where the municipality takes no files at all."""
    return thing.is_kept_by(actor) and thing.takes_files and thing.municipality.attachment_most > 0


def may_see(actor: Actor, file: Attachment) -> bool:
    """Who sees the thing; inner files are for those who keep it."""
    thing = file.contribution
    if thing is None or not may_see_thing(actor, thing):
        return False
    return not file.is_inner or thing.is_kept_by(actor)


def is_public(file: Attachment) -> bool:
    """Whether everybody may see it, so that others may keep a copy for a while."""
    return file.contribution is not None and file.contribution.is_visible and not file.is_inner


def may_change(actor: Actor, file: Attachment) -> bool:
    """Who keeps the thing, also when it takes no more files: the words beside it, or all of it.

    What the moderation holds back stays as it is until it is decided.
    """
    thing = file.contribution
    return thing is not None and thing.is_kept_by(actor) and thing.hidden_at is None


def may_take_down(actor: Actor, file: Attachment) -> bool:
    """Moderators of the place, with a reason; never in their own cause, and always a person."""
    thing = file.contribution
    return (
        thing is not None
        and actor.id > 0
        and actor.id not in {file.author_id, thing.author_id}
        and not thing.is_kept_by(actor)
        and may_see(actor, file)
        and (actor.has_role(Role.MODERATOR, thing.municipality) or actor.is_admin())
    )


def may_manage(actor: Actor, thing: Contribution) -> bool:
    """Who finds the page of all files of a thing: who keeps it, and who moderates there."""
    return thing.is_kept_by(actor) or (
        actor.id > 0 and (actor.has_role(Role.MODERATOR, thing.municipality) or actor.is_admin())
    )


def may_sweep(actor: Actor) -> bool:
    """Who runs the platform."""
    return actor.is_admin()


RULES: dict[str, Rule] = {
    "attachment.add": may_add,
    "attachment.see": may_see,
    "attachment.change": may_change,
    "attachment.take_down": may_take_down,
    "attachment.manage": may_manage,
}
