"""The door plate of a room: what a feature brings to the house."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from click import Group
from flask import Blueprint, Flask, request, url_for
from flask_babel import gettext

from civic.core.policy import Rule


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

    def is_current(self, endpoint: str) -> bool:
        room = self.endpoint.rsplit(".", 1)[0] + "."
        return endpoint == self.endpoint or (self.whole_room and endpoint.startswith(room))


class NavLink(NamedTuple):
    """An entry as the page shows it."""

    label: str
    url: str
    current: bool


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
    cli: Sequence[Group] = ()
    #: Housekeeping that the worker does once a day.
    daily: Sequence[Callable[[], object]] = ()
    #: Called before a person is removed: (user, erase_contributions)
    forget: Callable[..., None] | None = None
    #: Templates of small acts on a thing that stands in a row with others (a comment). Each is
    #: included with `about` (the thing) and `marked` (names of its marks, see below).
    thing_acts: Sequence[str] = ()
    #: What a person did to these things, name -> ids, in one query: {"voted": {3, 5}}.
    marks: Callable[[Any, Sequence[int]], Mapping[str, set[int]]] | None = None


class House:
    """The registry of all rooms; refuses a name that is declared twice."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self.verbs: dict[str, str] = {}
        self.rules: dict[str, Rule] = {}
        self.features: list[Feature] = []
        #: Gives the actor of the request; the room of accounts sets it.
        self.who_looks: Callable[[], Any] = lambda: None

    def move_in(self, app: Flask, feature: Feature) -> None:
        kinds = {kind.name: kind for kind in feature.kinds}
        _merge(feature.name, self.kinds, kinds)
        _merge(feature.name, self.verbs, feature.verbs)
        _merge(feature.name, self.rules, feature.rules)
        _merge(feature.name, app.jinja_env.globals, feature.globals)
        self.features.append(feature)
        if feature.blueprint:
            app.register_blueprint(feature.blueprint)
        for group in feature.cli:
            app.cli.add_command(group)
        if feature.setup:
            feature.setup(app)

    def may(self, rule: str, *args: object) -> bool:
        """Ask a rule by its name for the person who is looking; templates use this."""
        return self.rules[rule](self.who_looks(), *args)

    def acts(self) -> list[str]:
        """Templates of the acts below a thing, in the order in which the rooms moved in."""
        return [template for feature in self.features for template in feature.thing_acts]

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

    def daily(self) -> list[Callable[[], object]]:
        """The housekeeping of all rooms."""
        return [work for feature in self.features for work in feature.daily]

    def navigation(self) -> list[NavLink]:
        """The main navigation of the page that is being shown."""
        return self._links(item for feature in self.features for item in feature.nav)

    def account_navigation(self) -> list[NavLink]:
        """The parts of /konto."""
        return self._links(item for feature in self.features for item in feature.account_nav)

    def _links(self, items: Iterable[NavItem]) -> list[NavLink]:
        endpoint = request.endpoint or ""
        return [
            NavLink(str(gettext(i.label)), url_for(i.endpoint), i.is_current(endpoint))
            for i in sorted(items, key=lambda item: item.order)
        ]


def _merge(room: str, mine: dict[str, Any], theirs: Mapping[str, Any]) -> None:
    if twice := mine.keys() & theirs.keys():
        raise ValueError(f"{room}: declared twice: {sorted(twice)}")
    mine.update(theirs)
