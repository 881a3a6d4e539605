"""An organisation begins and says what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError

from civic.accounts.address import normal_address
from civic.accounts.models import Actor
from civic.core import clock, html, limits, names
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_, slugify
from civic.core.policy import demand
from civic.core.rendering import outdated
from civic.municipalities import queries as municipalities
from civic.municipalities.models import Municipality
from civic.organisations import policy, queries
from civic.organisations.models import (
    Joining,
    Organisation,
    OrganisationKind,
    OrganisationMember,
    OrganisationRole,
)
from civic.organisations.service.log import note
from civic.organisations.service.people import hold

#: Organisations that a person opens; nobody honest reaches it.
FOUNDING = (limits.Limit(5, 86_400), limits.Limit(20, 30 * 86_400))
SHORTEST_NAME = 3
LONGEST_SLUG = 60
#: For names in another alphabet.
PLAIN_SLUG = "organisation"
NAME_TAKEN = N_(
    "An organisation with this name, or one that looks like it, is here already. "
    "Perhaps it is yours: then ask to become a member."
)
PHONE = re.compile(r"\+?[0-9][0-9 /()-]{3,38}")


class Standing(NamedTuple):
    """What an organisation is; owners alone change it, and a confirmation holds for it."""

    name: str
    kind: OrganisationKind
    municipality: Municipality
    joining: Joining


@dataclass(frozen=True)
class Words:
    """What an organisation says of itself."""

    description: str = ""
    website: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""


def found_organisation(actor: Actor, standing: Standing, words: Words) -> Organisation:
    """Open an organisation, of which the actor is the first owner.

    Raises `RuleBroken` with the field, `TooMany` beyond 5 a day.
    """
    demand(policy.may_found, actor)
    name = _checked_name(standing.name)
    _check_standing(actor, standing._replace(name=name))
    checked = _checked(words)
    limits.hit(f"organisation:{actor.id}", FOUNDING)
    return _found(actor, standing._replace(name=name), checked)


@transaction()
def _found(actor: Actor, standing: Standing, words: Words) -> Organisation:
    organisation = Organisation(
        kind=standing.kind,
        municipality=standing.municipality,
        joining=standing.joining,
        created_at=clock.now(),
    )
    _say(organisation, words)
    _call(organisation, standing.name)
    organisation.members.append(
        OrganisationMember(user_id=actor.id, role=OrganisationRole.OWNER, joined_at=clock.now())
    )
    db.session.flush()
    note(actor, organisation, "organisation.founded")
    return organisation


@transaction()
def edit_organisation(
    actor: Actor, organisation: Organisation, words: Words, standing: Standing | None = None
) -> bool:
    """Change what it says of itself and, for owners, what it is (`standing`).

    Another name, kind or municipality is not what was confirmed: then the confirmation goes, and
    True is returned.
    """
    hold(organisation)
    db.session.refresh(organisation)
    demand(policy.may_edit, actor, organisation)
    _say(organisation, _checked(words))
    was_verified = organisation.is_verified
    if standing is not None:
        demand(policy.may_lead, actor, organisation)
        _change_standing(actor, organisation, standing)
    note(actor, organisation, "organisation.edited")
    return was_verified and not organisation.is_verified


def _change_standing(actor: Actor, organisation: Organisation, standing: Standing) -> None:
    standing = standing._replace(name=_checked_name(standing.name))
    now = (organisation.name, organisation.kind, organisation.municipality)
    organisation.joining = standing.joining
    if now == standing[:3]:
        return
    _check_standing(actor, standing, organisation)
    if organisation.name != standing.name:
        note(actor, organisation, "organisation.renamed", detail=organisation.name)
        _call(organisation, standing.name)
    organisation.kind, organisation.municipality = standing.kind, standing.municipality
    if organisation.verified_at is not None:
        organisation.verified_at = None
        note(actor, organisation, "organisation.unverified")


@transaction()
def render_anew(actor: Actor, batch: int = 500) -> int:
    """Render descriptions made by an older renderer; returns how many were."""
    del actor
    old = outdated(Organisation, batch)
    for organisation in old:
        _describe(organisation, organisation.description)
    return len(old)


def _checked_name(name: str) -> str:
    folded = names.fold_title(name)
    if len(names.skeleton(folded)) < SHORTEST_NAME:
        raise RuleBroken(
            N_("Please use at least %(least)s letters for the name."), "name", least=SHORTEST_NAME
        )
    return folded


def _check_standing(
    actor: Actor, standing: Standing, organisation: Organisation | None = None
) -> None:
    """Raises `RuleBroken` where it would pass for somebody else."""
    own = organisation.id if organisation else None
    if queries.name_is_taken(names.skeleton(standing.name), except_for=own):
        raise RuleBroken(NAME_TAKEN, "name")
    if not standing.municipality.is_active:
        raise RuleBroken(
            N_("This municipality does not take part yet. Please choose another one."),
            "municipality",
        )
    if not policy.may_bear_kind(actor, standing.kind, standing.municipality):
        raise RuleBroken(
            N_(
                "Only somebody who works in the administration there can open this page for it. "
                "Please choose another kind."
            ),
            "kind",
        )
    if standing.kind is not OrganisationKind.ADMINISTRATION and municipalities.addressed(
        standing.name
    ):
        raise RuleBroken(
            N_("This is the name of a municipality. Please add what your organisation is."), "name"
        )


def _call(organisation: Organisation, name: str) -> None:
    """Give it a name; of two at the same moment the constraint lets one have it."""
    try:
        with db.session.begin_nested():
            organisation.name = name
            organisation.name_key = names.skeleton(name)
            organisation.slug = slugify(name, LONGEST_SLUG) or PLAIN_SLUG
            db.session.add(organisation)
    except IntegrityError as taken:
        raise RuleBroken(NAME_TAKEN, "name") from taken


def _checked(words: Words) -> Words:
    """Raises `RuleBroken` for what nobody could follow or call."""
    email = words.contact_email
    if email:
        try:
            email = normal_address(email)
        except RuleBroken as broken:
            raise RuleBroken(broken.message, "contact_email") from broken
    if words.contact_phone and not PHONE.fullmatch(words.contact_phone):
        raise RuleBroken(
            N_("Please write the telephone number in digits, such as 03491 123456."),
            "contact_phone",
        )
    return Words(
        description=words.description,
        website=_checked_website(words.website),
        contact_name=words.contact_name,
        contact_email=email,
        contact_phone=words.contact_phone,
    )


def _checked_website(typed: str) -> str:
    """An address of the web; "example.org" is taken for https://example.org."""
    if not typed:
        return ""
    url = typed if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", typed) else f"https://{typed}"
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    except ValueError:  # brackets, a port that is none
        is_web = False
    if not is_web or re.search(r"""[\s<>"'\\@]""", url):
        raise RuleBroken(
            N_("Please write the address of the website, such as https://example.org."), "website"
        )
    return url


def _say(organisation: Organisation, words: Words) -> None:
    _describe(organisation, words.description)
    organisation.website = words.website
    organisation.contact_name = words.contact_name
    organisation.contact_email = words.contact_email
    organisation.contact_phone = words.contact_phone


def _describe(organisation: Organisation, description: str) -> None:
    organisation.description = description
    organisation.description_html = html.render(description) if description else ""
    organisation.summary = html.summary(organisation.description_html)
    organisation.renderer_version = html.RENDERER_VERSION
