"""A small world for checks over all routes: a town, people of every kind, one thing of each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from civic.accounts import service as accounts
from civic.accounts.current import COOKIE_KEY
from civic.accounts.models import AccountToken, Nobody, Role, TokenPurpose, User, hash_token
from civic.activity.models import Activity
from civic.app import create_app
from civic.comments import service as comments
from civic.config import Config
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.language import slugify
from civic.ideas.models import Idea
from civic.notifications.address import unsubscribe_link
from civic.notifications.models import Category, Cause, MailStep, Notice, Way
from tests.architecture.teams import join_forces
from tests.client import Browser
from tests.make import (
    BODY,
    TITLE,
    make_dead_job,
    make_idea,
    make_municipality,
    make_topic,
    make_user,
)

#: Who asks, in the order of the columns of access.txt.
STRANGER = "stranger"
PEOPLE = (
    STRANGER,  # not signed in
    "unconfirmed",  # signed in, the address not yet confirmed
    "member",  # confirmed, somebody else than the author
    "author",  # wrote the idea and the comment; asks a team and an organisation, and is invited
    "lead",  # leads the project of the town and keeps its innovation
    "owner",  # owns the organisation, and is a plain member of that team
    "rival",  # leads another team elsewhere
    "staff",  # administration of the town
    "moderator",  # moderates in the town
    "neighbour",  # administration and moderation of another town
    "admin",  # runs the platform
    "blocked",  # was signed in, staff and moderator, and is blocked now
)


class Route(NamedTuple):
    """One way to ask the house something."""

    method: str
    rule: str
    endpoint: str

    def __str__(self) -> str:
        return f"{self.method:<6} {self.rule}"


@cache
def rules() -> tuple[Rule, ...]:
    """Every address of the house; putting it together needs no database."""
    app = create_app(Config(instance_path=Path("/nowhere"), testing=True, secret_key="x"))
    return tuple(sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)))


def routes() -> list[Route]:
    return [
        Route(method, rule.rule, rule.endpoint)
        for rule in rules()
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


@dataclass
class World:
    """What there is, by number, and how each person's browser is signed in."""

    app: Flask
    ids: dict[str, int] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    #: Further parts of addresses, by "room.parameter" or "room.endpoint.parameter".
    parts: dict[str, Any] = field(default_factory=dict)
    #: Endpoint -> a form that is filled in, where an empty one would not show who may send it.
    forms: dict[str, dict[str, str]] = field(default_factory=dict)

    def address(self, rule: Rule) -> str:
        """The address of a rule in this world. A parameter it does not know is an error."""
        values = {name: self._value(rule, name) for name in rule.arguments}
        with self.app.test_request_context():
            built = self.app.url_map.bind("localhost").build(
                rule.endpoint, values, append_unknown=False
            )
        return str(built)

    def _value(self, rule: Rule, name: str) -> Any:
        room = rule.endpoint.split(".")[0]
        part = self.parts.get(f"{rule.endpoint}.{name}") or self.parts.get(f"{room}.{name}")
        known: dict[str, Any] = {
            "id": self.ids.get(rule.endpoint) or self.ids.get(room) or self.ids["idea"],
            "slug": self.slugs.get(rule.endpoint) or self.slugs.get(room) or self.slugs["town"],
            "token": self.tokens.get(rule.endpoint),
            "name": "impressum",
            "code": "en",
        }
        if part is not None:
            return part
        if known.get(name) is None:
            raise KeyError(f"tests/architecture/world.py knows no {name!r} for {rule.endpoint}")
        return known[name]

    def visitor(self, person: str) -> Visitor:
        return Visitor(self, person)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Nothing that happens in this block is there afterwards."""
        savepoint = db._app_engines[self.app][None].begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()


class Visitor:
    """A person's browser. Each answer is to the same state: nothing an earlier one did is left."""

    def __init__(self, world: World, person: str) -> None:
        self.world = world
        self.browser = Browser(world.app)
        self.csrf = self.browser._token()
        if person != STRANGER:
            with world.app.app_context():
                user = db.session.get_one(User, world.ids[person])
                token = accounts.open_session(Nobody(), user, device="Test")
            with self.browser.client.session_transaction() as session:
                session[COOKIE_KEY] = token
        self._cookies = dict(self.browser.client._cookies)

    def ask(
        self,
        route: Route,
        address: str,
        *,
        token: bool = True,
        fragment: bool = False,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """Send the request; the form carries a valid CSRF token unless told otherwise."""
        data = {**(form or {}), **({"csrf_token": self.csrf} if token else {})}
        sent = {**(headers or {}), **({"HX-Request": "true"} if fragment else {})}
        with self.world.undone():
            response: TestResponse = self.browser.client.open(
                address,
                method=route.method,
                data=None if route.method == "GET" else data,
                headers=sent,
            )
        self.browser.client._cookies = dict(self._cookies)
        return response


def make_world(app: Flask) -> World:
    """Fill the clean database of a test."""
    world = World(app)
    with app.app_context():
        _populate(world)
    return world


@transaction()
def _populate(world: World) -> None:
    county = make_municipality("Kreis")
    town = make_municipality("Stadt", parent=county)
    elsewhere = make_municipality("Nachbarort", parent=county)
    both = [Role.STAFF, Role.MODERATOR]
    people = {
        "unconfirmed": make_user(confirmed=False),
        "member": make_user(),
        "author": make_user(),
        "lead": make_user(),
        "owner": make_user(),
        "rival": make_user(),
        "staff": make_user(roles=[(Role.STAFF, town)]),
        "moderator": make_user(roles=[(Role.MODERATOR, town)]),
        "neighbour": make_user(roles=[(role, elsewhere) for role in both]),
        "admin": make_user(roles=[(Role.ADMIN, None)]),
        "blocked": make_user(roles=[(role, town) for role in both], blocked_at=clock.now()),
    }
    idea = make_idea(people["author"], town)
    comment = comments.add_comment(people["author"], idea, body="Am Friedhof fehlt auch Licht.")
    topic, local = make_topic(), make_topic(municipality_id=town.id)
    db.session.flush()
    world.ids = {name: user.id for name, user in people.items()}
    world.ids |= {"idea": idea.id, "comments": comment.id, "topics": topic.id}
    world.ids |= {"comments.index": idea.id, "comments.add": idea.id}
    world.ids |= {"topics.edit_local": local.id, "accounts.end_session": 1}
    world.ids |= {"operation": make_dead_job().id}
    world.slugs = {"town": town.slug, "ideas": slugify(idea.title)}
    world.ids |= {"notifications": _notice(people["author"], idea)}
    world.ids |= dict.fromkeys(("notifications.thing", "notifications.log"), idea.id)
    words = {"body": "Das sehe ich auch so, und zwar schon lange."}
    world.forms = dict.fromkeys(("comments.add", "comments.reply"), words)
    world.forms["ideas.new"] = {"title": TITLE, "body": BODY, "municipality": town.slug}
    world.forms["ideas.new"]["topics"] = topic.slug
    world.forms["notifications.subscribe"] = {"endpoint": "ideas.index", "status": "open"}
    world.tokens = {
        "accounts.confirm": _link(people["unconfirmed"], TokenPurpose.CONFIRM),
        "accounts.reset": _link(people["author"], TokenPurpose.RESET),
        "accounts.confirm_email": _link(people["author"], TokenPurpose.CHANGE_EMAIL),
    }
    end = unsubscribe_link(people["author"].id, Category.TALK).rsplit("/", 1)[1]
    world.tokens |= dict.fromkeys(("notifications.ask_to_end", "notifications.end"), end)
    together = join_forces(people, town, elsewhere)
    world.ids |= together.ids
    world.slugs |= together.slugs
    world.tokens |= together.tokens
    world.parts |= together.parts
    world.forms |= together.forms


def _link(user: User, purpose: TokenPurpose) -> str:
    """A link as it is mailed."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        AccountToken(
            token_hash=hash_token(token),
            user_id=user.id,
            purpose=purpose,
            email="new@example.org" if purpose is TokenPurpose.CHANGE_EMAIL else user.email,
            expires_at=clock.now() + timedelta(hours=1),
        )
    )
    return token


def _notice(user: User, idea: Idea) -> int:
    """Somebody is told of the idea, as the queue does it."""
    notice = Notice(
        user_id=user.id,
        activity_id=db.session.scalars(
            select(Activity.id).filter_by(contribution_id=idea.id)
        ).one(),
        contribution_id=idea.id,
        category=Category.ANSWER,
        cause=Cause.AUTHOR,
        created_at=clock.now(),
        way=Way.DAILY,
        step=MailStep.WAITING,
    )
    db.session.add(notice)
    user.unread_notices += 1
    db.session.flush()
    return notice.id
