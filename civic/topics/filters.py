"""What every list of things can be asked for by its address: words, a municipality, topics.

A room adds what only its own list knows. List, feed, export and saved search read it in one way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol, TypedDict, TypeVar

from flask_babel import gettext as _

from civic.core.db import db
from civic.core.language import current_language
from civic.municipalities import queries as municipalities
from civic.municipalities.models import Municipality
from civic.topics import queries
from civic.topics.models import Topic

#: Their names in an address.
NAMES = ("q", "kommune", "thema")
LONGEST_TEXT = 100
MOST_TOPICS = 20

#: The parameters of an address: name -> values, as `request.args.to_dict(flat=False)` gives them.
Params = Mapping[str, Sequence[str]]
#: The same in their plain form, for links.
Values = dict[str, str | list[str]]
Choice = TypeVar("Choice", bound=StrEnum)


class Shared(TypedDict):
    """The fields that the filters of all rooms have."""

    text: str
    municipality: Municipality | None
    topics: tuple[str, ...]


class Asked(Protocol):
    """The filters of any room."""

    @property
    def text(self) -> str: ...
    @property
    def municipality(self) -> Municipality | None: ...
    @property
    def topics(self) -> Sequence[str]: ...


def shared(params: Params) -> Shared:
    """What anybody may ask of any list. Values that no list offers are left aside."""
    return Shared(
        text=first(params, "q").strip()[:LONGEST_TEXT],
        municipality=municipalities.addressed(first(params, "kommune")),
        topics=tuple(topic.slug for topic in _topics(params.get("thema", ()))),
    )


def address(asked: Asked, **own: str) -> Values:
    """The parameters for links, with the room's `own`; what filters nothing is not in it."""
    town = asked.municipality
    values: Values = {
        "q": asked.text,
        "kommune": town.slug if town else "",
        "thema": list(asked.topics),
        **{name: str(value) for name, value in own.items()},
    }
    return {name: value for name, value in values.items() if value}


def title(kind: str, asked: Asked, *own: str) -> str:
    """What a list with this filter is called: "Ideen · Lindfurt · Umgesetzt · „Radweg“"."""
    language = current_language()
    words = [
        kind,
        asked.municipality.name if asked.municipality else "",
        *(topic.name(language) for topic in _topics(asked.topics)),
        *own,
        str(_("“%(text)s”", text=asked.text)) if asked.text else "",
    ]
    return " · ".join(filter(None, words))


def first(params: Params, name: str) -> str:
    return next(iter(params.get(name, ())), "")


def one_of(choices: type[Choice], value: str) -> Choice | None:
    """The choice with this value; None for anything that is not offered."""
    return choices(value) if value in set(choices) else None


def _topics(slugs: Sequence[str]) -> Sequence[Topic]:
    """The topics with these addresses, each once; no slug asks the database nothing."""
    wanted = tuple(slugs)[:MOST_TOPICS]
    return db.session.scalars(queries.with_slugs(wanted)).all() if wanted else ()
