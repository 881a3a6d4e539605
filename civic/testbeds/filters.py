"""What an address asks the list of test beds for: read in one way by list and saved search."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from civic.core.language import translate
from civic.testbeds import queries
from civic.testbeds.models import TestbedState
from civic.testbeds.queries import Filters
from civic.topics import filters as common
from civic.topics.filters import Params, Values

NAMES = (*common.NAMES, "status")


def read(params: Params) -> Filters:
    """The filter of an address. Values that no list offers are left aside."""
    state = common.one_of(TestbedState, common.first(params, "status"))
    return Filters(**common.shared(params), state=state.value if state else "")


def address(filters: Filters) -> Values:
    """The parameters of a filter in their plain form; what filters nothing is not in it."""
    return common.address(filters, status=filters.state)


def describe(params: Params) -> str:
    """The filter in words, in the language of the request: "Erprobungsräume · Lindfurt"."""
    filters = read(params)
    state = translate(TestbedState(filters.state).label) if filters.state else ""
    return common.title(_("Test beds"), filters, state)


def among(params: Params, ids: Sequence[int]) -> set[int]:
    """Which of these things the list would show to anybody."""
    return queries.among(read(params), ids)
