"""Who may do what with a test bed, and with what somebody wants to try in it."""

from __future__ import annotations

from civic.accounts.models import Actor, Role
from civic.comments.models import Comment
from civic.contributions.models import Contribution
from civic.core.policy import Rule
from civic.municipalities.models import Municipality
from civic.testbeds.models import PUBLIC, Pilot, PilotState, Testbed, TestbedState


def may_open(actor: Actor, municipality: Municipality) -> bool:
    """The administration of the municipality or of one above it, wherever people take part."""
    return municipality.is_active and actor.has_role(Role.STAFF, municipality)


def may_begin(actor: Actor, workplace: Municipality | None) -> bool:
    """Who finds the form: those who run the platform, and who works in an administration."""
    return actor.is_admin() or (workplace is not None and may_open(actor, workplace))


def may_edit(actor: Actor, testbed: Testbed) -> bool:
    """The administration; also of one that is closed, for its page stays."""
    return testbed.is_visible and actor.has_role(Role.STAFF, testbed.municipality)


def may_close(actor: Actor, testbed: Testbed) -> bool:
    """The administration, once."""
    return may_edit(actor, testbed) and testbed.state != TestbedState.CLOSED


def may_reopen(actor: Actor, testbed: Testbed) -> bool:
    """The administration, what it has closed."""
    return may_edit(actor, testbed) and testbed.state == TestbedState.CLOSED


def may_apply(actor: Actor, testbed: Testbed, thing: Contribution) -> bool:
    """Who keeps the thing, while it lives and the test bed takes applications."""
    return testbed.takes_applications and may_try(actor, thing)


def may_try(actor: Actor, thing: Contribution) -> bool:
    """Whether this person may ask for a place to try the thing, in whatever test bed."""
    return (
        not isinstance(thing, Testbed | Comment)
        and thing.is_visible
        and thing.is_living
        and thing.is_kept_by(actor)
    )


def may_decide(actor: Actor, pilot: Pilot) -> bool:
    """The administration of the test bed, while there is no answer."""
    return pilot.state is PilotState.APPLIED and _is_host(actor, pilot)


def may_withdraw(actor: Actor, pilot: Pilot) -> bool:
    """Who keeps the thing, while there is no answer."""
    return pilot.state is PilotState.APPLIED and pilot.contribution.is_kept_by(actor)


def may_finish(actor: Actor, pilot: Pilot) -> bool:
    """Either side says that a pilot is over, and what came of it."""
    return pilot.state is PilotState.ADMITTED and is_side(actor, pilot)


def may_see(actor: Actor, pilot: Pilot) -> bool:
    """Everybody sees what is and was tried; what was only asked for is seen by its two sides."""
    is_shown = pilot.testbed.is_visible and pilot.contribution.is_visible
    return (is_shown and pilot.state in PUBLIC) or is_side(actor, pilot)


def is_side(actor: Actor, pilot: Pilot) -> bool:
    """The administration of the test bed, or who keeps what is tried."""
    return _is_host(actor, pilot) or pilot.contribution.is_kept_by(actor)


def _is_host(actor: Actor, pilot: Pilot) -> bool:
    return actor.has_role(Role.STAFF, pilot.testbed.municipality)


RULES: dict[str, Rule] = {
    "testbed.open": may_open,
    "testbed.begin": may_begin,
    "testbed.edit": may_edit,
    "testbed.close": may_close,
    "testbed.reopen": may_reopen,
    "pilot.apply": may_apply,
    "pilot.try": may_try,
    "pilot.decide": may_decide,
    "pilot.withdraw": may_withdraw,
    "pilot.finish": may_finish,
    "pilot.see": may_see,
}
