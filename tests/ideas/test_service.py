"""What happens to an idea, and what the house says about it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from civic.accounts.models import Role
from civic.activity.models import Activity
from civic.core import clock, paging
from civic.core.db import db
from civic.core.errors import Conflict, Forbidden, RuleBroken
from civic.follows import queries as follows
from civic.ideas import queries, service
from civic.ideas.models import Idea, IdeaDraft, IdeaState, IdeaVersion, WithdrawalReason
from civic.votes import service as votes
from tests.make import BODY, TITLE, make_idea, make_municipality, make_topic, make_user

ANSWER = "Wir stellen im Frühjahr drei Bänke auf und suchen Paten, die sie streichen."


def submit(author, town, **changes):
    values = {"title": TITLE, "body": BODY, "place": "am Friedhof", "slugs": [make_topic().slug]}
    return service.submit_idea(author, town, **values | changes)


def news():
    return list(db.session.scalars(select(Activity.verb).order_by(Activity.id)))


def edit(idea, **changes):
    topic = make_topic()
    values = {"title": idea.title, "body": idea.body, "place": idea.place, "slugs": [topic.slug]}
    return service.edit_idea(idea.author, idea, **values | {"seen": idea.version} | changes)


def test_a_submitted_idea_is_public_at_once(inside):
    author, town = make_user(), make_municipality(answer_days=10)
    idea = submit(author, town)
    assert idea.is_visible
    assert idea.state == IdeaState.OPEN
    assert idea.reference.startswith(str(clock.today().year))
    assert idea.answer_due_on == clock.today() + timedelta(days=10)
    assert idea.summary.startswith("Der Weg ist lang")
    assert news() == ["idea.submitted"]
    assert follows.followed(author, [idea.id]) == {idea.id}
    assert db.session.scalar(select(func.count()).select_from(IdeaVersion)) == 1


def test_reference_numbers_rise_without_gaps(inside):
    town, author = make_municipality(), make_user()
    first, second = (submit(author, town).reference for _ in range(2))
    assert int(second[5:]) == int(first[5:]) + 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Kurz"}, "title"),
        ({"title": "BÄNKE AM WEG ZUM FRIEDHOF"}, "title"),
        ({"body": "zu kurz"}, "body"),
        ({"slugs": []}, "topics"),
        ({"slugs": ["gibt-es-nicht"]}, "topics"),
    ],
)
def test_a_broken_rule_names_its_field_and_writes_nothing(inside, changes, field):
    author, town = make_user(), make_municipality()
    with pytest.raises(RuleBroken) as broken:
        submit(author, town, **changes)
    assert broken.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Idea)) == 0
    assert news() == []


def test_four_topics_are_too_many(inside):
    slugs = [make_topic().slug for _ in range(4)]
    with pytest.raises(RuleBroken):
        submit(make_user(), make_municipality(), slugs=slugs)


def test_an_unconfirmed_account_submits_nothing(inside):
    with pytest.raises(Forbidden):
        submit(make_user(confirmed=False), make_municipality())


def test_the_draft_is_one_per_person_and_gone_after_publishing(inside):
    author, town = make_user(), make_municipality()
    for title in ("erster", "zweiter"):
        service.save_draft(author, title=title, body="", place="", municipality_id=None, slugs=[])
    assert queries.draft_of(author).title == "zweiter"
    assert queries.draft_of(make_user()) is None
    assert db.session.scalar(select(func.count()).select_from(Idea)) == 0
    submit(author, town)
    assert db.session.scalar(select(func.count()).select_from(IdeaDraft)) == 0


def versions(idea):
    """What the page of versions shows, the newest first."""
    return paging.window(queries.versions(idea), queries.LATEST_VERSION, "", 20, scalars=True).items


def test_an_edit_before_the_first_vote_replaces_the_text(inside):
    idea = make_idea()
    edit(idea, title="Bänke am ganzen Friedhofsweg")
    assert (idea.version, idea.title) == (1, "Bänke am ganzen Friedhofsweg")
    assert [v.title for v in versions(idea)] == [idea.title]
    assert news() == ["idea.submitted"]


def test_an_edit_after_a_vote_is_a_new_version(inside):
    idea = make_idea()
    votes.cast_vote(make_user(), idea)
    db.session.refresh(idea)
    edit(idea, body=BODY + " Drei Bänke reichen.")
    assert idea.version == 2
    assert [v.number for v in versions(idea)] == [2, 1]
    assert news()[-1] == "idea.edited"
    assert idea.vote_count == 1


def test_two_editors_at_once_do_not_overwrite_each_other(inside):
    idea = make_idea()
    votes.cast_vote(make_user(), idea)
    db.session.refresh(idea)
    edit(idea, body=BODY + " Erste Änderung.")
    with pytest.raises(Conflict):
        edit(idea, body=BODY + " Zweite Änderung.", seen=1)


def test_a_withdrawn_idea_keeps_its_page_and_votes(inside):
    idea = make_idea()
    votes.cast_vote(make_user(), idea)
    db.session.refresh(idea)
    service.withdraw_idea(idea.author, idea, code=WithdrawalReason.DUPLICATE, text="")
    assert idea.is_visible
    assert idea.vote_count == 1
    assert not idea.takes_votes
    act = db.session.scalars(select(Activity).order_by(Activity.id.desc())).first()
    assert (act.verb, act.detail) == ("idea.withdrawn", "duplicate")
    with pytest.raises(Forbidden):
        service.withdraw_idea(idea.author, idea, code=WithdrawalReason.DONE, text="")


def test_another_reason_must_be_said(inside):
    idea = make_idea()
    with pytest.raises(RuleBroken):
        service.withdraw_idea(idea.author, idea, code=WithdrawalReason.OTHER, text="")


def test_the_first_answer_stops_the_clock(inside):
    idea = make_idea()
    staff = make_user(roles=[(Role.STAFF, idea.municipality)])
    service.decide_idea(staff, idea, state=IdeaState.IN_REVIEW, reason="")
    assert idea.answered_at is None
    service.decide_idea(staff, idea, state=IdeaState.TAKEN_UP, reason=ANSWER)
    first = idea.answered_at
    assert first is not None
    service.decide_idea(staff, idea, state=IdeaState.DONE, reason=ANSWER)
    assert idea.answered_at == first
    assert news() == ["idea.submitted", "idea.in_review", "idea.taken_up", "idea.done"]


def test_declining_needs_a_reason(inside):
    idea = make_idea()
    staff = make_user(roles=[(Role.STAFF, idea.municipality)])
    with pytest.raises(RuleBroken) as broken:
        service.decide_idea(staff, idea, state=IdeaState.DECLINED, reason="Nein.")
    assert broken.value.field == "reason"
    assert idea.state == IdeaState.OPEN


def test_a_step_that_is_not_possible_is_refused(inside):
    idea = make_idea()
    staff = make_user(roles=[(Role.STAFF, idea.municipality)])
    with pytest.raises(RuleBroken):
        service.decide_idea(staff, idea, state=IdeaState.WITHDRAWN, reason=ANSWER)


def test_similar_ideas_are_found_by_stems_and_letters_but_never_drafts(inside):
    author = make_user()
    known = make_idea(title="Radwege nach Lindfurt ausbauen")
    make_idea(title="Bücherei abends öffnen")
    service.save_draft(
        author, title="Radweg nach Lindfurt", body="", place="", municipality_id=None, slugs=[]
    )
    for typed in ("Radweg Lindfurt", "Fahrradweg bis Lindfurt", "radwege"):
        assert [card.id for card in queries.similar(author, typed)] == [known.id], typed
    assert queries.similar(author, "und") == []
    assert queries.similar(author, "Schwimmbad") == []


def test_an_erased_author_takes_ideas_and_what_hangs_on_them_along(inside):
    author = make_user()
    idea = make_idea(author)
    votes.cast_vote(make_user(), idea)
    service.forget_author(author, erase=True)
    assert db.session.scalar(select(func.count()).select_from(Idea)) == 0
    assert queries.similar(make_user(), TITLE) == []


def test_texts_of_an_older_renderer_are_rendered_anew(inside):
    idea = make_idea(renderer_version=0, body_html="alt")
    assert service.render_anew(idea.author) == 1
    assert idea.body_html.startswith("<p>")
    assert service.render_anew(idea.author) == 0
