"""How a test bed and a pilot appear elsewhere: address, sign, free places and dates in words."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from civic.core import clock
from civic.core.feature import Sign
from civic.core.language import show_date, slugify, translate, translate_number
from civic.core.urls import url_for
from civic.testbeds.models import PilotState, TestbedState
from civic.testbeds.queries import Room

#: The station "Pilot" on the life line.
STEP = 3
#: Look and icon of each state.
SIGNS: dict[TestbedState, tuple[str, str]] = {
    TestbedState.OPEN: ("good", "check"),
    TestbedState.FULL: ("now", "half"),
    TestbedState.CLOSED: ("ended", "minus"),
}
PILOT_SIGNS: dict[PilotState, tuple[str, str]] = {
    PilotState.APPLIED: ("", "circle"),
    PilotState.ADMITTED: ("now", "half"),
    PilotState.REFUSED: ("ended", "cross"),
    PilotState.WITHDRAWN: ("ended", "minus"),
    PilotState.FINISHED: ("good", "flag"),
}


def url_of_testbed(testbed: Any) -> str:
    """The address of a test bed or of its card."""
    return url_for("testbeds.show", id=testbed.id, slug=slugify(testbed.title))


def sign_of_testbed(testbed: Any) -> Sign:
    """The state in words; a card that knows its places says how many are free."""
    state = TestbedState(testbed.state)
    if state is TestbedState.OPEN and _is_past(getattr(testbed, "ends_on", None)):
        state = TestbedState.CLOSED  # until the night's job has said so
    variant, icon = SIGNS[state]
    label = translate(state.label)
    taken = getattr(testbed, "taken", None)
    if state is TestbedState.OPEN and taken is not None:
        free = max(testbed.capacity - taken, 0)
        label = translate_number("%(num)s place free", "%(num)s places free", free)
    return Sign(label, variant, icon, STEP)


def _is_past(day: date | None) -> bool:
    return day is not None and day < clock.today()


def sign_of_pilot(pilot: Any) -> Sign:
    """Where an application or a pilot stands."""
    variant, icon = PILOT_SIGNS[pilot.state]
    return Sign(translate(pilot.state.label), variant, icon, STEP)


def places_in_words(testbed: Any, room: Room) -> str:
    """The places of a test bed, and when the next one is free."""
    free = testbed.capacity - room.taken
    if testbed.is_over:
        return str(_("This test bed takes no applications any more."))
    if free > 0:
        return str(
            ngettext(
                "%(free)s of %(num)s place is free.",
                "%(free)s of %(num)s places are free.",
                testbed.capacity,
                free=free,
            )
        )
    taken = ngettext("Its place is taken.", "All %(num)s places are taken.", testbed.capacity)
    if room.next_end is None or _is_past(room.next_end):
        return f"{taken} " + str(_("The next one is free when a pilot ends."))
    return f"{taken} " + str(
        _("The next one is free on %(day)s, if all goes as planned.", day=show_date(room.next_end))
    )


def span_in_words(begins_on: date | None, ends_on: date | None) -> str:
    """From when to when, as far as it is known."""
    if begins_on and ends_on:
        return str(_("%(begin)s to %(end)s", begin=show_date(begins_on), end=show_date(ends_on)))
    if begins_on:
        return str(_("from %(day)s", day=show_date(begins_on)))
    if ends_on:
        return str(_("until %(day)s", day=show_date(ends_on)))
    return str(_("not fixed yet"))
