"""What an address asks the list of projects for: read in one way by list, feed and saved search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from civic.core.db import db
from civic.core.language import current_language, translate
from civic.municipalities import queries as municipalities
from civic.projects.models import ProjectState
from civic.projects.queries import listing
from civic.projects.queries.listing import SHOWN, Filters
from civic.topics import queries as topics
from civic.topics.models import Topic

#: What an address may say and everybody may ask for; "only my own" is of one person.
NAMES = ("q", "kommune", "thema", "status")
LONGEST_TEXT = 100
MOST_TOPICS = 20
STATES = frozenset(state.value for state in SHOWN)

#: The parameters of an address: name -> values, as `request.args.to_dict(flat=False)` gives them.
Params = Mapping[str, Sequence[str]]


def read(params: Params) -> Filters:
    """The filter that everybody may ask for. Values that no list offers are left aside."""
    place, state = _first(params, "kommune"), _first(params, "status")
    return Filters(
        text=text_of(params),
        municipality=municipalities.addressed(place),
        topics=tuple(topic.slug for topic in topics_of(params.get("thema", ()))),
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
    """The filter in words, in the language of the request: "Projekte · Lindfurt · „Radweg“"."""
    return title_of(read(params))


def title_of(filters: Filters) -> str:
    """What a list with this filter is called."""
    language = current_language()
    words = [str(_("Projects"))]
    if filters.municipality:
        words.append(filters.municipality.name)
    words += [topic.name(language) for topic in topics_of(filters.topics)]
    if filters.state:
        words.append(translate(ProjectState(filters.state).label))
    if filters.text:
        words.append(str(_("“%(text)s”", text=filters.text)))
    return " · ".join(words)


def among(params: Params, ids: Sequence[int]) -> set[int]:
    """Which of these things the list would show to anybody."""
    return listing.among(read(params), ids)


def text_of(params: Params) -> str:
    """The words that are looked for."""
    return _first(params, "q").strip()[:LONGEST_TEXT]


def topics_of(slugs: Sequence[str]) -> Sequence[Topic]:
    """The topics with these addresses, each once; no slug asks the database nothing."""
    wanted = tuple(slugs)[:MOST_TOPICS]
    return db.session.scalars(topics.with_slugs(wanted)).all() if wanted else ()


def _first(params: Params, name: str) -> str:
    return next(iter(params.get(name, ())), "")
