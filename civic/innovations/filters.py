"""What an address asks the register, or the exchange, for: read in one way by list, export and
saved search.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask_babel import gettext as _

from civic.core.language import translate
from civic.innovations.models import CostClass, Direction, Stage
from civic.innovations.queries import exchange, register
from civic.innovations.queries.register import OPEN, PROPRIETARY, Filters, Place, Size
from civic.topics import filters as common
from civic.topics.filters import Params, Values, first, one_of

#: What makes a saved search. It calls the stage "status", the name that lists of all rooms share:
#: so a person is told when an entry comes into the stage they wait for.
NAMES = (*common.NAMES, "status", "art", "groesse", "kosten", "lizenz")
EXCHANGE_NAMES = (*common.NAMES, "richtung")
LICENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,39}")


def read(params: Params) -> Filters:
    """The filter that an address asks for. Values that no list offers are left aside."""
    return Filters(
        **common.shared(params),
        stage=one_of(Stage, first(params, "stufe") or first(params, "status")),
        place=one_of(Place, first(params, "art")),
        size=one_of(Size, first(params, "groesse")),
        cost=one_of(CostClass, first(params, "kosten")),
        licence=_licence(first(params, "lizenz")),
    )


def address(filters: Filters) -> Values:
    """The parameters of a filter in their plain form, for links; what filters nothing is not in."""
    return common.address(
        filters,
        stufe=filters.stage or "",
        art=filters.place or "",
        groesse=filters.size or "",
        kosten=filters.cost or "",
        lizenz=filters.licence,
    )


def kept(filters: Filters) -> Values:
    """The same under the names of a saved search."""
    return {("status" if name == "stufe" else name): v for name, v in address(filters).items()}


def describe(params: Params) -> str:
    """The filter in words, in the language of the request: "Innovationen · Lindfurt · „Laden“"."""
    return title_of(read(params))


def title_of(filters: Filters) -> str:
    """What a list with this filter is called."""
    chosen = (filters.stage, filters.place, filters.size)
    return common.title(
        _("Innovations"),
        filters,
        *(translate(choice.label) for choice in chosen if choice),
        cost_words(filters.cost) if filters.cost else "",
        licence_words(filters.licence),
    )


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


def _licence(value: str) -> str:
    return value if LICENCE.fullmatch(value) else ""


# -- the exchange --------------------------------------------------------------------------------

#: Words of the address for what somebody posts.
DIRECTIONS = {"suchen": Direction.WANTED.value, "bieten": Direction.OFFERED.value}
DIRECTION_WORDS = {Direction(value): word for word, value in DIRECTIONS.items()}


def read_exchange(params: Params) -> exchange.Filters:
    """The same for offers and needs."""
    direction = DIRECTIONS.get(first(params, "richtung"), "")
    return exchange.Filters(**common.shared(params), direction=one_of(Direction, direction))


def exchange_address(filters: exchange.Filters) -> Values:
    direction = DIRECTION_WORDS[filters.direction] if filters.direction else ""
    return common.address(filters, richtung=direction)


def describe_exchange(params: Params) -> str:
    """The filter in words: "Börse · Lindfurt · Wir suchen"."""
    filters = read_exchange(params)
    direction = translate(filters.direction.label) if filters.direction else ""
    return common.title(_("Exchange"), filters, direction)


def exchange_among(params: Params, ids: Sequence[int]) -> set[int]:
    return exchange.among(read_exchange(params), ids)
