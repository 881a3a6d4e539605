"""What the small world holds of joint work: an organisation, a project, a test bed, an innovation.

Two teams and two towns stand beside each other: `lead` leads the project of the town, `owner` owns
the organisation and is a plain member of that team, `rival` leads another team elsewhere. Where an
address makes sense for one state alone (to resume, to reopen), a thing of its own is in it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from civic.accounts.models import User, hash_token
from civic.core import clock
from civic.core.db import db
from civic.core.language import slugify
from civic.demo.service import drawing
from civic.innovations.models import Degree
from civic.innovations.queries import gates
from civic.municipalities.models import Municipality
from civic.organisations import service as organisations
from civic.organisations.models import (
    Joining,
    OrganisationInvitation,
    OrganisationRequest,
    OrganisationRole,
)
from civic.projects import service as projects
from civic.projects.models import ProjectState, TeamInvitation, TeamRole
from civic.testbeds import models as testbeds
from tests.make import make_topic
from tests.make_attachments import DOCUMENT, make_attachment
from tests.make_innovations import make_gate, make_indicator, make_innovation
from tests.make_organisations import add_member, make_organisation
from tests.make_projects import make_member, make_opening, make_project, make_request
from tests.make_reuse import make_adoption, make_exchange
from tests.make_testbeds import PLAN, make_pilot, make_testbed

People = dict[str, User]


@dataclass
class Found:
    """What was made: numbers, slugs, tokens, parts of addresses and forms, as `World` has them."""

    ids: dict[str, int]
    slugs: dict[str, str]
    tokens: dict[str, str]
    parts: dict[str, Any]
    forms: dict[str, dict[str, str]]

    def give(self, number: int, room: str, *endpoints: str) -> None:
        """The same thing for these endpoints of a room."""
        self.ids |= {f"{room}.{endpoint}": number for endpoint in endpoints}


def join_forces(people: People, town: Municipality, elsewhere: Municipality) -> Found:
    """Fill the rooms of joint work."""
    found = Found({}, {}, {}, {}, {})
    _organisations(found, people, town)
    project = _projects(found, people, town)
    _work(found, people["lead"], project)
    _files(found, project)
    make_project(people["rival"], elsewhere)
    _testbeds(found, people, town, project)
    _innovations(found, people, town, elsewhere, project)
    return found


def _organisations(found: Found, people: People, town: Municipality) -> None:
    organisation = make_organisation(people["owner"], town, verified_at=clock.now())
    organisations.set_logo(people["owner"], organisation, drawing.logo("linde"))
    fellow = add_member(organisation)
    organisations.ask_to_join(people["author"], organisation, message="Ich möchte mitmachen.")
    found.ids |= {"organisations": organisation.id, "directory": organisation.id}
    found.slugs |= dict.fromkeys(("organisations", "directory"), organisation.slug)
    found.ids["organisations.join"] = make_organisation(None, town, joining=Joining.OPEN).id
    request = db.session.scalars(select(OrganisationRequest)).one()
    token = secrets.token_urlsafe(32)
    invitation = OrganisationInvitation(
        organisation_id=organisation.id,
        role=OrganisationRole.MEMBER,
        invited_by_id=people["owner"].id,
        **_invited(people["author"], token),
    )
    db.session.add(invitation)
    db.session.flush()
    found.parts |= {
        "organisations.person": fellow.id,
        "organisations.number": invitation.id,
        "organisations.answer.number": request.id,
    }
    links = ("organisations.open_invitation", "organisations.answer_invitation")
    found.tokens |= dict.fromkeys(links, token)


def _invited(person: User, token: str) -> dict[str, Any]:
    """The columns of an invitation that was mailed."""
    return {
        "email_key": person.email_key,
        "token_hash": hash_token(token),
        "created_at": clock.now(),
        "expires_at": clock.now() + timedelta(days=14),
    }


def _projects(found: Found, people: People, town: Municipality) -> Any:
    lead = people["lead"]
    project = make_project(lead, town, members=[people["owner"]])
    found.ids["projects"] = project.id
    found.slugs["projects"] = slugify(project.title)
    for endpoint, changes in {
        "approve": {"state": ProjectState.PROPOSED, "published_at": None},
        "propose": {"state": ProjectState.REFUSED, "published_at": None},
        "resume": {"state": ProjectState.PAUSED},
        "lessons": {"state": ProjectState.COMPLETED},
        "join": {"joining": Joining.OPEN},
    }.items():
        found.ids[f"projects.{endpoint}"] = make_project(lead, town, **changes).id
    other_lead = make_project(lead, town)
    make_member(other_lead, role=TeamRole.LEAD)
    found.ids["projects.step_down"] = other_lead.id
    _team(found, people, project)
    found.forms["projects.new"] = {
        "title": project.title,
        "goal": project.goal,
        "municipality": town.slug,
        "topics": make_topic().slug,
        "joining": Joining.REQUEST.value,
    }
    return project


def _team(found: Found, people: People, project: Any) -> None:
    """What is looked for, who asks, who is invited, and the secret calendar of the lead."""
    token = secrets.token_urlsafe(32)
    invitation = TeamInvitation(
        project_id=project.id,
        role=TeamRole.MEMBER,
        invited_by_id=people["lead"].id,
        **_invited(people["author"], token),
    )
    db.session.add(invitation)
    db.session.flush()
    found.parts |= {
        "projects.opening_id": make_opening(project).id,
        "projects.request_id": make_request(project, people["author"]).id,
        "projects.invitation_id": invitation.id,
        "projects.number": invitation.id,
        "projects.user_id": people["owner"].id,
        "projects.end": "gefunden",
        "projects.field": "goal",
    }
    links = ("projects.invitation", "projects.answer_invitation")
    found.tokens |= dict.fromkeys(links, token)
    found.tokens["projects.team_calendar"] = projects.open_calendar(people["lead"], project)


def _work(found: Found, lead: User, project: Any) -> None:
    day = clock.today() + timedelta(days=20)
    milestone = projects.add_milestone(lead, project, title="Alle sind eingeführt", due_on=day)
    task = projects.add_task(
        lead,
        project,
        title="Schilder bestellen",
        owner_id=lead.id,
        due_on=day,
        milestone_id=milestone.id,
    )
    words = projects.Wording("Wir fangen an", "Alle dafür.", "Gemeinderat", "", clock.today())
    decision = projects.record_decision(lead, project, words)
    inner = projects.add_post(
        lead, project, title="Nur für uns", body="Wer hat den Schlüssel?", is_inner=True
    )
    steps = ("settle", "edit", "remove", "reopen")
    found.give(milestone.id, "projects", *(f"{step}_milestone" for step in steps))
    found.give(task.id, "projects", "edit_task", "remove_task", "finish_task", "reopen_task")
    found.give(decision.id, "projects", "decision", "edit_decision", "remove_decision")
    found.give(inner.id, "projects", "post", "edit_post", "remove_post")


def _files(found: Found, project: Any) -> None:
    """A document for the team alone, and a picture for everybody."""
    inner = make_attachment(project, is_inner=True, **DOCUMENT)
    found.ids |= {
        "attachments": make_attachment(project).id,
        "attachments.document": inner.id,
        "attachments.index": project.id,
    }
    found.parts |= {"attachments.width": 320, "attachments.document.name": inner.name}


def _testbeds(found: Found, people: People, town: Municipality, project: Any) -> None:
    testbed = make_testbed(town, people["staff"])
    found.ids["testbeds"] = testbed.id
    found.slugs["testbeds"] = slugify(testbed.title)
    found.ids["testbeds.apply"] = make_testbed(town, people["staff"]).id
    found.forms["testbeds.apply"] = {"thing": str(project.id), "plan": PLAN}
    found.ids["testbeds.close"] = make_testbed(town, people["staff"]).id
    closed = make_testbed(town, people["staff"], state=testbeds.TestbedState.CLOSED)
    found.ids["testbeds.reopen"] = closed.id
    waiting = make_pilot(testbed, project, by=people["lead"])
    found.give(waiting.id, "testbeds", "pilot", "decide", "withdraw")
    running = make_pilot(
        make_testbed(town, people["staff"]),
        project,
        by=people["lead"],
        state=testbeds.PilotState.ADMITTED,
    )
    found.ids["testbeds.finish"] = running.id


def _innovations(
    found: Found, people: People, town: Municipality, elsewhere: Municipality, project: Any
) -> None:
    innovation = make_innovation(people["lead"], town, project=project)
    found.ids["innovations"] = innovation.id
    found.slugs["innovations"] = slugify(innovation.title)
    indicator = make_indicator(innovation, values={date(2026, 3, 31): "112"})
    found.parts |= {
        "innovations.gate_id": make_gate(innovation, gates.steps(innovation)[0]).id,
        "innovations.indicator_id": indicator.id,
        "innovations.value_id": indicator.measurements[0].id,
    }
    adoption = make_adoption(
        innovation, Degree.TRYING, municipality=elsewhere, author=people["neighbour"]
    )
    found.ids["innovations.degree"] = adoption.id
    post = make_exchange(municipality=town, author=people["staff"])
    addresses = ("exchange_show", "exchange_edit", "exchange_settle")
    found.give(post.id, "innovations", *addresses)
    found.slugs["innovations.exchange_show"] = slugify(post.title)
