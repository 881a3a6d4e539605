"""What a team looks for, who asks to join it and who was invited."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.accounts.models import User
from civic.core import clock
from civic.core.db import Base, Word
from civic.organisations.models import Organisation, RequestState
from civic.projects.models.project import Project, TeamRole


class OpeningState(StrEnum):
    """Whether a team still looks for somebody."""

    OPEN = "open"
    FILLED = "filled"
    CLOSED = "closed"


class Opening(Base):
    """What a team looks for ("Gesucht"): what is needed, for how many hours and until when."""

    __tablename__ = "opening"
    __table_args__ = (Index("ix_opening_state_until_on", "state", "until_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text, default="")
    #: How much time it takes, in words: "2 Stunden in der Woche".
    hours: Mapped[str] = mapped_column(String(80), default="")
    #: The last day on which one can apply; None: until somebody is found.
    until_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[OpeningState] = mapped_column(Word(OpeningState), default=OpeningState.OPEN)
    created_at: Mapped[datetime]

    project: Mapped[Project] = relationship()

    @property
    def takes_applications(self) -> bool:
        return self.state is OpeningState.OPEN and (
            self.until_on is None or clock.today() <= self.until_on
        )


class TeamRequest(Base):
    """Somebody asks to join a team, for an opening or just so, and is answered."""

    __tablename__ = "team_request"
    __table_args__ = (
        Index(
            "uq_team_request_open",
            "project_id",
            "user_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    opening_id: Mapped[int | None] = mapped_column(
        ForeignKey("opening.id", ondelete="SET NULL"), index=True
    )
    #: For whom the person would be there; None: for themselves.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    message: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[RequestState] = mapped_column(Word(RequestState), default=RequestState.OPEN)
    answer: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )

    project: Mapped[Project] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    opening: Mapped[Opening | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()


class TeamInvitation(Base):
    """A mailed invitation into a team: single use, bound to one address, stored as a hash."""

    __tablename__ = "team_invitation"
    __table_args__ = (UniqueConstraint("project_id", "email_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    email_key: Mapped[str] = mapped_column(String(254))
    role: Mapped[TeamRole] = mapped_column(Word(TeamRole))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    project: Mapped[Project] = relationship()
    invited_by: Mapped[User] = relationship()
