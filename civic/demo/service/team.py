"""How a team of the demo comes together: what it looks for, who asks, who walks in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from civic.accounts.models import User
from civic.demo import queries
from civic.demo.service.cast import Act, Cast, Entry
from civic.projects import service as projects
from civic.projects.models import OpeningState
from civic.projects.service import Wanted


def acts_of(cast: Cast, entry: Entry) -> Iterator[Act]:
    """Everything that happens around the team of one project."""
    for opening in entry.get("openings", ()):
        yield opening["days_ago"], partial(_look_for, cast, entry, opening)
        if settled := opening.get("settled"):
            yield settled["days_ago"], partial(_settle, cast, entry, opening)
    for member in entry.get("team", ()):
        yield member["days_ago"], partial(_come, cast, entry, member)
        for name in ("answered", "declined"):
            if name in member:
                yield member[name], partial(_answer, cast, entry, member)


def _look_for(cast: Cast, entry: Entry, opening: Entry) -> None:
    wanted = Wanted(
        title=opening["title"],
        text=opening.get("text", ""),
        hours=opening.get("hours", ""),
        until_on=cast.day(opening.get("until_in")),
    )
    key = entry["key"]
    cast.openings[key, opening["key"]] = projects.add_opening(
        cast.people[entry["by"]], cast.projects[key], wanted
    )


def _settle(cast: Cast, entry: Entry, opening: Entry) -> None:
    settled = opening["settled"]
    projects.settle_opening(
        cast.people[settled["by"]],
        cast.openings[entry["key"], opening["key"]],
        OpeningState(settled["state"]),
    )


def _come(cast: Cast, entry: Entry, member: Entry) -> None:
    """Walk into an open team, or ask."""
    person, project = cast.people[member["person"]], cast.projects[entry["key"]]
    organisation = cast.organisation(member.get("organisation"))
    if member.get("how") == "join":
        projects.join_team(person, project, task=member.get("task", ""), organisation=organisation)
        return
    opening = cast.openings[entry["key"], member["opening"]] if "opening" in member else None
    projects.ask_to_join(
        person, project, message=member["message"], opening=opening, organisation=organisation
    )


def _answer(cast: Cast, entry: Entry, member: Entry) -> None:
    person, project = cast.people[member["person"]], cast.projects[entry["key"]]
    projects.answer_request(
        cast.people[entry["by"]],
        queries.team_request(project, person),
        is_accepted="answered" in member,
        answer=member.get("answer", ""),
    )
    if "answered" in member and "task" in member:
        _describe(cast, entry, member, person)


def _describe(cast: Cast, entry: Entry, member: Entry, person: User) -> None:
    organisation = cast.organisation(member.get("organisation"))
    projects.describe_self(
        person, cast.projects[entry["key"]], task=member["task"], organisation=organisation
    )
