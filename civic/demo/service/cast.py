"""Who and what the acts of the demo refer to by key, and the time they are said to happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from civic.accounts.models import User
from civic.comments.models import Comment
from civic.contributions.models import Contribution
from civic.core import clock
from civic.ideas.models import Idea
from civic.innovations.models import Innovation
from civic.municipalities.models import Municipality
from civic.organisations.models import Organisation
from civic.projects.models import Milestone, Opening, Project
from civic.testbeds.models import Testbed

#: The same demo every time.
LUCK = 2026

#: What the files say of one thing.
Entry = dict[str, Any]
#: Days before the load, and what is done then.
Act = tuple[float, Callable[[], Any]]


@dataclass
class Cast:
    """Everything that is there so far."""

    #: When the demo is loaded: the moment from which all days count.
    begun: datetime = field(default_factory=clock.now)
    people: dict[str, User] = field(default_factory=dict)
    #: Keys of those who vote by lot.
    voters: list[str] = field(default_factory=list)
    places: dict[str, Municipality] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    ideas: dict[str, Idea] = field(default_factory=dict)
    testbeds: dict[str, Testbed] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    innovations: dict[str, Innovation] = field(default_factory=dict)
    #: By the keys of their project and their own key or title.
    openings: dict[tuple[str, str], Opening] = field(default_factory=dict)
    milestones: dict[tuple[str, str], Milestone] = field(default_factory=dict)
    comments: dict[tuple[str, ...], Comment] = field(default_factory=dict)

    def thing(self, name: str) -> Contribution:
        """A thing by its kind and key: "project:pegel"."""
        kind, _, key = name.partition(":")
        found: Contribution = getattr(self, f"{kind}s")[key]
        return found

    def organisation(self, key: str | None) -> Organisation | None:
        """In whose name; None for people who speak for themselves."""
        return self.organisations[key] if key else None

    def moment(self, days_ago: float) -> datetime:
        return self.begun - timedelta(days=days_ago)

    def day(self, days_in: float | None) -> date | None:
        """The date so many days from today; a minus lies behind us."""
        if days_in is None:
            return None
        return clock.local_date(self.begun) + timedelta(days=days_in)
