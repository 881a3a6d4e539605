"""Mails at once, at most five a day, and digests: each notice once, one digest a window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select, update

from civic.accounts.models import Role, System
from civic.contributions.models import Hiding
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.outbox import Mail
from civic.core.work import schedule
from civic.core.work.models import Job
from civic.follows import service as follows
from civic.notifications import jobs, policy, service
from civic.notifications.address import read_token
from civic.notifications.models import Category, MailStep, Notice, Way
from civic.notifications.policy import Preference
from tests.make import make_idea, make_municipality, make_user
from tests.notifications.post import (
    answer,
    later,
    mails,
    say,
    send_digests,
    steps,
    work_off,
)

MORNING = datetime(2026, 12, 7, 9, tzinfo=UTC)  # a Monday
HANDED, WAITING, SUPPRESSED = MailStep.HANDED, MailStep.WAITING, MailStep.SUPPRESSED


@pytest.fixture(autouse=True)
def _monday():
    with clock.at(MORNING):
        yield


@pytest.fixture
def idea(inside):
    return make_idea(make_user("Selin Kaya"), make_municipality("Lindfurt"))


@pytest.fixture
def staff(idea):
    return make_user("Frau Amtmann", roles=[(Role.STAFF, idea.municipality)])


@pytest.fixture
def follower(idea):
    person = make_user()
    follows.follow(person, idea)
    return person


def test_an_answer_comes_at_once_with_its_words_in_text_and_html(idea, staff):
    answer(staff, idea, words="Wir stellen **drei Bänke** auf.")
    work_off()
    [mail] = mails(idea.author)
    assert idea.title in mail.subject
    link = f"http://localhost/ideen/{idea.id}-"
    for part in (mail.text, mail.html):
        assert "Wir stellen drei Bänke auf." in part
        assert link in part
        assert mail.unsubscribe in part
        assert "None" not in part
    assert mail.html.startswith("<!doctype html>")
    assert "<script" not in mail.html
    assert "http://localhost/konto/mitteilungen/einstellungen" in mail.text


def test_what_people_write_is_escaped_in_the_html_part_alone(idea):
    say(make_user(), idea, "5 < 6 & 7 > 3")
    work_off()
    [mail] = mails(idea.author)
    assert "5 < 6 & 7 > 3" in mail.text
    assert "5 &lt; 6 &amp; 7 &gt; 3" in mail.html


@pytest.mark.parametrize(("language", "word"), [("de", "Kommentar"), ("en", "comment")])
def test_a_mail_is_in_the_language_of_its_person(idea, language, word):
    with transaction():
        idea.author.language = language
    say(make_user("Jonas Weber"), idea)
    work_off()
    [mail] = mails(idea.author)
    assert f'lang="{language}"' in mail.html
    if language == "en":
        assert f"Jonas Weber writes a {word}" in mail.subject


def test_the_link_of_a_mail_ends_this_kind_and_that_of_a_digest_all(idea, follower):
    say(make_user(), idea)
    work_off()
    send_digests(before=MORNING + timedelta(minutes=1))
    [at_once], [digest] = mails(idea.author), mails(follower)
    named = [read_token(urlsplit(m.unsubscribe).path.split("/")[-1]) for m in (at_once, digest)]
    assert named == [(idea.author.id, Category.REPLY), (follower.id, None)]
    assert at_once.unsubscribe.startswith("http://localhost/mitteilungen/abbestellen/")


def test_after_five_mails_on_a_day_the_rest_waits_for_the_digest(idea):
    for number in range(7):
        say(make_user(), idea, f"Stimme Nummer {number}")
    work_off()
    assert len(mails(idea.author)) == policy.MOST_AT_ONCE
    assert steps(idea.author)[-2:] == [(WAITING, "many")] * 2
    with clock.at(MORNING + timedelta(days=1)):
        say(make_user(), idea, "Am nächsten Tag.")
        work_off()
        assert steps(idea.author)[-1] == (HANDED, "")


def test_the_limit_holds_within_one_batch_of_people(idea, staff, follower):
    """The sixth act of the day waits for the author and goes to whoever had none."""
    for _ in range(6):
        answer(staff, idea)
    work_off()
    assert [step for step, _ in steps(follower)] == [HANDED] * 5 + [WAITING]


def test_a_digest_is_put_together_by_thing_newest_first_one_line_an_item(idea, follower):
    other = make_idea(title="Radweg nach Lindfurt ausbauen")
    follows.follow(follower, other)
    for minute, (thing, words) in enumerate(
        [(idea, "Erste Stimme."), (other, "Zweite Stimme."), (idea, "Dritte Stimme.")]
    ):
        with later(minutes=minute):
            say(make_user(f"Mensch {'ABC'[minute]}"), thing, words)
            work_off()
    assert mails(follower) == []
    send_digests(before=MORNING + timedelta(hours=1))
    [mail] = mails(follower)
    order = [
        mail.text.index(word)
        for word in (idea.title, "Mensch C", "Mensch A", other.title, "Mensch B")
    ]
    assert order == sorted(order)
    assert mail.text.count(idea.title) == 1
    assert all(word in mail.html for word in ("Mensch A", "Mensch B", "Mensch C"))
    assert "3" in mail.subject
    assert [step for step, _ in steps(follower)] == [HANDED] * 3


def test_a_long_digest_says_how_much_it_leaves_out(idea, follower):
    for number in range(7):
        say(make_user(), idea, f"Stimme Nummer {number}")
    work_off()
    send_digests(before=MORNING + timedelta(hours=1))
    [mail] = mails(follower)
    assert mail.text.count("/kommentare/") == 5
    assert [step for step, _ in steps(follower)] == [HANDED] * 7


def test_there_is_one_digest_a_window_however_often_it_is_asked_for(idea, follower):
    say(make_user(), idea)
    work_off()
    for _ in range(3):
        send_digests(before=MORNING + timedelta(minutes=1))
    assert len(mails(follower)) == 1
    with later(hours=1):
        say(make_user(), idea, "Etwas Neues.")
        work_off()
        before = MORNING + timedelta(minutes=1)
        args = {"window": "heute", "before": before}
        assert service.send_digest(System(), follower.id, Way.DAILY, **args) is False
        send_digests(before=before)
    assert len(mails(follower)) == 1
    assert steps(follower)[-1] == (WAITING, "")
    send_digests(window="morgen", before=MORNING + timedelta(days=1))
    assert len(mails(follower)) == 2


def test_a_worker_that_slept_for_days_sends_one_digest(idea, follower):
    for day in range(4):
        with later(days=day):
            say(make_user(), idea, f"Am Tag {day}.")
            work_off()
    with later(days=4):
        for _ in range(2):  # and a second worker looks at the clock as well
            schedule.enqueue_due(jobs.SCHEDULES)
        work_off()
        assert len(mails(follower)) == 1
        daily = select(func.count()).select_from(Job).where(Job.kind == "notices.daily")
        assert db.session.scalar(daily) == 1
    with later(days=4, hours=24):
        schedule.enqueue_due(jobs.SCHEDULES)
        work_off()
    assert len(mails(follower)) == 1


def test_weekly_is_monday_at_seven_and_daily_every_day(idea):
    daily, weekly = jobs.SCHEDULES[:2]
    tuesday = datetime(2026, 12, 8, 12, tzinfo=UTC)
    assert schedule.latest(daily, tuesday).at == datetime(2026, 12, 8, 6, tzinfo=UTC)
    assert schedule.latest(weekly, tuesday).at == datetime(2026, 12, 7, 6, tzinfo=UTC)


def test_whoever_wants_it_weekly_gets_nothing_daily(idea, follower):
    service.set_preferences(follower, {Category.TALK: Preference(Way.WEEKLY)})
    say(make_user(), idea)
    work_off()
    after = MORNING + timedelta(hours=1)
    send_digests(before=after)
    assert mails(follower) == []
    send_digests(Way.WEEKLY, before=after)
    assert len(mails(follower)) == 1


def test_a_digest_leaves_out_what_is_hidden_or_read_by_then(idea, follower):
    hidden, read = say(make_user(), idea, "Wird verborgen."), make_idea()
    follows.follow(follower, read)
    say(make_user(), read, "Wird vorher gelesen.")
    kept = make_idea(title="Was noch zu sagen bleibt")
    follows.follow(follower, kept)
    say(make_user("Jonas Weber"), kept)
    work_off()
    with transaction():
        hidden.hidden_at, hidden.hidden_as = clock.now(), Hiding.MODERATED
    service.mark_read(follower, read.id)
    send_digests(before=MORNING + timedelta(hours=1))
    [mail] = mails(follower)
    assert "Jonas Weber" in mail.text
    assert idea.title not in mail.text + mail.html + mail.subject
    assert steps(follower) == [(SUPPRESSED, "hidden"), (SUPPRESSED, "read"), (HANDED, "")]


def test_what_is_wanted_by_mail_alone_is_not_taken_for_read(idea, follower):
    """Marking everything as read marks what stands in the list; this never stood there."""
    by_mail_alone = Preference(Way.DAILY, is_listed=False)
    service.set_preferences(follower, {Category.TALK: by_mail_alone})
    say(make_user(), idea)
    work_off()
    service.mark_read(follower)
    send_digests(before=MORNING + timedelta(hours=1))
    assert steps(follower) == [(HANDED, "")]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"blocked_at": MORNING}, "blocked"),
        ({"email_refused_at": MORNING}, "refused"),
        ({"email": None, "email_key": None}, "no_address"),
    ],
)
def test_whoever_cannot_be_written_to_by_then_gets_no_digest(idea, follower, changes, why):
    say(make_user(), idea)
    work_off()
    with transaction():
        for name, value in changes.items():
            setattr(follower, name, value)
    send_digests(before=MORNING + timedelta(hours=1))
    assert (
        db.session.scalar(
            select(func.count()).select_from(Mail).where(Mail.subject.contains("notice"))
        )
        == 0
    )
    assert steps(follower) == [(SUPPRESSED, why)]
    assert len([job for job in db.session.scalars(select(Job)) if job.state == "dead"]) == 0


def test_an_unconfirmed_person_reads_it_here_and_gets_no_mail(idea, staff):
    person = make_user(confirmed=False)
    follows.follow(person, idea)
    answer(staff, idea)
    work_off()
    assert steps(person) == [(SUPPRESSED, "unconfirmed")]
    assert person.unread_notices == 1
    assert mails(person) == []


def test_the_record_of_a_mail_may_go_before_the_notice(idea, staff):
    answer(staff, idea)
    work_off()
    [mail] = mails(idea.author)
    [notice] = db.session.scalars(select(Notice).filter_by(user_id=idea.author.id))
    assert notice.mail_id == mail.id
    with transaction():
        db.session.delete(mail)
    db.session.refresh(notice)
    assert notice.mail_id is None
    assert notice.step is HANDED


def test_nothing_is_left_waiting_by_an_old_row_of_another_way(idea, follower):
    """The index of what waits is read as the query says it."""
    say(make_user(), idea)
    work_off()
    with transaction():
        db.session.execute(update(Notice).values(step=MailStep.SUPPRESSED))
    send_digests(before=MORNING + timedelta(hours=1))
    assert mails(follower) == []
