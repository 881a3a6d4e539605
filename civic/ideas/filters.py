"""What an address asks the list of ideas for: read in one way by list, feed and saved search."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from civic.core.language import translate
from civic.ideas import queries
from civic.ideas.models import IdeaState
from civic.ideas.queries import OVERDUE, Filters
from civic.topics import filters as common
from civic.topics.filters import Params, Values

#: What an address may say and everybody may ask for; "only my own" is of one person.
NAMES = (*common.NAMES, "status")
STATES = frozenset({*(state.value for state in IdeaState), OVERDUE})


def read(params: Params) -> Filters:
    """The filter that everybody may ask for. Values that no list offers are left aside."""
    state = common.first(params, "status")
    return Filters(**common.shared(params), state=state if state in STATES else "")


def address(filters: Filters) -> Values:
    """The parameters of a filter in their plain form, for links; what filters nothing is not in."""
    return common.address(filters, status=filters.state)


def describe(params: Params) -> str:
    """The filter in words, in the language of the request: "Ideen · Lindfurt · „Radweg“"."""
    return title_of(read(params))


def title_of(filters: Filters) -> str:
    """What a list with this filter is called."""
    return common.title(_("Ideas"), filters, _state_words(filters.state))


def among(params: Params, ids: Sequence[int]) -> set[int]:
    """Which of these things the list would show to anybody."""
    return queries.among(read(params), ids)


def _state_words(state: str) -> str:
    if state == OVERDUE:
        return str(_("Answer overdue"))
    return translate(IdeaState(state).label) if state else ""
