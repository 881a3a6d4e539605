"""How a project appears elsewhere: its address and sign; its term, sums and days in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from flask_babel import gettext as _

from civic.contributions.address import sign_of, url_of
from civic.core import clock
from civic.core.feature import Sign
from civic.core.language import (
    N_,
    current_language,
    show_date,
    show_number,
    slugify,
    translate,
)
from civic.core.urls import url_for
from civic.projects.models import Project, ProjectState

#: Look and icon of each state.
SIGNS: dict[ProjectState, tuple[str, str]] = {
    ProjectState.PROPOSED: ("", "half"),
    ProjectState.REFUSED: ("ended", "cross"),
    ProjectState.FORMING: ("", "circle"),
    ProjectState.RUNNING: ("now", "half"),
    ProjectState.PAUSED: ("ended", "minus"),
    ProjectState.COMPLETED: ("good", "flag"),
    ProjectState.ENDED: ("ended", "flag"),
}
#: The stations of the life line; projects stand at the second one.
STATIONS = (
    N_("Idea"),
    N_("Team and project"),
    N_("Pilot"),
    N_("Regular use"),
    N_("Impulse paper"),
    N_("Taken over"),
)
IDEA, STATION, PILOT = 1, 2, 3


def url_of_project(project: Any) -> str:
    """The address of a project or of its card."""
    return url_for("projects.show", id=project.id, slug=slugify(project.title))


def sign_of_project(project: Any) -> Sign:
    """The state in words, shape and place on the life line."""
    return _sign(ProjectState(project.state), current_language())


@lru_cache
def _sign(state: ProjectState, language: str) -> Sign:
    """Made once for each state; `language` is a part of the key."""
    del language
    variant, icon = SIGNS[state]
    return Sign(translate(state.label), variant, icon, STATION)


def project_steps(
    project: Any, earlier: Sequence[Any], later: Sequence[Any], pilots: Sequence[Any]
) -> list[dict[str, str]]:
    """The six stations of the life line, each leading to what stands there (Jinja global).

    `earlier` and `later`: cards in the order of time; `pilots`: where it was tried.
    """
    there = {step: card for card in reversed(later) if (step := sign_of(card).step) > STATION}
    reached = {STATION, *there, *([PILOT] if pilots else [])}
    notes = {
        IDEA: str(_("begun without an idea")),
        STATION: sign_of_project(project).label,
        **({PILOT: str(_("tried in a test bed"))} if pilots else {}),
        **{step: sign_of(card).label for step, card in there.items()},
    }
    if earlier:
        there[IDEA] = earlier[0]
        notes[IDEA] = str(_("published on %(day)s", day=show_date(earlier[0].published_at)))
    return [
        {
            "name": translate(name),
            "state": _state_of(step, max(reached), is_there=step in reached or step in there),
            "note": notes.get(step, str(_("open")) if step > max(reached) else ""),
            "url": url_of(there[step]) if step in there else "",
        }
        for step, name in enumerate(STATIONS, 1)
    ]


def _state_of(step: int, now: int, *, is_there: bool) -> str:
    """A project without an idea before it, and a paper that nobody wrote, were not passed."""
    if step == now:
        return "now"
    return "done" if step < now and is_there else "next"


class Term(NamedTuple):
    """The promised term of an approval: days in all and days gone."""

    total: int
    gone: int


def approval_term(project: Project) -> Term | None:
    """What the clock of the approval shows; None where nobody waits for one (Jinja global)."""
    due = project.approval_due_on
    if due is None or project.state != ProjectState.PROPOSED:
        return None
    total = max(project.municipality.approval_days, 1)
    begun = due - timedelta(days=total)
    return Term(total, (clock.today() - begun).days)


def euros(sum_: int | None) -> str:
    """Whole euros in words: "12.500 Euro" (Jinja global)."""
    if sum_ is None:
        return ""
    return str(_("%(sum)s euros", sum=show_number(sum_)))


def time_frame(project: Project) -> str:
    """From when to when, as far as it is known (Jinja global)."""
    begin, end = project.begins_on, project.ends_on
    if begin and end:
        return str(_("%(begin)s to %(end)s", begin=show_date(begin), end=show_date(end)))
    if begin:
        return str(_("from %(day)s", day=show_date(begin)))
    return str(_("until %(day)s", day=show_date(end))) if end else ""
