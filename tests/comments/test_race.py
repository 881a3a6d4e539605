"""Many at the same moment, on a real file and a real server: counts stay exact."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import func, select

from civic.accounts.models import System, User
from civic.comments import service
from civic.comments.models import Comment, CommentState
from civic.contributions.models import Contribution
from civic.core.db import db
from civic.core.errors import Forbidden, RuleBroken
from civic.ideas.models import Idea
from civic.moderation import service as moderation
from tests.comments.talk import moderator_of, say
from tests.make import make_idea, make_user
from tests.race import all_at_once

AT_ONCE = 12
ROUNDS = 4
REASON = "Persönlicher Angriff (Regel 2)"


def write(about, person, body, parent=None):
    """A comment by numbers alone: nothing is shared between the threads."""
    answered = db.session.get(Comment, parent) if parent else None
    idea = db.session.get_one(Idea, about)
    return service.add_comment(
        db.session.get_one(User, person), idea, body=body, parent=answered
    ).id


def test_a_click_sent_many_times_is_one_comment(house):
    for _ in range(ROUNDS):
        with house.app_context():
            idea, person = make_idea().id, make_user().id
        made = all_at_once(house, [lambda i=idea, p=person: write(i, p, "Einmal!")] * AT_ONCE)
        assert len(set(made)) == 1
        with house.app_context():
            assert db.session.get_one(Contribution, idea).comment_count == 1


def test_replies_of_many_are_all_counted(house):
    with house.app_context():
        about = make_idea()
        idea, top = about.id, say(about).id
        people = [make_user().id for _ in range(AT_ONCE)]
    for n in range(ROUNDS):
        all_at_once(
            house, [lambda p=p, n=n: write(idea, p, f"Antwort {n} von {p}", top) for p in people]
        )
    with house.app_context():
        assert db.session.get_one(Contribution, idea).comment_count == AT_ONCE * ROUNDS + 1
        assert db.session.get_one(Contribution, top).comment_count == AT_ONCE * ROUNDS
        assert service.recount(System()) == []


def test_what_several_take_away_is_taken_away_once(house):
    """The author removes, the moderation hides, others answer: all to the same comment."""
    for n in range(ROUNDS * 3):
        with house.app_context():
            about = make_idea()
            said = say(about)
            idea, top, author = about.id, said.id, said.author_id
            moderator, person = moderator_of(about).id, make_user().id

        def act(command, who, top=top, **values):
            with suppress(Forbidden, RuleBroken):
                comment = db.session.get_one(Comment, top)
                command(db.session.get_one(User, who), comment, **values)

        def answer(idea=idea, person=person, top=top, n=n):
            with suppress(Forbidden, RuleBroken):
                write(idea, person, f"Antwort {n}", top)

        all_at_once(
            house,
            [
                lambda a=author: act(service.remove_comment, a),
                lambda a=author: act(service.remove_comment, a),
                lambda m=moderator: act(moderation.hide, m, reason=REASON),
                lambda m=moderator: act(moderation.block, m, reason=REASON),
                answer,
            ],
        )
    with house.app_context():
        assert service.recount(System()) == []
        left = (
            select(func.count()).select_from(Comment).where(Comment.state == CommentState.REMOVED)
        )
        assert db.session.scalar(left.where(Comment.body != "")) == 0
