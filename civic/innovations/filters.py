"""What an address asks the register, or the exchange, for: read in one way by list, export and
saved search.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from flask_babel import gettext as _

from civic.core.db import db
from civic.core.language import current_language, translate
from civic.innovations.models import CostClass, Direction, Stage
from civic.innovations.queries import exchange, register
from civic.innovations.queries.register import OPEN, PROPRIETARY, Filters, Place, Size
from civic.municipalities import queries as municipalities
from civic.municipalities.models import Municipality
from civic.topics import queries as topics
from civic.topics.models import Topic

#: What makes a saved search. It calls the stage "status", the name that lists of all rooms share:
#: so a person is told when an entry comes into the stage they wait for.
NAMES = ("q", "kommune", "thema", "status", "art", "groesse", "kosten", "lizenz")
EXCHANGE_NAMES = ("q", "kommune", "thema", "richtung")
LONGEST_TEXT = 100
MOST_TOPICS = 20
LICENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,39}")

#: The parameters of an address: name -> values, as `request.args.to_dict(flat=False)` gives them.
Params = Mapping[str, Sequence[str]]
Values = dict[str, str | list[str]]
Choice = TypeVar("Choice", bound=StrEnum)


def read(params: Params) -> Filters:
    """The filter that an address asks for. Values that no list offers are left aside."""
    return Filters(
        text=_text(params),
        municipality=municipalities.addressed(_first(params, "kommune")),
        topics=_slugs(params),
        stage=_one_of(Stage, _first(params, "stufe") or _first(params, "status")),
        place=_one_of(Place, _first(params, "art")),
        size=_one_of(Size, _first(params, "groesse")),
        cost=_one_of(CostClass, _first(params, "kosten")),
        licence=_licence(_first(params, "lizenz")),
    )


def address(filters: Filters) -> Values:
    """The parameters of a filter in their plain form, for links; what filters nothing is not in."""
    return _given(
        {
            **_shared(filters.text, filters.municipality, filters.topics),
            "stufe": filters.stage or "",
            "art": filters.place or "",
            "groesse": filters.size or "",
            "kosten": filters.cost or "",
            "lizenz": filters.licence,
        }
    )


def kept(filters: Filters) -> Values:
    """The same under the names of a saved search."""
    return {("status" if name == "stufe" else name): v for name, v in address(filters).items()}


def describe(params: Params) -> str:
    """The filter in words, in the language of the request: "Innovationen · Lindfurt · „Laden“"."""
    return title_of(read(params))


def title_of(filters: Filters) -> str:
    """What a list with this filter is called."""
    words = [str(_("Innovations")), *_place_and_topics(filters.municipality, filters.topics)]
    chosen = (filters.stage, filters.place, filters.size)
    words += [translate(choice.label) for choice in chosen if choice]
    if filters.cost:
        words.append(cost_words(filters.cost))
    if filters.licence:
        words.append(licence_words(filters.licence))
    return " · ".join([*words, *_quoted(filters.text)])


def cost_words(cost: CostClass) -> str:
    """Of a class of costs, said without the question to which it is the answer."""
    return str(_("Costs to begin: %(cost)s", cost=translate(cost.label)))


def licence_words(licence: str) -> str:
    """The licence that is asked for; its identifier is what people search for."""
    if licence == OPEN:
        return str(_("Open source software"))
    return str(_("Not open (proprietary)")) if licence == PROPRIETARY else licence


def among(params: Params, ids: Sequence[int]) -> set[int]:
    """Which of these things the register would show to anybody."""
    return register.among(read(params), ids)


# -- the exchange --------------------------------------------------------------------------------


def read_exchange(params: Params) -> exchange.Filters:
    """The same for offers and needs."""
    return exchange.Filters(
        text=_text(params),
        municipality=municipalities.addressed(_first(params, "kommune")),
        topics=_slugs(params),
        direction=_one_of(Direction, DIRECTIONS.get(_first(params, "richtung"), "")),
    )


#: Words of the address for what somebody posts.
DIRECTIONS = {"suchen": Direction.WANTED.value, "bieten": Direction.OFFERED.value}
DIRECTION_WORDS = {Direction(value): word for word, value in DIRECTIONS.items()}


def exchange_address(filters: exchange.Filters) -> Values:
    direction = DIRECTION_WORDS[filters.direction] if filters.direction else ""
    shared = _shared(filters.text, filters.municipality, filters.topics)
    return _given({**shared, "richtung": direction})


def describe_exchange(params: Params) -> str:
    """The filter in words: "Börse · Lindfurt · Wir suchen"."""
    filters = read_exchange(params)
    words = [str(_("Exchange")), *_place_and_topics(filters.municipality, filters.topics)]
    if filters.direction:
        words.append(translate(filters.direction.label))
    return " · ".join([*words, *_quoted(filters.text)])


def exchange_among(params: Params, ids: Sequence[int]) -> set[int]:
    return exchange.among(read_exchange(params), ids)


# -- what both share -----------------------------------------------------------------------------


def _first(params: Params, name: str) -> str:
    return next(iter(params.get(name, ())), "")


def _text(params: Params) -> str:
    return _first(params, "q").strip()[:LONGEST_TEXT]


def _one_of(choices: type[Choice], value: str) -> Choice | None:
    return choices(value) if value in set(choices) else None


def _licence(value: str) -> str:
    return value if LICENCE.fullmatch(value) else ""


def _slugs(params: Params) -> tuple[str, ...]:
    return tuple(topic.slug for topic in _topics(params.get("thema", ())))


def _topics(slugs: Sequence[str]) -> Sequence[Topic]:
    """The topics with these addresses, each once; no slug asks the database nothing."""
    wanted = tuple(slugs)[:MOST_TOPICS]
    return db.session.scalars(topics.with_slugs(wanted)).all() if wanted else ()


def _shared(text: str, town: Municipality | None, slugs: Sequence[str]) -> Values:
    return {"q": text, "kommune": town.slug if town else "", "thema": list(slugs)}


def _given(values: Values) -> Values:
    """Without what filters nothing; the choices as plain words."""
    return {name: v if isinstance(v, list) else str(v) for name, v in values.items() if v}


def _place_and_topics(town: Municipality | None, slugs: Sequence[str]) -> list[str]:
    language = current_language()
    place = [town.name] if town else []
    return place + [topic.name(language) for topic in _topics(slugs)]


def _quoted(text: str) -> list[str]:
    return [str(_("“%(text)s”", text=text))] if text else []
