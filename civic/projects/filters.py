"""What an address asks the list of projects for: read in one way by list, feed and saved search."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from civic.core.language import translate
from civic.projects.models import ProjectState
from civic.projects.queries import listing
from civic.projects.queries.listing import SHOWN, Filters
from civic.topics import filters as common
from civic.topics.filters import Params, Values

#: What an address may say and everybody may ask for; "only my own" is of one person.
NAMES = (*common.NAMES, "status")
STATES = frozenset(state.value for state in SHOWN)


def read(params: Params) -> Filters:
    """The filter that everybody may ask for. Values that no list offers are left aside."""
    state = common.first(params, "status")
    return Filters(**common.shared(params), state=state if state in STATES else "")


def address(filters: Filters) -> Values:
    """The parameters of a filter in their plain form, for links; what filters nothing is not in."""
    return common.address(filters, status=filters.state)


def describe(params: Params) -> str:
    """The filter in words, in the language of the request: "Projekte · Lindfurt · „Radweg“"."""
    return title_of(read(params))


def title_of(filters: Filters) -> str:
    """What a list with this filter is called."""
    state = translate(ProjectState(filters.state).label) if filters.state else ""
    return common.title(_("Projects"), filters, state)


def among(params: Params, ids: Sequence[int]) -> set[int]:
    """Which of these things the list would show to anybody."""
    return listing.among(read(params), ids)
