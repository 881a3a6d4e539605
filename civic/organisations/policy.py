"""Who may do what in an organisation, and in its name.

An owner decides about the organisation, an editor speaks for it, a member belongs to it. Nobody
signs in as an organisation: what is done in its name is done by a person who is on record.
"""

from civic.accounts.models import Actor, Role
from civic.core.policy import Rule
from civic.municipalities.models import Municipality
from civic.organisations.models import (
    SPEAKING,
    Joining,
    Organisation,
    OrganisationInvitation,
    OrganisationKind,
    OrganisationMember,
    OrganisationRequest,
    OrganisationRole,
    RequestState,
)


def may_found(actor: Actor) -> bool:
    """Everybody with a confirmed account; whether it is what it says, its municipality confirms."""
    return actor.is_confirmed


def may_bear_kind(actor: Actor, kind: OrganisationKind, municipality: Municipality) -> bool:
    """Only the staff of a municipality calls something its administration."""
    return kind is not OrganisationKind.ADMINISTRATION or actor.has_role(Role.STAFF, municipality)


def may_publish_as(actor: Actor, organisation: Organisation) -> bool:
    """Owners and editors speak in the name of an organisation that is not closed."""
    return (
        actor.is_confirmed
        and not organisation.is_closed
        and organisation.role_of(actor) in SPEAKING
    )


def may_edit(actor: Actor, organisation: Organisation) -> bool:
    """Who speaks for it keeps its profile; what it is called and is only owners change."""
    return may_publish_as(actor, organisation) or may_lead(actor, organisation)


def may_lead(actor: Actor, organisation: Organisation) -> bool:
    """Owners decide about members, name and end. Where none of them can sign in any more, who runs
    the platform helps.
    """
    if organisation.is_closed or not actor.is_confirmed:
        return False
    is_owner = organisation.role_of(actor) is OrganisationRole.OWNER
    return is_owner or (actor.is_admin() and not _is_owned(organisation))


def may_close(actor: Actor, organisation: Organisation) -> bool:
    """Who leads it; and who runs the platform, where it breaks the rules."""
    return may_lead(actor, organisation) or (actor.is_admin() and not organisation.is_closed)


def may_see_inside(actor: Actor, organisation: Organisation) -> bool:
    """Members know each other and what is done in their name; so does who moderates there."""
    return (
        organisation.role_of(actor) is not None
        or actor.has_role(Role.MODERATOR, organisation.municipality)
        or actor.is_admin()
    )


def may_join(actor: Actor, organisation: Organisation) -> bool:
    """Into an open one everybody walks in."""
    return organisation.joining is Joining.OPEN and _may_come(actor, organisation)


def may_ask(actor: Actor, organisation: Organisation) -> bool:
    """Who may not walk in asks, unless it takes people by invitation only."""
    return organisation.joining is Joining.REQUEST and _may_come(actor, organisation)


def may_leave(actor: Actor, organisation: Organisation) -> bool:
    """Every member, at any time; whoever owns it alone hands it over first, says the service."""
    return organisation.role_of(actor) is not None


def may_change_member(actor: Actor, member: OrganisationMember) -> bool:
    """Owners give roles and take people out."""
    return may_lead(actor, member.organisation)


def may_answer(actor: Actor, request: OrganisationRequest) -> bool:
    """Owners accept or decline who asks."""
    return request.state is RequestState.OPEN and may_lead(actor, request.organisation)


def may_withdraw(actor: Actor, request: OrganisationRequest) -> bool:
    """Who asked takes it back while nobody has answered."""
    return (
        actor.is_authenticated
        and actor.id == request.user_id
        and request.state is RequestState.OPEN
    )


def may_accept(actor: Actor, invitation: OrganisationInvitation, email_key: str | None) -> bool:
    """The owner of the address that was written to, and nobody else who has the link."""
    return (
        actor.is_confirmed
        and email_key == invitation.email_key
        and not invitation.organisation.is_closed
    )


def may_verify(actor: Actor, organisation: Organisation) -> bool:
    """The administration of its municipality says that it is who it says it is.

    Nobody confirms a body of their own, but for the administration itself, which only staff opens.
    """
    is_own = organisation.role_of(actor) is not None
    return (
        not organisation.is_closed
        and actor.has_role(Role.STAFF, organisation.municipality)
        and (not is_own or organisation.kind is OrganisationKind.ADMINISTRATION)
    )


def _is_owned(organisation: Organisation) -> bool:
    return any(
        member.role is OrganisationRole.OWNER and member.user.is_confirmed
        for member in organisation.members
    )


def _may_come(actor: Actor, organisation: Organisation) -> bool:
    return actor.is_confirmed and not organisation.is_closed and organisation.role_of(actor) is None


RULES: dict[str, Rule] = {
    "organisation.found": may_found,
    "organisation.publish_as": may_publish_as,
    "organisation.edit": may_edit,
    "organisation.lead": may_lead,
    "organisation.close": may_close,
    "organisation.inside": may_see_inside,
    "organisation.join": may_join,
    "organisation.ask": may_ask,
    "organisation.leave": may_leave,
    "organisation.verify": may_verify,
    "organisation.answer": may_answer,
    "organisation.withdraw": may_withdraw,
}
