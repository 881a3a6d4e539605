"""`civic bench seed` fills both databases with towns that the house cannot tell from real ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select, text

from civic.accounts.models import System, User
from civic.activity.models import Activity
from civic.app import create_app
from civic.bench import queries, service
from civic.comments import service as comments
from civic.comments.models import Comment
from civic.contributions.models import Contribution, ReferenceCounter
from civic.core import html, passwords, search
from civic.core.db import db
from civic.follows.models import Follow
from civic.ideas import service as idea_service
from civic.ideas.models import Idea, IdeaVersion
from civic.municipalities.models import Municipality
from civic.topics.models import Topic
from civic.votes import service as votes
from civic.votes.models import Vote
from tests.client import Browser
from tests.conftest import DATABASES, make_config
from tests.make import BODY
from tests.postgres import create_database, drop_database

SEED = ["bench", "seed", "--ideas", "200"]
_SHAPE = """
SELECT conname, contype::text, convalidated FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION SELECT indexname, indexdef, true FROM pg_indexes WHERE schemaname = 'public'
"""


@pytest.fixture(scope="module", params=DATABASES)
def towns(request, tmp_path_factory) -> Flask:
    """A house of its own, filled once for all tests of this file."""
    folder: Path = tmp_path_factory.mktemp("bench")
    url, clear = f"sqlite:///{folder / 'civic.sqlite3'}", None
    if request.param == "postgresql":
        clear = request.getfixturevalue("postgres_url")
        url = create_database(clear, "bench_seed")
    app = create_app(make_config(url, folder))
    with app.app_context():
        upgrade()
    result = app.test_cli_runner().invoke(args=SEED)
    assert result.exit_code == 0, result.output
    app.said = result.output
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if clear:
        drop_database(clear, "bench_seed")


@pytest.fixture
def there(towns) -> Flask:
    with towns.app_context():
        yield towns


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_there_is_as_much_as_was_asked_for(there):
    sizes = [count(m) for m in (Idea, Comment, Vote, User, Municipality)]
    assert sizes == [200, 1000, 2000, 40, 5]
    assert count(IdeaVersion) > 200
    assert count(Follow) > 200


def test_counters_and_trends_are_those_of_the_rows(there):
    assert votes.recount(System(), repair=False) == []
    assert comments.recount(System(), repair=False) == []
    total = db.session.scalar(select(func.sum(Contribution.vote_count)))
    assert total == count(Vote)


def test_all_foreign_keys_hold(there):
    if db.engine.dialect.name == "sqlite":
        assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []
    else:
        shape = db.session.execute(text(_SHAPE)).all()
        assert all(valid for *_, valid in shape)


def test_texts_are_stored_as_the_house_renders_them(there):
    for idea in db.session.scalars(select(Idea)):
        assert idea.body_html == html.render(idea.body)
        assert idea.summary == html.summary(idea.body_html)
    for comment in db.session.scalars(select(Comment).limit(100)):
        assert comment.body_html == html.render(comment.body, top=comments.TOP_HEADING)


def test_the_search_finds_an_idea_by_its_title_text_and_reference(there):
    assert db.session.scalar(text("SELECT count(*) FROM search_document")) == 200
    for idea in db.session.scalars(select(Idea).where(Idea.hidden_at.is_(None)).limit(10)):
        for words in (idea.title, idea.body.partition(".")[0], idea.reference):
            found = search.matches(Contribution.id, words)
            assert idea.id in set(db.session.scalars(select(Contribution.id).where(found)))


def test_every_idea_has_its_news(there):
    verbs = dict(
        db.session.execute(select(Activity.verb, func.count()).group_by(Activity.verb)).all()
    )
    assert verbs["idea.submitted"] == 200
    answered = select(func.count()).where(Idea.answered_at.is_not(None))
    given = sum(verbs.get(f"idea.{state}", 0) for state in ("taken_up", "declined", "done"))
    assert given == db.session.scalar(answered) > 50


@pytest.mark.parametrize("sort", ["neueste", "unterstuetzt", "diskutiert", "gefragt", "zufall"])
def test_lists_are_full_in_every_order(towns, sort):
    page = Browser(towns).get(f"/ideen?sortierung={sort}")
    assert len(set(re.findall(r'href="(/ideen/\d+-[^"#?]*)"', page.text))) == 20


def test_the_pages_answer(towns):
    browser = Browser(towns)
    browser.get("/")
    browser.get("/ideen")
    browser.get("/ideen?q=Bahnhof&status=overdue")


def test_the_printed_accounts_can_sign_in_and_hold_their_roles(there):
    assert "einwohnerin-mess@example.org" in there.said
    people = {
        name: db.session.scalar(select(User).where(User.email_key == f"{name}@example.org"))
        for name in ("einwohnerin-mess", "verwaltung-mess", "admin-mess")
    }
    assert all(passwords.matches(p.password_hash, service.PASSWORD) for p in people.values())
    assert people["admin-mess"].is_admin()
    assert not people["einwohnerin-mess"].is_admin()
    assert [m.role for m in people["verwaltung-mess"].memberships] == ["staff"]


def test_what_comes_after_fits(there):
    """Ids and reference numbers go on where the made-up ones end."""
    actor = db.session.get(User, 20)
    town = db.session.scalar(select(Municipality).where(Municipality.kind == "gemeinde"))
    topic = db.session.scalar(select(Topic.slug))
    idea = idea_service.submit_idea(
        actor, town, title="Eine Bank am Weg", body=BODY, place="", slugs=[topic]
    )
    year, number = map(int, idea.reference.split("-"))
    assert number == db.session.get(ReferenceCounter, year).last
    db.session.rollback()


def test_a_database_in_use_is_only_added_to_on_request(there):
    before = count(Idea)
    runner = there.test_cli_runner()
    refused = runner.invoke(args=SEED)
    assert refused.exit_code == 1
    assert "not empty" in refused.output
    assert count(Idea) == before
    added = runner.invoke(args=["bench", "seed", "--ideas", "20", "--append"])
    assert added.exit_code == 0, added.output
    assert count(Idea) == before + 20
    assert votes.recount(System(), repair=False) == []
    assert not queries.is_empty()


def test_many_at_once_leave_the_database_as_it_was_but_full(postgres_url, tmp_path, monkeypatch):
    """Above a threshold keys and indexes go and come back, and processes work side by side."""
    monkeypatch.setattr(service, "MANY", 100)
    app = create_app(make_config(create_database(postgres_url, "bench_many"), tmp_path))
    with app.app_context():
        upgrade()
        before = set(db.session.execute(text(_SHAPE)).all())
        db.session.rollback()
        service.seed(System(), service.Size(150), lambda *_: None)
        assert set(db.session.execute(text(_SHAPE)).all()) == before
        assert count(Vote) == 1500
        assert votes.recount(System(), repair=False) == []
        db.session.remove()
        db.engine.dispose()
    drop_database(postgres_url, "bench_many")


def test_production_has_no_such_command(tmp_path):
    config = make_config(
        f"sqlite:///{tmp_path / 'x.sqlite3'}", tmp_path, testing=False, env="production",
        base_url="https://example.org", secret_key="q8vN2mX4rT6yB1kL9wZ3cF5hJ7pD0sGa",
    )  # fmt: skip
    assert "bench" not in create_app(config).cli.commands
