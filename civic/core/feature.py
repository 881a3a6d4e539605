"""The door plate of a room: what a feature brings to the house."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import Any, NamedTuple

from click import Command
from flask import Blueprint, Flask, request
from flask_babel import gettext

from civic.core.policy import Rule
from civic.core.urls import url_for


class Every(StrEnum):
    """How often a schedule is due."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True)
class Sign:
    """How a state is shown: word (translated), look and place on the life line (1 to 6)."""

    label: str
    variant: str = ""
    icon: str = "circle"
    step: int = 1


@dataclass(frozen=True)
class Kind:
    """A kind of thing: its model, words (msgids), page and the sign of its state."""

    model: type[Any]
    label: str
    plural: str
    url: Callable[[Any], str]
    sign: Callable[[Any], Sign]
    #: Whether it appears as a card in lists and feeds.
    listed: bool = True

    @property
    def name(self) -> str:
        return str(self.model.__mapper_args__["polymorphic_identity"])


@dataclass(frozen=True)
class NavItem:
    """An entry of the main navigation; `order` from left to right."""

    label: str
    endpoint: str
    order: int
    #: True: the whole room counts as this entry, not only the page itself.
    whole_room: bool = True
    #: Name of the rule that says who sees the entry; without one everybody does.
    rule: str = ""
    #: Names of further rooms whose pages count as this entry.
    rooms: Sequence[str] = ()

    def is_current(self, endpoint: str) -> bool:
        room = endpoint.rsplit(".", 1)[0]
        mine = self.endpoint.rsplit(".", 1)[0]
        return endpoint == self.endpoint or (
            (self.whole_room and room == mine) or room in self.rooms
        )


