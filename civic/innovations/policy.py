"""Who may do what with an innovation, its gates, its takings over and the exchange."""

from __future__ import annotations

from collections.abc import Sequence

from civic.accounts.models import Actor, Membership, Role, User
from civic.core.policy import Rule
from civic.innovations.models import WAY, Exchange, Innovation, Stage
from civic.municipalities.models import Municipality, MunicipalityKind
from civic.organisations.models import Organisation
from civic.organisations.policy import may_publish_as
from civic.projects.models import Project, TeamRole

# -- the way through the gates -------------------------------------------------------------------


def steps_from(stage: Stage, ended_from: Stage | None = None) -> tuple[Stage, ...]:
    """Where a gate may lead: one step on, any step back, and the honest end from everywhere.

    What was ended may be taken up again, at most where it stood (`ended_from`).
    """
    if stage is Stage.ENDED:
        last = WAY.index(ended_from) if ended_from in WAY else 0
        return WAY[: last + 1]
    place = WAY.index(stage)
    return (*WAY[place + 1 : place + 2], *reversed(WAY[:place]), Stage.ENDED)


def is_forward(from_stage: Stage, to_stage: Stage) -> bool:
    """A step on along the way; going back, ending and taking up again are none."""
    return from_stage in WAY and to_stage in WAY and WAY.index(to_stage) > WAY.index(from_stage)


# -- entries -------------------------------------------------------------------------------------


def may_register(
    actor: Actor,
    municipality: Municipality,
    *,
    project: Project | None = None,
    organisation: Organisation | None = None,
) -> bool:
    """The lead of the project it comes from; the administration; who speaks for an organisation."""
    if not (actor.is_confirmed and municipality.is_active):
        return False
    if project is not None:
        return may_register_from(actor, project)
    return actor.has_role(Role.STAFF, municipality) or (
        organisation is not None and may_publish_as(actor, organisation)
    )


def may_register_from(actor: Actor, project: Project) -> bool:
    """The lead of a project that everybody sees, also when it is completed or ended."""
    member = project.member(actor)
    return (
        actor.is_confirmed
        and project.is_visible
        and member is not None
        and member.role is TeamRole.LEAD
    )


def may_register_somewhere(actor: Actor, organisations: Sequence[Organisation] = ()) -> bool:
    """Whoever belongs to an administration or speaks for one of these organisations."""
    return _is_staff(actor) or any(may_publish_as(actor, o) for o in organisations)


def may_edit(actor: Actor, innovation: Innovation) -> bool:
    """Those who keep it, until it is ended; texts and figures alike."""
    return may_propose(actor, innovation) and not innovation.is_ended


def may_propose(actor: Actor, innovation: Innovation) -> bool:
    """Those who keep it: they alone say that it is ready for a gate, or for the end."""
    return innovation.is_visible and innovation.is_kept_by(actor)


def may_decide(actor: Actor, innovation: Innovation) -> bool:
    """The administration responsible for it or the organisation that leads it; nobody else."""
    return innovation.is_visible and (
        actor.has_role(Role.STAFF, innovation.municipality)
        or (innovation.organisation is not None and may_publish_as(actor, innovation.organisation))
    )


def may_see_proposals(actor: Actor, innovation: Innovation) -> bool:
    """Proposals that are open, refused or withdrawn are between team and deciders."""
    return may_propose(actor, innovation) or may_decide(actor, innovation)


# -- taking over ---------------------------------------------------------------------------------


def may_take_over(actor: Actor, innovation: Innovation) -> bool:
    """The administration of any other municipality than the one whose entry it is."""
    return innovation.is_visible and _is_staff(actor, except_at=innovation.municipality_id)


def may_take_over_for(actor: Actor, innovation: Innovation, municipality: Municipality) -> bool:
    """The administration of this municipality, which is another one than the entry's."""
    return (
        innovation.is_visible
        and municipality.is_active
        and municipality.id != innovation.municipality_id
        and actor.has_role(Role.STAFF, municipality)
    )


def may_set_degree(actor: Actor, innovation: Innovation) -> bool:
    """Who decides about an entry that was taken over, until it is ended."""
    return (
        innovation.degree is not None and not innovation.is_ended and may_decide(actor, innovation)
    )


def _is_staff(actor: Actor, except_at: int | None = None) -> bool:
    """Whether the person belongs to any administration, or to one beside that of this place."""
    if not isinstance(actor, User) or not actor.is_confirmed:
        return False
    return any(_is_staff_beside(membership, except_at) for membership in actor.memberships)


def _is_staff_beside(membership: Membership, except_at: int | None) -> bool:
    """A role for the whole platform, or above a place, holds for others as well.

    Who runs the platform has every role.
    """
    place = membership.municipality
    if place is None:
        return membership.role in {Role.STAFF, Role.ADMIN}
    is_beside = place.id != except_at or place.kind is not MunicipalityKind.GEMEINDE
    return membership.role is Role.STAFF and is_beside


# -- the exchange --------------------------------------------------------------------------------


def may_post(
    actor: Actor, municipality: Municipality, organisation: Organisation | None = None
) -> bool:
    """The administration, or who speaks for an organisation, offers or looks for something."""
    return (
        actor.is_confirmed
        and municipality.is_active
        and (
            actor.has_role(Role.STAFF, municipality)
            or (organisation is not None and may_publish_as(actor, organisation))
        )
    )


def may_keep_exchange(actor: Actor, exchange: Exchange) -> bool:
    """Who speaks for the organisation in whose name it stands; else its author or their
    administration. Only while it stands.
    """
    if not exchange.is_visible or exchange.settled_at is not None or not actor.is_confirmed:
        return False
    if exchange.organisation is not None:
        return may_publish_as(actor, exchange.organisation)
    return actor.id == exchange.author_id or actor.has_role(Role.STAFF, exchange.municipality)


RULES: dict[str, Rule] = {
    "innovation.register": may_register,
    "innovation.register_from": may_register_from,
    "innovation.register_somewhere": may_register_somewhere,
    "innovation.edit": may_edit,
    "innovation.propose": may_propose,
    "innovation.decide": may_decide,
    "innovation.see_proposals": may_see_proposals,
    "innovation.take_over": may_take_over,
    "innovation.take_over_for": may_take_over_for,
    "innovation.set_degree": may_set_degree,
    "exchange.post": may_post,
    "exchange.keep": may_keep_exchange,
}
