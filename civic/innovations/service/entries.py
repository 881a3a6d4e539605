"""Entering an innovation in the register, and keeping its entry up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, func, update

from civic.accounts.models import Actor, User
from civic.activity import service as activity
from civic.contributions import service as contributions
from civic.core import clock, html, limits
from civic.core.db import db, transaction
from civic.core.errors import Outdated, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.core.rendering import outdated
from civic.core.wording import check_title
from civic.follows import service as follows
from civic.innovations import policy
from civic.innovations.models import CostClass, Innovation, Stage
from civic.innovations.queries import state_of
from civic.innovations.reader import EARLIEST
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation
from civic.projects.models import Project
from civic.topics import queries as carried
from civic.topics import service as topics
from civic.topics.models import Topic

OWN = cast("Table", Innovation.__table__)
SHORTEST_BODY = 50
#: A person's entries in a day; nobody honest reaches it.
DAILY = limits.Limit(20, 86_400)
#: Where an entry may begin; every further step is a gate.
BEGINNINGS = (Stage.IDEA, Stage.CONCEPT)
#: What belongs together in an entry: word of the record -> fields. The words together fit the
#: column of an act's detail.
PARTS: dict[str, tuple[str, ...]] = {
    "text": ("title", "body"),
    "topics": (),
    "costs": ("cost_once", "cost_yearly", "cost_note"),
    "needs": ("staff", "legal_basis", "software", "licence", "duration", "conditions"),
    "lessons": ("lessons", "used_since"),
    "contact": ("contact_name", "contact_email", "contact_phone"),
}
OF_PART = {name: part for part, names in PARTS.items() for name in names}


@dataclass(frozen=True)
class Source:
    """Where a new entry comes from: a project, and in whose name it stands."""

    project: Project | None = None
    organisation: Organisation | None = None

    @property
    def carried_over(self) -> Organisation | None:
        """The organisation that leads the project leads what became of it as well."""
        return self.project.organisation if self.project else None


@dataclass(frozen=True)
class Entry:
    """The texts of a new entry; everything else is added by editing it."""

    title: str
    body: str
    slugs: Sequence[str]
    stage: Stage = Stage.IDEA
    #: Further columns that the beginning brings along (a contact, a cost).
    more: Mapping[str, Any] = field(default_factory=dict)


def register_innovation(
    actor: Actor, municipality: Municipality, entry: Entry, source: Source | None = None
) -> Innovation:
    """Enter an innovation. Raises `RuleBroken` with the field, `Forbidden`, `TooMany`."""
    source = source or Source()
    demand(_may_register, actor, municipality, source)
    check_text(entry.title, entry.body)
    if entry.stage not in BEGINNINGS:
        raise RuleBroken(N_("An entry begins with the idea or the concept."), "stage")
    limits.hit(f"innovation:{actor.id}", [DAILY])
    return _register(actor, municipality, entry, source)


def _may_register(actor: Actor, municipality: Municipality, source: Source) -> bool:
    return policy.may_register(
        actor, municipality, project=source.project, organisation=source.organisation
    )


@transaction()
def _register(actor: Actor, municipality: Municipality, entry: Entry, source: Source) -> Innovation:
    innovation = Innovation(
        author_id=actor.id,
        municipality=municipality,
        title=entry.title,
        state=entry.stage,
        project_id=source.project.id if source.project else None,
        organisation=source.carried_over,
        use_count=0,
        **html.columns(entry.body),
        **entry.more,
    )
    enter(actor, innovation, entry.slugs, organisation=source.organisation)
    if source.project:
        _come_from(actor, innovation, source.project)
    return innovation


@transaction()
def enter(
    actor: Actor,
    innovation: Innovation,
    slugs: Sequence[str],
    *,
    organisation: Organisation | None = None,
) -> None:
    """Publish a new entry with its topics, and say so. The caller has demanded its own rule."""
    innovation.cost_class = CostClass.of(innovation.cost_once)
    contributions.publish(actor, innovation, organisation=organisation)
    make_findable(actor, innovation, topics.set_topics(actor, innovation, slugs))
    follows.follow_by_default(actor, innovation)
    activity.record(actor, "innovation.registered", innovation, detail=innovation.state)


def _come_from(actor: Actor, innovation: Innovation, project: Project) -> None:
    contributions.descend(actor, innovation, [project])
    follows.pass_on(actor, project, innovation)
    activity.record(actor, "project.became_innovation", project, detail=innovation.reference)


@transaction()
def edit_entry(
    actor: Actor, innovation: Innovation, values: Mapping[str, Any], slugs: Sequence[str], seen: str
) -> list[str]:
    """Change the entry; returns the parts that changed (keys of `PARTS`), which are recorded.

    `seen` is `queries.state_of` as it was when the person began to write; `Outdated` if somebody
    else saved in between.
    """
    contributions.lock(actor, innovation)
    db.session.refresh(innovation)
    demand(policy.may_edit, actor, innovation)
    if seen != state_of(innovation):
        raise Outdated(state_of(innovation))
    check_text(values["title"], values["body"])
    _check_needs(values)
    changed = _changed(innovation, values, slugs)
    if changed:
        _write(actor, innovation, values, slugs)
        activity.record(actor, "innovation.edited", innovation, detail=" ".join(changed))
    return changed


def _check_needs(values: Mapping[str, Any]) -> None:
    """A licence is one of a software, and in use is what was in use. Raises `RuleBroken`."""
    if values["licence"] and not values["software"]:
        raise RuleBroken(N_("Please name the software that has this licence."), "software")
    if values["used_since"] and not EARLIEST <= values["used_since"] <= clock.today():
        raise RuleBroken(
            N_("Please give a day that lies behind us, and after the year 1900."), "used_since"
        )


def _write(
    actor: Actor, innovation: Innovation, values: Mapping[str, Any], slugs: Sequence[str]
) -> None:
    for name, value in (
        dict(values) | html.columns(values["body"]) | rendered_lessons(values["lessons"])
    ).items():
        setattr(innovation, name, value)
    innovation.cost_class = CostClass.of(innovation.cost_once)
    innovation.updated_at = clock.now()
    make_findable(actor, innovation, topics.set_topics(actor, innovation, slugs))


def _changed(innovation: Innovation, values: Mapping[str, Any], slugs: Sequence[str]) -> list[str]:
    """The parts that differ, in the order of the form."""
    changed = {OF_PART[n] for n, value in values.items() if value != getattr(innovation, n)}
    if {topic.slug for topic in carried.of_thing(innovation.id)} != set(slugs):
        changed.add("topics")
    return [part for part in PARTS if part in changed]


@transaction()
def forget_contact(actor: User, *, erase: bool) -> None:
    """A person leaves: entries belong to a municipality and stay, their name as contact goes."""
    del erase
    db.session.execute(
        update(OWN)
        .where(OWN.c.contact_email != "", func.lower(OWN.c.contact_email) == actor.email_key)
        .values(contact_name="", contact_email="", contact_phone="")
    )
    db.session.expire_all()


@transaction()
def render_anew(actor: Actor, batch: int = 500) -> int:
    """Render texts made by an older renderer; returns how many were."""
    del actor
    old = outdated(Innovation, batch)
    for innovation in old:
        for name, value in (
            html.columns(innovation.body) | rendered_lessons(innovation.lessons)
        ).items():
            setattr(innovation, name, value)
    return len(old)


def rendered_lessons(lessons: str) -> dict[str, Any]:
    """The columns that follow from the lessons; their headings stand below one of the page."""
    return {"lessons": lessons, "lessons_html": html.render(lessons, top=3)}


@transaction()
def make_findable(actor: Actor, innovation: Innovation, chosen: Sequence[Topic]) -> None:
    """Write the search document: texts, software, place and topics."""
    contributions.make_findable(
        actor,
        innovation,
        innovation.body,
        innovation.lessons or "",
        innovation.software or "",
        innovation.municipality.title,
        *(topic.words for topic in chosen),
    )


def check_text(title: str, body: str) -> None:
    """Long enough to be understood. Raises `RuleBroken`."""
    check_title(title)
    if len(body) < SHORTEST_BODY:
        raise RuleBroken(
            N_("Describe it in at least %(least)s characters. So far there are %(now)s."),
            "body",
            least=SHORTEST_BODY,
            now=len(body),
        )
