"""What an address asks the list of ideas for: read in one way by list, feed and saved search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from civic.core.db import db
from civic.core.language import current_language, translate
from civic.ideas import queries
from civic.ideas.models import IdeaState
from civic.ideas.queries import OVERDUE, Filters
from civic.municipalities import queries as municipalities
from civic.topics import queries as topics
from civic.topics.models import Topic

#: What an address may say and everybody may ask for; "only my own" is of one person.
NAMES = ("q", "kommune", "thema", "status")
LONGEST_TEXT = 100
MOST_TOPICS = 20
STATES = frozenset({*(state.value for state in IdeaState), OVERDUE})

#: The parameters of an address: name -> values, as `request.args.to_dict(flat=False)` gives them.
Params = Mapping[str, Sequence[str]]


def read(params: Params) -> Filters:
    """The filter that everybody may ask for. Values that no list offers are left aside."""
    place, state = _first(params, "kommune"), _first(params, "status")
    return Filters(
        text=_first(params, "q").strip()[:LONGEST_TEXT],
        municipality=municipalities.addressed(place),
        topics=tuple(topic.slug for topic in _topics(params.get("thema", ()))),
        state=state if state in STATES else "",
    )


def address(filters: Filters) -> dict[str, str | list[str]]:
    """The parameters of a filter in their plain form, for links; what filters nothing is not in."""
    town = filters.municipality
    values: dict[str, str | list[str]] = {
        "q": filters.text,
        "kommune": town.slug if town else "",
        "thema": list(filters.topics),
        "status": filters.state,
    }
    return {name: value for name, value in values.items() if value}


def describe(params: Params) -> str:
    """The filter in words, in the language of the request: "Ideen · Lindfurt · „Radweg“"."""
    return title_of(read(params))


def title_of(filters: Filters) -> str:
    """What a list with this filter is called."""
    language = current_language()
    words = [str(_("Ideas"))]
    if filters.municipality:
        words.append(filters.municipality.name)
    words += [topic.name(language) for topic in _topics(filters.topics)]
    if filters.state:
        words.append(_state_words(filters.state))
    if filters.text:
        words.append(str(_("“%(text)s”", text=filters.text)))
    return " · ".join(words)


def among(params: Params, ids: Sequence[int]) -> set[int]:
    """Which of these things the list would show to anybody."""
    return queries.among(read(params), ids)


def _first(params: Params, name: str) -> str:
    return next(iter(params.get(name, ())), "")


def _topics(slugs: Sequence[str]) -> Sequence[Topic]:
    """The topics with these addresses, each once; no slug asks the database nothing."""
    wanted = tuple(slugs)[:MOST_TOPICS]
    return db.session.scalars(topics.with_slugs(wanted)).all() if wanted else ()


def _state_words(state: str) -> str:
    return str(_("Answer overdue")) if state == OVERDUE else translate(IdeaState(state).label)
