"""What an address asks the list of test beds for: read in one way by list and saved search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from civic.core.db import db
from civic.core.language import current_language, translate
from civic.municipalities import queries as municipalities
from civic.testbeds import queries
from civic.testbeds.models import TestbedState
from civic.testbeds.queries import Filters
from civic.topics import queries as topics
from civic.topics.models import Topic

NAMES = ("q", "kommune", "thema", "status")
LONGEST_TEXT = 100
MOST_TOPICS = 20
STATES = frozenset(state.value for state in TestbedState)

#: The parameters of an address: name -> values, as `request.args.to_dict(flat=False)` gives them.
Params = Mapping[str, Sequence[str]]


def read(params: Params) -> Filters:
    """The filter of an address. Values that no list offers are left aside."""
    state = _first(params, "status")
    return Filters(
        text=_first(params, "q").strip()[:LONGEST_TEXT],
        municipality=municipalities.addressed(_first(params, "kommune")),
        topics=tuple(topic.slug for topic in _topics(params.get("thema", ()))),
        state=state if state in STATES else "",
    )


def address(filters: Filters) -> dict[str, str | list[str]]:
    """The parameters of a filter in their plain form; what filters nothing is not in it."""
    town = filters.municipality
    values: dict[str, str | list[str]] = {
        "q": filters.text,
        "kommune": town.slug if town else "",
        "thema": list(filters.topics),
        "status": filters.state,
    }
    return {name: value for name, value in values.items() if value}


def describe(params: Params) -> str:
    """The filter in words, in the language of the request: "Erprobungsräume · Lindfurt"."""
    filters = read(params)
    language = current_language()
    words = [str(_("Test beds"))]
    if filters.municipality:
        words.append(filters.municipality.name)
    words += [topic.name(language) for topic in _topics(filters.topics)]
    if filters.state:
        words.append(translate(TestbedState(filters.state).label))
    if filters.text:
        words.append(str(_("“%(text)s”", text=filters.text)))
    return " · ".join(words)


def among(params: Params, ids: Sequence[int]) -> set[int]:
    """Which of these things the list would show to anybody."""
    return queries.among(read(params), ids)


def _first(params: Params, name: str) -> str:
    return next(iter(params.get(name, ())), "")


def _topics(slugs: Sequence[str]) -> Sequence[Topic]:
    """The topics with these addresses; no slug asks the database nothing."""
    wanted = tuple(slugs)[:MOST_TOPICS]
    return db.session.scalars(topics.with_slugs(wanted)).all() if wanted else ()
