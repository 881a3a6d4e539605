"""Hiding, holding back, restoring; the record, the news and the mail."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from civic.accounts.models import Role
from civic.activity.models import Activity
from civic.contributions.models import Hiding
from civic.contributions.queries import cards
from civic.core.db import db, transaction
from civic.core.errors import Forbidden, RuleBroken
from civic.core.outbox import Mail
from civic.moderation import queries, service
from tests.make import make_idea, make_municipality, make_user

REASON = "Der Text greift eine Person an."


@pytest.fixture
def thing(inside):
    return make_idea(municipality=make_municipality())


@pytest.fixture
def moderator(thing):
    return make_user(roles=[(Role.MODERATOR, thing.municipality)])


def is_listed(thing) -> bool:
    return thing.id in {card.id for card in db.session.execute(cards())}


def news(thing) -> list[tuple[str, str | None]]:
    rows = select(Activity).where(Activity.contribution_id == thing.id).order_by(Activity.id)
    found = [(row.verb, row.note) for row in db.session.scalars(rows)]
    return [(verb, note) for verb, note in found if verb.startswith("moderation.")]


def mails() -> list[Mail]:
    return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def test_hiding_takes_out_of_sight_and_says_why(thing, moderator):
    decision = service.hide(moderator, thing, reason=f"  {REASON} ")
    assert (thing.hidden_as, thing.hidden_reason) == (Hiding.MODERATED, REASON)
    assert thing.hidden_at == decision.at or thing.hidden_at < decision.at
    assert not thing.is_visible
    assert not is_listed(thing)
    assert news(thing) == [("moderation.hidden", REASON)]
    [mail] = mails()
    assert mail.recipient == thing.author.email
    assert thing.title in mail.subject
    assert REASON in mail.text
    assert "kontakt@example.org" in mail.text
    assert f"http://localhost/beitraege/{thing.id}/moderation" in mail.text


def test_restoring_brings_everything_back(thing, moderator):
    service.hide(moderator, thing, reason=REASON)
    service.restore(moderator, thing, reason="Der Einspruch war berechtigt.")
    assert (thing.hidden_at, thing.hidden_as, thing.hidden_reason) == (None, None, None)
    assert is_listed(thing)
    assert [verb for verb, _ in news(thing)] == ["moderation.hidden", "moderation.restored"]
    assert len(mails()) == 2


def test_what_is_held_back_can_be_hidden_or_shown(thing, moderator):
    service.block(moderator, thing, reason=REASON)
    assert thing.hidden_as is Hiding.BLOCKED
    service.hide(moderator, thing, reason=REASON)
    assert thing.hidden_as is Hiding.MODERATED
    kinds = [decision.kind for decision in db.session.scalars(queries.decisions(thing))]
    assert kinds == ["hide", "block"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (service.hide, service.hide),
        (service.hide, service.block),
        (service.block, service.block),
        (None, service.restore),
    ],
)
def test_what_was_decided_in_the_meantime_is_not_decided_again(thing, moderator, first, second):
    if first:
        first(moderator, thing, reason=REASON)
    before = (len(mails()), news(thing))
    with pytest.raises(RuleBroken, match="meantime"):
        second(moderator, thing, reason=REASON)
    assert (len(mails()), news(thing)) == before


@pytest.mark.parametrize("reason", ["", "   kurz   ", "x" * 501])
@pytest.mark.parametrize("act", [service.hide, service.block, service.restore])
def test_every_decision_needs_a_reason(thing, moderator, act, reason):
    with pytest.raises(RuleBroken) as refusal:
        act(moderator, thing, reason=reason)
    assert refusal.value.field == "reason"
    assert thing.is_visible


@pytest.mark.parametrize("act", [service.hide, service.block, service.restore])
def test_others_may_not(thing, act):
    elsewhere = make_user(roles=[(Role.MODERATOR, make_municipality())])
    for person in (elsewhere, thing.author, make_user()):
        with pytest.raises(Forbidden):
            act(person, thing, reason=REASON)
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 0


def test_who_has_no_address_gets_no_mail(thing, moderator):
    with transaction():
        thing.author.email = None
    service.hide(moderator, thing, reason=REASON)
    assert mails() == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_letters_are_in_the_language_of_the_author(thing, moderator, language):
    with transaction():
        thing.author.language = language
    for act in (service.block, service.hide, service.restore):
        act(moderator, thing, reason=REASON)
    subjects = [mail.subject for mail in mails()]
    assert len(set(subjects)) == 3
    assert all(("Your" in subject) is (language == "en") for subject in subjects)
