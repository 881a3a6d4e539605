"""The work of a team: milestones, tasks, decisions, news."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from civic.accounts.models import Actor, User
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import Base, Word
from civic.core.language import N_
from civic.projects.models.project import Project


class MilestoneState(StrEnum):
    """Whether a milestone was reached."""

    PLANNED = "planned"
    REACHED = "reached"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        return _MILESTONE_LABELS[self]


_MILESTONE_LABELS = {
    MilestoneState.PLANNED: N_("Planned"),
    MilestoneState.REACHED: N_("Reached"),
    MilestoneState.DROPPED: N_("Dropped"),
}


class Milestone(Base):
    """What shall be reached by a day, and what was."""

    __tablename__ = "milestone"
    __table_args__ = (Index("ix_milestone_project_id_due_on", "project_id", "due_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(120))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[MilestoneState] = mapped_column(
        Word(MilestoneState), default=MilestoneState.PLANNED
    )
    #: When it was reached or dropped, and what was reached or why not.
    settled_on: Mapped[date | None] = mapped_column(Date)
    result: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]

    project: Mapped[Project] = relationship()


class Task(Base):
    """A piece of work with an owner and a day; only the team sees it."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_project_id_done_at", "project_id", "done_at", "due_on", "id"),
        Index(
            "ix_task_unreminded",
            "due_on",
            "id",
            postgresql_where=text("done_at IS NULL AND reminded_at IS NULL"),
            sqlite_where=text("done_at IS NULL AND reminded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    milestone_id: Mapped[int | None] = mapped_column(
        ForeignKey("milestone.id", ondelete="SET NULL"), index=True
    )
    title: Mapped[str] = mapped_column(String(160))
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    due_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    #: When its owner was reminded of the day; once.
    reminded_at: Mapped[datetime | None]

    project: Mapped[Project] = relationship()
    owner: Mapped[User | None] = relationship()
    milestone: Mapped[Milestone | None] = relationship()

    @property
    def is_overdue(self) -> bool:
        return self.done_at is None and self.due_on is not None and clock.today() > self.due_on


class Decision(Base):
    """A record of a decision: what, where, when and by whom."""

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_project_id_on", "project_id", "decided_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    #: Who decided ("Gemeinderat"), and where ("Sitzung vom 3. März, TOP 4").
    body: Mapped[str] = mapped_column(String(160))
    place: Mapped[str] = mapped_column(String(160), default="")
    decided_on: Mapped[date] = mapped_column(Date)
    recorded_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime]

    project: Mapped[Project] = relationship()


class ProjectPost(Contribution):
    """News of a project. It is a contribution, so it has pictures, votes, comments, reports."""

    __tablename__ = "project_post"
    __table_args__ = (  # type: ignore[assignment]  # each table has its own
        Index("ix_project_post_project_id", "project_id", "id"),
    )

    id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True
    )
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    renderer_version: Mapped[int]
    #: Only the team reads it.
    is_inner: Mapped[bool] = mapped_column(default=False)

    #: The join is spelled out, so that a project in the session is found there without a query.
    project: Mapped[Project] = relationship(
        primaryjoin=lambda: foreign(ProjectPost.project_id) == remote(Project.__table__.c.id)
    )

    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy's own attribute
        "polymorphic_identity": "project_post",
        "inherit_condition": id == Contribution.id,  # noqa: A003 - the column, not the function
    }

    @property
    def is_visible(self) -> bool:
        """News are seen where their project is."""
        return super().is_visible and self.project.is_visible

    @property
    def is_living(self) -> bool:
        """Its project goes on or comes to an end; what is told of it does neither."""
        return False

    @property
    def takes_files(self) -> bool:
        """While the team works on the project and nobody has hidden either."""
        return super().takes_files and self.project.is_living and self.project.hidden_at is None

    def is_kept_by(self, actor: Actor) -> bool:
        return self.project.is_kept_by(actor)

    def is_open_before_publication(self, actor: Actor) -> bool:
        return self.project.is_kept_by(actor)
