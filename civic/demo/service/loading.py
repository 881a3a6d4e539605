"""Putting everything that ever happened into an empty house, in the order of time."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain

from sqlalchemy import delete, select

from civic.accounts.models import Actor, System
from civic.activity.models import Activity
from civic.core import clock
from civic.core.db import be_patient, db, transaction
from civic.core.outbox import Mail
from civic.core.policy import demand
from civic.core.work.models import Job
from civic.demo import queries, reader
from civic.demo.service import exchange, ideas, innovations, organisations, people, projects
from civic.demo.service import testbeds as testing
from civic.demo.service.cast import Cast
from civic.notifications import service as notifications
from civic.topics import service as topics

PASSWORD = "zukunft-machen-2026"  # noqa: S105 - the demo's public password, printed at start
ACCOUNTS = ("einwohnerin", "verein", "verwaltung", "moderation", "netzwerk", "admin")
#: What happened in this time stands in the notices as unread.
UNREAD = timedelta(days=7)
#: Of what lies further back nobody is told: the platform would have forgotten it by now.
TOLD = timedelta(days=180)
#: File -> what happens to each of its entries. Of acts at the same time the first file's is first.
ACTS = {
    "organisations": organisations.acts_of,
    "ideas": ideas.acts_of,
    "testbeds": testing.acts_of,
    "projects": projects.acts_of,
    "innovations": innovations.acts_of,
    "exchange": exchange.acts_of,
}


@transaction()
def load_demo(actor: Actor) -> int:
    """Fill an empty database; returns the number of ideas."""
    demand(_may_load, actor)
    be_patient()
    cast = Cast()
    people.load_places(cast)
    people.load_people(cast, PASSWORD)
    for entry in reader.read("topics"):
        topics.create_topic(System(), None, **entry)
    acts = chain.from_iterable(
        acts_of(cast, entry) for name, acts_of in ACTS.items() for entry in reader.read_all(name)
    )
    for days_ago, act in sorted(acts, key=lambda pair: -pair[0]):
        with clock.at(cast.moment(days_ago)):
            act()
    _tell_everybody(cast)
    return len(cast.ideas)


def _tell_everybody(cast: Cast) -> None:
    """Tell of it all as the queue would have done; what is older than a week has been read.

    The demo writes to nobody: other mails of its acts (a new version) go, and all jobs with them,
    for the number of a mail may be given again, and then its job must not stand there already.
    """
    before = clock.now() - UNREAD
    acts = select(Activity.id, Activity.at).where(Activity.at >= clock.now() - TOLD)
    told = list(db.session.execute(acts.order_by(Activity.at, Activity.id)))
    for act in [act for act in told if act.at < before]:
        with clock.at(act.at):
            notifications.fan_out(System(), act.id, by_mail=False)
    for person in cast.people.values():
        with clock.at(before):
            notifications.mark_read(person)
    for act in [act for act in told if act.at >= before]:
        with clock.at(act.at):
            notifications.fan_out(System(), act.id, by_mail=False)
    for table in (Mail, Job):
        db.session.execute(delete(table))


def _may_load(actor: Actor) -> bool:
    return actor.is_admin() and queries.is_empty()
