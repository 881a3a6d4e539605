"""An idea, its versions, and the one draft a person may have."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.accounts.models import User
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import Base
from civic.core.language import N_


class IdeaState(StrEnum):
    """Where an idea stands."""

    OPEN = "open"
    IN_REVIEW = "in_review"
    TAKEN_UP = "taken_up"
    DECLINED = "declined"
    DONE = "done"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _STATE_LABELS[self]


_STATE_LABELS = {
    IdeaState.OPEN: N_("Open"),
    IdeaState.IN_REVIEW: N_("In review"),
    IdeaState.TAKEN_UP: N_("Taken up"),
    IdeaState.DECLINED: N_("Not taken up"),
    IdeaState.DONE: N_("Done"),
    IdeaState.WITHDRAWN: N_("Withdrawn"),
}


class WithdrawalReason(StrEnum):
    """Why an author takes an idea back."""

    DUPLICATE = "duplicate"
    STARTED = "started"
    UNFEASIBLE = "unfeasible"
    DONE = "done"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _WITHDRAWAL_LABELS[self]


_WITHDRAWAL_LABELS = {
    WithdrawalReason.DUPLICATE: N_("There is already such an idea"),
    WithdrawalReason.STARTED: N_("Work on it has already begun"),
    WithdrawalReason.UNFEASIBLE: N_("It cannot be done"),
    WithdrawalReason.DONE: N_("It is done"),
    WithdrawalReason.OTHER: N_("Another reason"),
}


#: States in which people may support an idea.
LIVING = frozenset({IdeaState.OPEN, IdeaState.IN_REVIEW, IdeaState.TAKEN_UP})
#: States in which the administration owes an answer.
AWAITING = frozenset({IdeaState.OPEN, IdeaState.IN_REVIEW})


class Idea(Contribution):
    """A proposal of a resident, with the term within which the administration answers."""

    __tablename__ = "idea"
    __table_args__ = (  # type: ignore[assignment]  # each table has its own
        Index(
            "ix_idea_unanswered",
            "answer_due_on",
            "id",
            postgresql_where=text("answered_at IS NULL"),
            sqlite_where=text("answered_at IS NULL"),
        ),
        Index("ix_idea_answered_at", "answered_at"),
    )

    id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    renderer_version: Mapped[int]
    #: The place in words: "am Bahnhalt".
    place: Mapped[str] = mapped_column(String(120), default="")
    #: The promised day; None where no promise was given (imported ideas).
    answer_due_on: Mapped[date | None] = mapped_column(Date)
    #: When the administration first decided on it in public.
    answered_at: Mapped[datetime | None]
    #: Where an imported idea comes from, e.g. "polis:7z7e:539".
    origin: Mapped[str | None] = mapped_column(String(80), unique=True)

    __mapper_args__ = {"polymorphic_identity": "idea"}  # noqa: RUF012 - SQLAlchemy's own attribute

    @property
    def is_living(self) -> bool:
        """Whether something can still come of it."""
        return self.state in LIVING

    @property
    def takes_votes(self) -> bool:
        """Support counts while something can still come of it."""
        return self.is_visible and self.is_living

    @property
    def support_goal(self) -> int | None:
        return self.municipality.support_threshold

    @property
    def is_overdue(self) -> bool:
        """The promised day has passed without an answer."""
        if self.answer_due_on is None or self.answered_at or self.state not in AWAITING:
            return False
        return clock.today() > self.answer_due_on


class IdeaVersion(Base):
    """A text of an idea as it once stood; number 1 is the first."""

    __tablename__ = "idea_version"

    idea_id: Mapped[int] = mapped_column(
        ForeignKey("idea.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(120), default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]

    author: Mapped[User] = relationship()


class IdeaReminder(Base):
    """That something about the term of an idea was said; once for each verb."""

    __tablename__ = "idea_reminder"

    idea_id: Mapped[int] = mapped_column(
        ForeignKey("idea.id", ondelete="CASCADE"), primary_key=True
    )
    verb: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]


class IdeaDraft(Base):
    """What a person has typed and not published. It is no contribution, so nothing counts it."""

    __tablename__ = "idea_draft"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    title: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(120), default="")
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"))
    #: In whose name it shall be published; None: the person's own.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    updated_at: Mapped[datetime]
