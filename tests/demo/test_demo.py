"""The demo is believable: every state, real counters, a whole life line; nobody is written to."""

import pytest
from sqlalchemy import func, select

from civic.accounts.models import System, User
from civic.attachments.models import Attachment
from civic.comments.models import Comment
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.core.errors import Forbidden
from civic.core.outbox import Mail
from civic.core.storage import store
from civic.demo import queries, service
from civic.ideas.models import Idea, IdeaState, IdeaVersion
from civic.innovations.models import Exchange, Innovation, Stage
from civic.innovations.queries import exchange, family, figures, impact
from civic.notifications.models import MailStep, Notice
from civic.organisations.models import Organisation, OrganisationKind, OrganisationRequest
from civic.projects.models import Project, ProjectState
from civic.testbeds import models as testbeds
from civic.votes.models import Vote
from tests.make import make_user


def test_it_fills_an_empty_house(inside):
    number = service.load_demo(System())
    assert number == len(states_of(Idea)) >= 40
    assert db.session.scalar(select(func.count()).select_from(Comment)) > 100
    assert db.session.scalar(select(func.count()).select_from(IdeaVersion)) > number
    true = select(func.count()).where(Vote.contribution_id == Contribution.id).scalar_subquery()
    wrong = db.session.scalars(select(Contribution.id).where(Contribution.vote_count != true)).all()
    assert wrong == []
    assert not queries.is_empty()
    with pytest.raises(Forbidden):
        service.load_demo(System())
    everything_is_shown_in_every_state()
    the_first_resident_sees_the_line_to_its_end()
    an_ending_is_honest()
    offers_find_needs()
    pictures_are_described_and_lie_in_the_store()
    nobody_is_written_to()


def everything_is_shown_in_every_state():
    assert set(states_of(Idea)) == {state.value for state in IdeaState}
    assert set(states_of(Project)) == {state.value for state in ProjectState}
    assert set(states_of(Innovation)) == {stage.value for stage in Stage}
    assert set(states_of(testbeds.Testbed)) == {state.value for state in testbeds.TestbedState}
    pilots = set(db.session.scalars(select(testbeds.Pilot.state)))
    assert pilots == set(testbeds.PilotState) - {testbeds.PilotState.WITHDRAWN}
    kinds = set(db.session.scalars(select(Organisation.kind)))
    assert kinds == set(OrganisationKind)
    unsaid = db.session.scalars(select(Organisation.name).where(Organisation.verified_at.is_(None)))
    assert unsaid.first()
    assert db.session.scalar(select(func.count()).select_from(OrganisationRequest)) > 3
    assert db.session.scalar(select(User).filter_by(email_key="verein@example.org")).id in {
        member.user_id
        for organisation in db.session.scalars(select(Organisation))
        for member in organisation.members
    }


def the_first_resident_sees_the_line_to_its_end():
    """Idea, project, innovation, and who took it over; one of them from another one."""
    person = db.session.scalar(select(User).filter_by(email_key="einwohnerin@example.org"))
    lines = {
        grown.card.title: grown
        for outcome in impact.impact(person, "").outcomes
        for grown in outcome.grown
        if grown.card.kind == "innovation"
    }
    line = lines["Digitale Sprechstunde im Dorfladen"]
    assert line.total == 4  # of five, for one of them is interested and no more
    origin = db.session.get(Innovation, line.card.id)
    assert origin.use_count == 4
    assert max(depth for depth, _ in family.walk(family.family_of(origin.id).tops)) >= 2
    assert [len(series.values) for series in figures.series(origin)] == [8, 8, 8]


def an_ending_is_honest():
    ended = db.session.scalar(select(Innovation).where(Innovation.state == Stage.ENDED))
    assert len(ended.lessons_html) > 200
    assert ended.ended_from is Stage.PILOT
    assert ended.project.state == ProjectState.ENDED
    assert ended.project.lessons


def offers_find_needs():
    posts = db.session.scalars(select(Exchange).where(Exchange.settled_at.is_(None))).all()
    assert all(exchange.matches(post) for post in posts if "Tablets" in post.title)


def pictures_are_described_and_lie_in_the_store():
    files = db.session.scalars(select(Attachment)).all()
    assert sum(file.is_image for file in files) >= 6
    assert all(len(file.alt) > 40 for file in files if file.is_image)
    assert all(store().exists(key) for file in files for key in file.keys)


def nobody_is_written_to():
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 0
    assert db.session.scalar(select(func.count()).select_from(Notice)) > 1000
    waiting = select(func.count()).where(Notice.step == MailStep.WAITING)
    assert db.session.scalar(waiting) == 0


def states_of(kind):
    """The state of each thing of a kind."""
    return db.session.scalars(select(kind.state)).all()


def test_it_never_moves_in_where_people_are(inside):
    make_user()
    with pytest.raises(Forbidden):
        service.load_demo(System())
