"""The demo is believable: every state, real counters, and nobody is written to."""

import pytest
from sqlalchemy import func, select

from civic.accounts.models import System
from civic.comments.models import Comment
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.core.errors import Forbidden
from civic.core.outbox import Mail
from civic.demo import queries, service
from civic.ideas.models import Idea, IdeaState, IdeaVersion
from civic.notifications.models import MailStep, Notice
from civic.votes.models import Vote
from tests.make import make_user


def test_it_fills_an_empty_house(inside):
    number = service.load_demo(System())
    states = dict(
        tuple(row)
        for row in db.session.execute(select(Idea.state, func.count()).group_by(Idea.state))
    )
    assert set(states) == {state.value for state in IdeaState}
    assert number == sum(states.values()) >= 40
    assert db.session.scalar(select(func.count()).select_from(Comment)) > 100
    assert db.session.scalar(select(func.count()).select_from(IdeaVersion)) > number
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 0
    assert db.session.scalar(select(func.count()).select_from(Notice)) > 1000
    waiting = select(func.count()).where(Notice.step == MailStep.WAITING)
    assert db.session.scalar(waiting) == 0
    true = select(func.count()).where(Vote.contribution_id == Contribution.id).scalar_subquery()
    wrong = db.session.scalars(select(Contribution.id).where(Contribution.vote_count != true)).all()
    assert wrong == []
    assert not queries.is_empty()
    with pytest.raises(Forbidden):
        service.load_demo(System())


def test_it_never_moves_in_where_people_are(inside):
    make_user()
    with pytest.raises(Forbidden):
        service.load_demo(System())
