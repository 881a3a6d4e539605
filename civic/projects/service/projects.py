"""A project is begun and changed: drafted, proposed or published at once, edited, rendered anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import delete

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.contributions import service as contributions
from civic.contributions.models import Descent
from civic.core import clock, html, limits
from civic.core.db import db, insert_once, transaction
from civic.core.errors import Outdated, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.core.rendering import outdated
from civic.follows import service as follows
from civic.ideas.models import Idea
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation
from civic.organisations.policy import may_publish_as
from civic.projects import policy
from civic.projects.models import Project, ProjectDraft, ProjectState, TeamMember, TeamRole
from civic.projects.queries import projects as queries
from civic.projects.service.hold import hold
from civic.projects.service.outline import TOP_HEADING, Outline, check, describe, written

#: A person's projects in a day; nobody honest reaches it.
DAILY = limits.Limit(10, 86_400)
#: More ideas than these are no ground to stand on but a heap.
MOST_IDEAS = 20


@transaction()
def save_draft(actor: Actor, typed: Mapping[str, Sequence[str]]) -> ProjectDraft:
    """Keep what a person has typed, field by field; each has one draft, seen by nobody else."""
    demand(_may_draft, actor)
    insert_once(ProjectDraft, {"user_id": actor.id, "updated_at": clock.now()})
    draft = db.session.get_one(ProjectDraft, actor.id)
    draft.typed = {
        name: [value[: html.MAX_SOURCE] for value in values[:MOST_IDEAS]]
        for name, values in typed.items()
    }
    draft.updated_at = clock.now()
    return draft


@transaction()
def discard_draft(actor: Actor) -> None:
    """Throw the draft away."""
    db.session.execute(delete(ProjectDraft).where(ProjectDraft.user_id == actor.id))


def _may_draft(actor: Actor) -> bool:
    return actor.is_confirmed


def begin_project(
    actor: Actor,
    municipality: Municipality,
    outline: Outline,
    *,
    slugs: Sequence[str],
    ideas: Sequence[Idea] = (),
    organisation: Organisation | None = None,
) -> Project:
    """Begin a project, on ideas or on none. Where the municipality has to agree it is proposed.

    Raises `RuleBroken` with the field, `Forbidden`, `TooMany` beyond 10 a day.
    """
    demand(policy.may_begin, actor, municipality)
    if organisation is not None:
        demand(may_publish_as, actor, organisation)
    check(outline)
    _check_ideas(ideas)
    limits.hit(f"project:{actor.id}", [DAILY])
    return _begin(actor, municipality, outline, slugs=slugs, ideas=ideas, organisation=organisation)


@transaction()
def _begin(
    actor: Actor,
    municipality: Municipality,
    outline: Outline,
    *,
    slugs: Sequence[str],
    ideas: Sequence[Idea],
    organisation: Organisation | None,
) -> Project:
    project = Project(
        author_id=actor.id,
        municipality=municipality,
        organisation=organisation,
        state=ProjectState.FORMING,
        created_at=clock.now(),
        **written(outline),
    )
    project.team = [_first_lead(actor, organisation)]
    is_approved = not municipality.approves_projects or policy.may_decide_in(actor, municipality)
    if is_approved:
        contributions.publish(actor, project)
    else:
        db.session.add(project)
        db.session.flush()
    describe(actor, project, slugs)
    contributions.descend(actor, project, ideas)
    follows.follow_by_default(actor, project)
    discard_draft(actor)
    if is_approved:
        announce(actor, project)
    else:
        _propose(actor, project)
    return project


def _first_lead(actor: Actor, organisation: Organisation | None) -> TeamMember:
    return TeamMember(
        user_id=actor.id,
        role=TeamRole.LEAD,
        organisation_id=organisation.id if organisation else None,
        joined_at=clock.now(),
    )


def announce(actor: Actor, project: Project) -> None:
    """Say that it has begun: on itself, and on each idea that it stands on.

    So the author and the supporters of an idea hear of it, and whoever follows the idea follows the
    project. The state of the idea stays what it is.
    """
    activity.record(actor, "project.begun", project)
    for idea in queries.ideas_below(project):
        _tell_idea(actor, project, idea)


def _tell_idea(actor: Actor, project: Project, idea: Idea) -> None:
    activity.record(actor, "idea.project_begun", idea, detail=project.reference)
    follows.pass_on(actor, idea, project)


@transaction()
def edit_project(
    actor: Actor,
    project: Project,
    outline: Outline,
    *,
    slugs: Sequence[str],
    ideas: Sequence[Idea],
    seen: int,
) -> None:
    """Change what a project says of itself, and on which ideas it stands.

    `seen` is the version the person had before them; `Outdated` if it is no longer the last.
    """
    hold(actor, project)
    demand(policy.may_edit, actor, project)
    if project.version != seen:
        raise Outdated(str(project.version))
    check(outline)
    _check_ideas(ideas)
    for name, value in written(outline).items():
        setattr(project, name, value)
    project.version += 1
    project.updated_at = clock.now()
    describe(actor, project, slugs)
    _stand_on(actor, project, ideas)
    if project.published_at is not None:
        activity.record(actor, "project.edited", project)


def _stand_on(actor: Actor, project: Project, ideas: Sequence[Idea]) -> None:
    """Take away the links that are no longer meant, and tell those ideas that are new.

    An idea that is hidden just now was not there to be chosen, so its link stays.
    """
    before, meant = queries.ideas_below(project), {idea.id for idea in ideas}
    gone = [i.id for i in before if i.id not in meant and i.is_visible]
    db.session.execute(
        delete(Descent).where(Descent.later_id == project.id, Descent.earlier_id.in_(gone))
    )
    known = {idea.id for idea in before}
    new = [idea for idea in ideas if idea.id not in known]
    contributions.descend(actor, project, new)
    for idea in new if project.published_at is not None else ():
        _tell_idea(actor, project, idea)


@transaction()
def propose_again(actor: Actor, project: Project) -> None:
    """Ask the municipality once more, after it has not approved."""
    hold(actor, project)
    demand(policy.may_propose, actor, project)
    _propose(actor, project)


def _propose(actor: Actor, project: Project) -> None:
    project.state = ProjectState.PROPOSED
    project.approval_due_on = clock.today() + timedelta(days=project.municipality.approval_days)
    activity.record(actor, "project.proposed", project)


def _check_ideas(ideas: Sequence[Idea]) -> None:
    if len(ideas) > MOST_IDEAS:
        raise RuleBroken(N_("Please choose at most %(most)s ideas."), "ideas", most=MOST_IDEAS)


@transaction()
def render_anew(actor: Actor, batch: int = 500) -> int:
    """Render texts made by an older renderer; returns how many projects that were."""
    del actor
    old = outdated(Project, batch)
    for project in old:
        for name in ("goal", "problem", "lessons"):
            setattr(project, f"{name}_html", _rendered(getattr(project, name)))
        project.renderer_version = html.RENDERER_VERSION
    return len(old)


def _rendered(source: str) -> str:
    return html.render(source, top=TOP_HEADING) if source else ""
