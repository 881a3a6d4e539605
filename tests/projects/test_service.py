"""What happens to a project, and what the house says about it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from civic.accounts.models import Nobody, Role, System
from civic.activity.models import Activity
from civic.contributions import queries as contributions
from civic.contributions.models import Descent
from civic.core import clock
from civic.core.db import db
from civic.core.errors import Conflict, Forbidden, Missing, RuleBroken
from civic.follows import queries as follows
from civic.follows import service as following
from civic.ideas.models import IdeaState
from civic.organisations.models import OrganisationRole
from civic.projects import service
from civic.projects.models import (
    Project,
    ProjectDraft,
    ProjectState,
    TeamRole,
)
from civic.projects.queries import projects as queries
from civic.votes import service as votes
from tests.make import make_idea, make_municipality, make_topic, make_user
from tests.make_organisations import add_member, make_organisation
from tests.make_projects import (
    GOAL,
    make_member,
    make_project,
    outline,
)

REASON = "Der Brandschutz ist noch nicht geklärt; bitte sprechen Sie mit dem Bauamt."


def news(thing):
    wanted = select(Activity.verb).where(Activity.contribution_id == thing.id)
    return list(db.session.scalars(wanted.order_by(Activity.id)))


def last_act(thing, verb):
    wanted = select(Activity).where(Activity.contribution_id == thing.id, Activity.verb == verb)
    return db.session.scalars(wanted.order_by(Activity.id.desc())).first()


@pytest.fixture
def careful(inside):
    """A municipality that approves projects first, and somebody of its administration."""
    town = make_municipality("Lindfurt", approves_projects=True, approval_days=10)
    return town, make_user(roles=[(Role.STAFF, town)])


def edit(project, actor=None, **changes):
    kept = {"slugs": [make_topic().slug], "ideas": (), "seen": project.version}
    options = {name: changes.pop(name, value) for name, value in kept.items()}
    service.edit_project(actor or project.author, project, outline(**changes), **options)


# -- beginning -------------------------------------------------------------------------------


def test_a_project_is_public_at_once_and_its_author_leads_it(inside):
    author = make_user()
    project = make_project(author, budget=12_500)
    assert project.is_visible
    assert project.state == ProjectState.FORMING
    assert project.reference.startswith(str(clock.today().year))
    assert [(m.user_id, m.role) for m in project.team] == [(author.id, TeamRole.LEAD)]
    assert project.summary == GOAL
    assert project.budget == 12_500
    assert news(project) == ["project.begun"]
    assert follows.followed(author, [project.id]) == {project.id}


def test_the_ideas_hear_of_it_and_stay_what_they_are(inside):
    first, second = make_idea(), make_idea(state=IdeaState.DECLINED)
    project = make_project(ideas=[first, second])
    for idea in (first, second):
        assert "idea.project_begun" in news(idea)
        assert last_act(idea, "idea.project_begun").detail == project.reference
        assert [card.id for card in contributions.later(idea)] == [project.id]
    assert [card.id for card in contributions.earlier(project)] == [first.id, second.id]
    assert (first.state, second.state) == (IdeaState.OPEN, IdeaState.DECLINED)


def test_whoever_follows_the_idea_follows_the_project_but_not_the_quiet(inside):
    idea = make_idea()
    supporter, quiet, stranger = make_user(), make_user(), make_user()
    for person in (supporter, quiet):
        votes.cast_vote(person, idea)
    following.unfollow(quiet, idea)
    project = make_project(ideas=[idea])
    assert follows.followed(supporter, [project.id]) == {project.id}
    assert follows.followed(idea.author, [project.id]) == {project.id}
    for person in (quiet, stranger):
        assert follows.followed(person, [project.id]) == set()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Kurz"}, "title"),
        ({"goal": "zu kurz"}, "goal"),
        ({"begins_on": date(2026, 11, 2), "ends_on": date(2026, 11, 1)}, "ends_on"),
    ],
)
def test_a_broken_rule_names_its_field_and_writes_nothing(inside, changes, field):
    with pytest.raises(RuleBroken) as broken:
        make_project(**changes)
    assert broken.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Project)) == 0


def test_an_organisation_begins_what_its_editors_begin(inside):
    editor = make_user()
    club = make_organisation(name="Förderverein Bücherei")
    add_member(club, editor, OrganisationRole.EDITOR)
    project = make_project(editor, organisation=club)
    assert project.voice == "Förderverein Bücherei"
    assert project.team[0].stands_for == "Förderverein Bücherei"
    with pytest.raises(Forbidden):
        make_project(add_member(club), organisation=club)


def test_unconfirmed_people_begin_nothing(inside):
    with pytest.raises(Forbidden):
        make_project(make_user(confirmed=False))


def test_the_draft_is_one_per_person_and_gone_after_beginning(inside):
    author = make_user()
    for title in ("erster", "zweiter"):
        service.save_draft(author, {"title": [title], "topics": ["a", "b"]})
    assert queries.draft_of(author).typed == {"title": ["zweiter"], "topics": ["a", "b"]}
    assert queries.draft_of(make_user()) is None
    make_project(author)
    assert db.session.scalar(select(func.count()).select_from(ProjectDraft)) == 0


# -- changing --------------------------------------------------------------------------------


def test_two_who_change_it_at_once_do_not_overwrite_each_other(inside):
    project = make_project()
    edit(project, title="Bücherei am Donnerstag", seen=1)
    assert (project.version, project.title) == (2, "Bücherei am Donnerstag")
    assert news(project)[-1] == "project.edited"
    with pytest.raises(Conflict):
        edit(project, seen=1)


def test_ideas_come_and_go_with_a_change_and_only_the_new_ones_are_told(inside):
    old, new = make_idea(), make_idea()
    project = make_project(ideas=[old])
    edit(project, ideas=[new])
    assert [idea.id for idea in queries.ideas_below(project)] == [new.id]
    assert "idea.project_begun" in news(new)
    edit(project, ideas=[new])
    assert news(new).count("idea.project_begun") == 1


def test_an_idea_that_is_hidden_just_now_keeps_its_link(inside):
    idea = make_idea()
    project = make_project(ideas=[idea])
    idea.hidden_at = clock.now()
    db.session.flush()
    edit(project, ideas=[])
    assert db.session.scalar(select(func.count()).select_from(Descent)) == 1


def test_also_where_the_lead_wrote_the_hidden_idea(inside):
    lead = make_user()
    idea = make_idea(lead)
    project = make_project(lead, ideas=[idea])
    idea.hidden_at = clock.now()
    db.session.flush()
    edit(project, lead, ideas=[])
    assert db.session.scalar(select(func.count()).select_from(Descent)) == 1


def test_only_leads_change_it(inside):
    project = make_project()
    person = make_user()
    make_member(project, person)
    with pytest.raises(Forbidden):
        edit(project, person)


def test_texts_of_an_older_renderer_are_rendered_anew(inside):
    project = make_project(renderer_version=0, goal_html="alt")
    assert service.render_anew(project.author) == 1
    assert project.goal_html.startswith("<p>")
    assert service.render_anew(project.author) == 0


# -- approval --------------------------------------------------------------------------------


def test_where_the_municipality_agrees_first_nobody_else_sees_it(careful):
    town, staff = careful
    idea, resident = make_idea(municipality=town), make_user()
    project = make_project(municipality=town, ideas=[idea])
    assert project.state == ProjectState.PROPOSED
    assert project.approval_due_on == clock.today() + timedelta(days=10)
    assert (project.published_at, project.reference) == (None, None)
    assert news(project) == ["project.proposed"]
    assert "idea.project_begun" not in news(idea)
    assert contributions.later(idea) == []
    for person in (project.author, staff):
        assert queries.get(person, project.id) is project
    for person in (resident, Nobody(), make_user(roles=[(Role.MODERATOR, town)])):
        with pytest.raises(Missing):
            queries.get(person, project.id)


def test_with_the_approval_it_is_public_and_the_ideas_hear_of_it(careful):
    town, staff = careful
    idea = make_idea(municipality=town)
    supporter = make_user()
    votes.cast_vote(supporter, idea)
    project = make_project(municipality=town, ideas=[idea])
    service.approve_project(staff, project, remark="Wir freuen uns.")
    assert project.is_visible
    assert project.state == ProjectState.FORMING
    assert project.reference
    assert project.approved_at
    assert news(project) == ["project.proposed", "project.approved", "project.begun"]
    assert last_act(project, "project.begun").actor_id == project.author_id
    assert "idea.project_begun" in news(idea)
    assert follows.followed(supporter, [project.id]) == {project.id}
    with pytest.raises(Forbidden):
        service.approve_project(staff, project)


@pytest.mark.parametrize("loss", ["role", "closed"])
def test_an_approved_project_bears_no_name_that_its_team_has_lost_meanwhile(careful, loss):
    town, staff = careful
    author, colleague = make_user(), make_user()
    organisation = make_organisation(municipality=town)
    for editor in (author, colleague):
        add_member(organisation, editor, OrganisationRole.EDITOR)
    lost = next(member for member in organisation.members if member.user_id == author.id)
    kept, dropped = (
        make_project(author, town, organisation=organisation, title=f"Lesen {name}", members=team)
        for name, team in (("am Abend", [colleague]), ("am Morgen", []))
    )
    lost.role = OrganisationRole.MEMBER
    service.approve_project(staff, kept)
    if loss == "closed":
        lost.role, organisation.closed_at = OrganisationRole.EDITOR, clock.now()
    service.approve_project(staff, dropped)
    assert (kept.organisation, dropped.organisation) == (organisation, None)
    assert dropped.voice == author.name


def test_without_approval_the_team_reads_why_and_may_propose_it_again(careful):
    town, staff = careful
    member = make_user()
    project = make_project(municipality=town, members=[member])
    with pytest.raises(RuleBroken):
        service.refuse_project(staff, project, reason="Nein.")
    service.refuse_project(staff, project, reason=REASON)
    assert project.state == ProjectState.REFUSED
    assert set(last_act(project, "project.refused").to_ids) == {project.author_id, member.id}
    edit(project, title="Bücherei am Abend, mit Brandschutz")
    assert "project.edited" not in news(project)
    with clock.at(clock.now() + timedelta(days=5)):
        service.propose_again(project.author, project)
        assert project.approval_due_on == clock.today() + timedelta(days=10)
    assert project.state == ProjectState.PROPOSED
    with pytest.raises(Forbidden):
        service.propose_again(project.author, project)


def test_the_administration_needs_no_approval_of_its_own(careful):
    town, staff = careful
    assert make_project(staff, town).is_visible
    assert make_project(make_user(roles=[(Role.STAFF, make_municipality())]), town).state == (
        ProjectState.PROPOSED
    )


def test_other_administrations_approve_nothing(careful):
    town, _ = careful
    project = make_project(municipality=town)
    other = make_user(roles=[(Role.STAFF, make_municipality())])
    for act in (service.approve_project, service.refuse_project):
        with pytest.raises(Forbidden):
            act(other, project, **({"reason": REASON} if act is service.refuse_project else {}))


def test_the_administration_finds_what_waits_for_it(careful):
    town, staff = careful
    project = make_project(municipality=town)
    make_project(municipality=make_municipality(approves_projects=True))
    assert list(db.session.scalars(queries.waiting_for_approval(staff))) == [project]
    assert list(db.session.scalars(queries.waiting_for_approval(make_user()))) == []
    admin = make_user(roles=[(Role.ADMIN, None)])
    assert len(list(db.session.scalars(queries.waiting_for_approval(admin)))) == 2


def test_the_term_of_an_approval_is_said_before_and_after_once(careful):
    town, staff = careful
    project = make_project(municipality=town)
    moment = clock.now()
    assert service.remind_of_approvals(System()) == 0
    with clock.at(moment + timedelta(days=8)):
        assert service.remind_of_approvals(System()) == 1
        assert service.remind_of_approvals(System()) == 0
    with clock.at(moment + timedelta(days=11)):
        assert service.remind_of_approvals(System()) == 1
        assert service.remind_of_approvals(System()) == 0
        assert project.is_approval_overdue
        service.refuse_project(staff, project, reason=REASON)
        service.propose_again(project.author, project)
    with clock.at(moment + timedelta(days=20)):  # a new term, said anew
        assert service.remind_of_approvals(System()) == 1
    assert news(project).count("project.approval_due_soon") == 2
    assert news(project).count("project.approval_overdue") == 1