class NavLink(NamedTuple):
    """An entry as the page shows it."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Schedule:
    """A job by the clock, in the time zone of the platform; each window is done exactly once.

    A worker that was down does the latest window when it is back, and not those it slept through.
    The payload is {"window": "2026-11-22" (hourly "2026-11-22T03Z", weekly "2026-W47"), "at": the
    moment from which it was due, ISO in UTC}. A kind has at most one schedule.
    """

    kind: str
    every: Every
    #: Local time of day from which the window is due; hourly jobs read its minute alone.
    at: time = time(3)
    #: 0 is Monday; for weekly jobs.
    weekday: int = 0


@dataclass(frozen=True)
class SavedList:
    """A list whose filter can be kept. `params` are those of its address, as it reads them."""

    #: Endpoint of the list ("ideas.index").
    endpoint: str
    #: The names of the address that make the filter ("q", "kommune", "thema", "status").
    names: Sequence[str]
    #: The filter in words, in the language of the request: "Ideen · Lindfurt · Unterwegs".
    describe: Callable[[Mapping[str, Sequence[str]]], str]
    #: Which of these things pass the filter, as anybody may see them: (params, ids) -> ids.
    among: Callable[[Mapping[str, Sequence[str]], Sequence[int]], set[int]]


@dataclass(frozen=True)
class Feature:
    """All that a room declares to the house; nothing else of it is known elsewhere."""

    name: str
    blueprint: Blueprint | None = None
    kinds: Sequence[Kind] = ()
    verbs: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, Callable[..., bool]] = field(default_factory=dict)
    nav: Sequence[NavItem] = ()
    account_nav: Sequence[NavItem] = ()
    globals: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    #: Called once with the app while the house is put together.
    setup: Callable[[Flask], None] | None = None
    cli: Sequence[Command] = ()
    #: Work that the queue does outside of a request: kind -> handler of its payload. A handler may
    #: be called twice for one job (after a crash) and must then change nothing more.
    jobs: Mapping[str, Callable[[dict[str, Any]], object]] = field(default_factory=dict)
    #: Told of a job that will not be done: kind -> (payload, reason), in that transaction.
    gave_up: Mapping[str, Callable[[dict[str, Any], str], object]] = field(default_factory=dict)
    #: When jobs of this room are due by the clock.
    schedules: Sequence[Schedule] = ()
    #: Verbs that concern people -> category of the notice ("answer", "talk", "change", "new",
    #: "term", "duty", "team"); a verb that is missing here tells nobody.
    notices: Mapping[str, str] = field(default_factory=dict)
    #: Lists whose filter a person may keep as a subscription.
    saved_lists: Sequence[SavedList] = ()
    #: Told of an address that mail servers refuse for good: (address, reason).
    mail_refused: Callable[[str, str], object] | None = None
    #: Called before a person is removed: (user, erase_contributions)
    forget: Callable[..., None] | None = None
    #: Templates of small acts on a thing that stands in a row with others (a comment). Each has a
    #: macro `act(about, whose, marked)`: the thing, words that name it, names of its marks (below).
    thing_acts: Sequence[str] = ()
    #: Templates of what this room offers to do with a thing of a room below: begin a project from
    #: an idea. The page of every listed thing includes them; each expects `about` and says itself
    #: for which things and for whom it is.
    offers: Sequence[str] = ()
    #: What a person did to these things, name -> ids, in one query: {"voted": {3, 5}}.
    marks: Callable[[Any, Sequence[int]], Mapping[str, set[int]]] | None = None


class House:
    """The registry of all rooms; refuses a name that is declared twice."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self.verbs: dict[str, str] = {}
        self.rules: dict[str, Rule] = {}
        self.jobs: dict[str, Callable[[dict[str, Any]], object]] = {}
        self.gave_up: dict[str, Callable[[dict[str, Any], str], object]] = {}
        self._schedules: dict[str, Schedule] = {}
        self.notices: dict[str, str] = {}
        self.saved_lists: dict[str, SavedList] = {}
        self.features: list[Feature] = []
        #: Gives the actor of the request; the room of accounts sets it.
        self.who_looks: Callable[[], Any] = lambda: None

    def move_in(self, app: Flask, feature: Feature) -> None:
        kinds = {kind.name: kind for kind in feature.kinds}
        _merge(feature.name, self.kinds, kinds)
        _merge(feature.name, self.verbs, feature.verbs)
        _merge(feature.name, self.rules, feature.rules)
        _merge(feature.name, self.jobs, feature.jobs)
        _merge(feature.name, self.gave_up, feature.gave_up)
        for schedule in feature.schedules:
            _merge(feature.name, self._schedules, {schedule.kind: schedule})
        if unknown := self._schedules.keys() - self.jobs.keys():
            raise ValueError(f"{feature.name}: nobody does these jobs: {sorted(unknown)}")
        _merge(feature.name, self.notices, feature.notices)
        saved_lists = {listed.endpoint: listed for listed in feature.saved_lists}
        _merge(feature.name, self.saved_lists, saved_lists)
        _merge(feature.name, app.jinja_env.globals, feature.globals)
        self.features.append(feature)
        if feature.blueprint:
            app.register_blueprint(feature.blueprint)
        for command in feature.cli:
            app.cli.add_command(command)
        if feature.setup:
            feature.setup(app)

    def may(self, rule: str, *args: object) -> bool:
        """Ask a rule by its name for the person who is looking; templates use this."""
        return self.rules[rule](self.who_looks(), *args)

    def acts(self) -> list[str]:
        """Templates of the acts below a thing, in the order in which the rooms moved in."""
        return [template for feature in self.features for template in feature.thing_acts]

    def offers(self) -> list[str]:
        """Templates of what can be done with a thing beyond its own room, in the same order."""
        return [template for feature in self.features for template in feature.offers]

    def marks(self, viewer: Any, ids: Sequence[int]) -> dict[int, set[str]]:
        """The marks of these things for a person: id -> names. A visitor has none."""
        found: dict[int, set[str]] = {}
        if not ids or not viewer.is_authenticated:
            return found
        for feature in self.features:
            given = feature.marks(viewer, ids) if feature.marks else {}
            for name, marked in given.items():
                for id in marked:
                    found.setdefault(id, set()).add(name)
        return found

    def schedules(self) -> list[Schedule]:
        """What all rooms do by the clock."""
        return list(self._schedules.values())

    def mail_refused(self, address: str, reason: str) -> None:
        """Tell the rooms that an address takes no mail."""
        for feature in self.features:
            if feature.mail_refused:
                feature.mail_refused(address, reason)

    def navigation(self) -> list[NavLink]:
        """The main navigation of the page that is being shown; parts of /konto are not in it."""
        endpoint = request.endpoint or ""
        parts = {item.endpoint for feature in self.features for item in feature.account_nav}
        items = (item for feature in self.features for item in feature.nav)
        return self._links(items, "" if endpoint in parts else endpoint)

    def account_navigation(self) -> list[NavLink]:
        """The parts of /konto."""
        items = (item for feature in self.features for item in feature.account_nav)
        return self._links(items, request.endpoint or "")

    def _links(self, items: Iterable[NavItem], endpoint: str) -> list[NavLink]:
        return [
            NavLink(str(gettext(i.label)), url_for(i.endpoint), i.is_current(endpoint))
            for i in sorted(items, key=lambda item: item.order)
            if not i.rule or self.may(i.rule)
        ]


def _merge(room: str, mine: dict[str, Any], theirs: Mapping[str, Any]) -> None:
    if twice := mine.keys() & theirs.keys():
        raise ValueError(f"{room}: declared twice: {sorted(twice)}")
    mine.update(theirs)
