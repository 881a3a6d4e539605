"""What happens to an organisation of the demo: founded, confirmed, joined, asked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from civic.demo import queries
from civic.demo.service import drawing
from civic.demo.service.cast import Act, Cast, Entry
from civic.organisations import service as organisations
from civic.organisations.models import Joining, OrganisationKind, OrganisationRole
from civic.organisations.service import Standing, Words

#: What it says of itself.
WORDS = ("website", "contact_name", "contact_email", "contact_phone")


def acts_of(cast: Cast, entry: Entry) -> Iterator[Act]:
    """Everything that happens to one organisation, each with its time."""
    yield entry["days_ago"], partial(_found, cast, entry)
    if verified := entry.get("verified"):
        yield verified["days_ago"], partial(_verify, cast, entry["key"], verified["by"])
    for member in entry.get("members", ()):
        yield member["days_ago"], partial(_take_in, cast, entry, member)
    for request in entry.get("requests", ()):
        yield request["days_ago"], partial(_ask, cast, entry["key"], request)
        if "declined_by" in request:
            yield request["answered"], partial(_decline, cast, entry["key"], request)


def _found(cast: Cast, entry: Entry) -> None:
    founder = cast.people[entry["founder"]]
    organisation = organisations.found_organisation(
        founder,
        Standing(
            name=entry["name"],
            kind=OrganisationKind(entry["kind"]),
            municipality=cast.places[entry["municipality"]],
            joining=Joining(entry["joining"]),
        ),
        Words(
            description=entry["description"].strip(),
            **{name: entry[name] for name in WORDS if name in entry},
        ),
    )
    cast.organisations[entry["key"]] = organisation
    if "logo" in entry:
        organisations.set_logo(founder, organisation, drawing.logo(entry["logo"]))


def _verify(cast: Cast, key: str, by: str) -> None:
    organisations.verify_organisation(cast.people[by], cast.organisations[key])


def _take_in(cast: Cast, entry: Entry, member: Entry) -> None:
    """Somebody walks in, or asks and is welcome."""
    organisation, person = cast.organisations[entry["key"]], cast.people[member["person"]]
    owner = cast.people[entry["founder"]]
    if entry["joining"] == Joining.OPEN:
        organisations.join_organisation(person, organisation)
    else:
        _ask(cast, entry["key"], member)
        request = queries.membership_request(organisation, person)
        organisations.answer_request(owner, request, is_accepted=True, answer="")
    if "role" in member:
        role = OrganisationRole(member["role"])
        organisations.change_role(owner, organisation, person.id, role)


def _ask(cast: Cast, key: str, request: Entry) -> None:
    organisations.ask_to_join(
        cast.people[request["person"]], cast.organisations[key], message=request["message"]
    )


def _decline(cast: Cast, key: str, request: Entry) -> None:
    asked = queries.membership_request(cast.organisations[key], cast.people[request["person"]])
    organisations.answer_request(
        cast.people[request["declined_by"]], asked, is_accepted=False, answer=request["answer"]
    )
