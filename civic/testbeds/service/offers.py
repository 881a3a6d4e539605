"""What an administration does with its test beds: open, change, close and open again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import func, select

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.contributions import service as contributions
from civic.core import clock, html
from civic.core.db import db, transaction
from civic.core.errors import Outdated, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.core.rendering import outdated
from civic.core.wording import check_title
from civic.follows import service as follows
from civic.municipalities.models import Municipality
from civic.testbeds import policy
from civic.testbeds.models import Pilot, PilotState, Testbed, TestbedState
from civic.testbeds.service import places
from civic.topics import service as topics
from civic.topics.models import Topic

SHORTEST_BODY = 50
MOST_PLACES = 999
#: As many are looked at in one transaction of the night's job.
BATCH = 100


@dataclass(frozen=True)
class Offer:
    """What a municipality says of a test bed."""

    title: str
    #: What can be tried here, and by which rules (both Markdown).
    body: str
    rules: str = ""
    equipment: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    #: How many pilots fit at the same time.
    capacity: int = 1
    begins_on: date | None = None
    ends_on: date | None = None
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""


@transaction()
def open_testbed(
    actor: Actor, municipality: Municipality, offer: Offer, *, slugs: Sequence[str]
) -> Testbed:
    """Publish a test bed. Raises `RuleBroken` with the field, `Forbidden`."""
    demand(policy.may_open, actor, municipality)
    _check(offer)
    testbed = Testbed(
        author_id=actor.id,
        municipality=municipality,
        state=TestbedState.OPEN,
        **(asdict(offer) | _rendered(offer.body, offer.rules)),
    )
    contributions.publish(actor, testbed)
    _make_findable(actor, testbed, topics.set_topics(actor, testbed, slugs))
    follows.follow_by_default(actor, testbed)
    activity.record(actor, "testbed.opened", testbed)
    return testbed


@transaction()
def edit_testbed(
    actor: Actor, testbed: Testbed, offer: Offer, *, slugs: Sequence[str], seen: int
) -> None:
    """Change what is said of it. More places than pilots there must be.

    `seen` is the version the person had before them; `Outdated` if it is no longer the last.
    """
    places.hold(actor, testbed)
    demand(policy.may_edit, actor, testbed)
    if testbed.version != seen:
        raise Outdated(str(testbed.version))
    _check(offer)
    running = places.taken(testbed)
    if offer.capacity < running:
        raise RuleBroken(
            N_("Pilots that run here now: %(num)s. There cannot be fewer places."),
            "capacity",
            num=running,
        )
    for name, value in (asdict(offer) | _rendered(offer.body, offer.rules)).items():
        setattr(testbed, name, value)
    testbed.version += 1
    testbed.updated_at = clock.now()
    places.mark(testbed)
    _make_findable(actor, testbed, topics.set_topics(actor, testbed, slugs))
    activity.record(actor, "testbed.edited", testbed)


@transaction()
def close_testbed(actor: Actor, testbed: Testbed) -> None:
    """Take no more applications. Pilots under way go on; who has applied is answered first."""
    places.hold(actor, testbed)
    demand(policy.may_close, actor, testbed)
    if places.waiting(testbed):
        raise RuleBroken(N_("Somebody waits for an answer here. Please answer, then close it."))
    _close(actor, testbed)


@transaction()
def reopen_testbed(actor: Actor, testbed: Testbed) -> None:
    """Take applications again."""
    places.hold(actor, testbed)
    demand(policy.may_reopen, actor, testbed)
    if testbed.ends_on is not None and testbed.ends_on < clock.today():
        raise RuleBroken(N_("Its last day has passed. Please change the dates first."))
    testbed.state = TestbedState.OPEN
    places.mark(testbed)
    testbed.updated_at = clock.now()
    activity.record(actor, "testbed.reopened", testbed)


def settle(actor: Actor) -> int:
    """Each night: close what is past its last day, open what has a place again; how many.

    A place also comes free when a thing with its pilot is erased, of which nobody tells the test
    bed.
    """
    number = 0
    for ids in (_past(), _said_full()):
        for start in range(0, len(ids), BATCH):
            number += _settle(actor, ids[start : start + BATCH])
    return number


def _past() -> list[int]:
    over = select(Testbed.id).where(
        Testbed.state != TestbedState.CLOSED, Testbed.ends_on < clock.today()
    )
    return list(db.session.scalars(over.order_by(Testbed.id)))


def _said_full() -> list[int]:
    running = (
        select(func.count())
        .where(Pilot.testbed_id == Testbed.id, Pilot.state == PilotState.ADMITTED)
        .correlate(Testbed)
        .scalar_subquery()
    )
    free = select(Testbed.id).where(Testbed.state == TestbedState.FULL, running < Testbed.capacity)
    return list(db.session.scalars(free.order_by(Testbed.id)))


@transaction()
def _settle(actor: Actor, ids: Sequence[int]) -> int:
    changed = 0
    for id in ids:
        testbed = db.session.get_one(Testbed, id)
        places.hold(actor, testbed)
        before = testbed.state
        if testbed.is_over and before != TestbedState.CLOSED:
            _close(actor, testbed)
        places.mark(testbed)
        changed += testbed.state != before
    return changed


def _close(actor: Actor, testbed: Testbed) -> None:
    testbed.state = TestbedState.CLOSED
    testbed.updated_at = clock.now()
    activity.record(actor, "testbed.closed", testbed)


@transaction()
def render_anew(actor: Actor, batch: int = 500) -> int:
    """Render texts made by an older renderer; returns how many were."""
    del actor
    old = outdated(Testbed, batch)
    for testbed in old:
        for name, value in _rendered(testbed.body, testbed.rules).items():
            setattr(testbed, name, value)
    return len(old)


def _rendered(body: str, rules: str) -> dict[str, object]:
    return {**html.columns(body), "rules_html": html.render(rules, top=3) if rules else ""}


def _make_findable(actor: Actor, testbed: Testbed, chosen: Sequence[Topic]) -> None:
    where = f"{testbed.place} {testbed.municipality.title}"
    words = [topic.words for topic in chosen]
    contributions.make_findable(
        actor, testbed, testbed.body, testbed.rules, testbed.equipment, where, *words
    )


def _check(offer: Offer) -> None:
    check_title(offer.title)
    if len(offer.body) < SHORTEST_BODY:
        raise RuleBroken(
            N_("Please describe the test bed in at least %(least)s characters."),
            "body",
            least=SHORTEST_BODY,
        )
    if not 1 <= offer.capacity <= MOST_PLACES:
        raise RuleBroken(
            N_("Please give a number of places from 1 to %(most)s."), "capacity", most=MOST_PLACES
        )
    if not offer.contact_name or not (offer.contact_email or offer.contact_phone):
        raise RuleBroken(
            N_("Please name somebody who answers questions, with e-mail address or telephone."),
            "contact_name",
        )
    places.check_dates(offer.begins_on, offer.ends_on)
