"""A project and who is in its team; what somebody has typed of a new one; what was reminded of."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, Float, ForeignKey, Index, String, Text, and_, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from civic.accounts.models import Actor, Role, User
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import Base, Word
from civic.core.language import N_
from civic.organisations.models import Joining, Organisation, OrganisationMember


class ProjectState(StrEnum):
    """Where a project stands."""

    #: The municipality has to agree before anybody else sees it.
    PROPOSED = "proposed"
    #: The municipality did not agree; only team and administration see it.
    REFUSED = "refused"
    FORMING = "forming"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return _STATE_LABELS[self]


_STATE_LABELS = {
    ProjectState.PROPOSED: N_("Waiting for approval"),
    ProjectState.REFUSED: N_("Not approved"),
    ProjectState.FORMING: N_("The team is forming"),
    ProjectState.RUNNING: N_("Under way"),
    ProjectState.PAUSED: N_("Paused"),
    ProjectState.COMPLETED: N_("Completed"),
    ProjectState.ENDED: N_("Ended"),
}
#: States in which the team works and may change things.
LIVING = frozenset(
    {ProjectState.PROPOSED, ProjectState.FORMING, ProjectState.RUNNING, ProjectState.PAUSED}
)


class TeamRole(StrEnum):
    """What a person is in a team."""

    LEAD = "lead"
    MEMBER = "member"
    #: Speaks for the administration; named by it.
    CONTACT = "contact"

    @property
    def label(self) -> str:
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    TeamRole.LEAD: N_("Project lead"),
    TeamRole.MEMBER: N_("Team member"),
    TeamRole.CONTACT: N_("Contact in the administration"),
}


class Project(Contribution):
    """What a team has set out to do."""

    __tablename__ = "project"
    __table_args__ = (  # type: ignore[assignment]  # each table has its own
        Index(
            "ix_project_unapproved",
            "approval_due_on",
            "id",
            postgresql_where=text("approved_at IS NULL AND approval_due_on IS NOT NULL"),
            sqlite_where=text("approved_at IS NULL AND approval_due_on IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True
    )
    #: What shall be different in the end (Markdown), and as HTML.
    goal: Mapped[str] = mapped_column(Text)
    goal_html: Mapped[str] = mapped_column(Text)
    #: What is difficult today.
    problem: Mapped[str] = mapped_column(Text, default="")
    problem_html: Mapped[str] = mapped_column(Text, default="")
    #: Who gains from it, in plain text.
    beneficiaries: Mapped[str] = mapped_column(Text, default="")
    renderer_version: Mapped[int]
    #: The place in words, and where it lies (WGS 84 degrees) if it was marked on the map.
    place: Mapped[str] = mapped_column(String(120), default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    begins_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    #: Whole euros, and what they are for in words.
    budget: Mapped[int | None]
    budget_note: Mapped[str] = mapped_column(Text, default="")
    #: Where the money comes from, in words.
    funding: Mapped[str] = mapped_column(Text, default="")
    joining: Mapped[Joining] = mapped_column(Word(Joining), default=Joining.REQUEST)
    #: Until when the municipality answers; None where it need not agree.
    approval_due_on: Mapped[date | None] = mapped_column(Date)
    approved_at: Mapped[datetime | None]
    #: Said at the end: what came of it and what others can learn (Markdown).
    lessons: Mapped[str] = mapped_column(Text, default="")
    lessons_html: Mapped[str] = mapped_column(Text, default="")

    team: Mapped[list[TeamMember]] = relationship(
        back_populates="project", cascade="all, delete-orphan", passive_deletes=True
    )

    __mapper_args__ = {"polymorphic_identity": "project"}  # noqa: RUF012 - SQLAlchemy's own attribute

    @property
    def is_living(self) -> bool:
        return self.state in LIVING

    @property
    def takes_votes(self) -> bool:
        return self.is_visible and self.is_living

    @property
    def takes_files(self) -> bool:
        return super().takes_files and self.is_living

    @property
    def has_inside(self) -> bool:
        """The page for the team alone."""
        return True

    def member(self, actor: Actor) -> TeamMember | None:
        """The place of this person in the team; None for everybody outside."""
        if not actor.is_authenticated:
            return None
        return next((m for m in self.team if m.user_id == actor.id), None)

    def is_kept_by(self, actor: Actor) -> bool:
        """The whole team keeps it, not the author alone.

        The contact of the administration does as long as they belong to it.
        """
        member = self.member(actor)
        if member is None or not actor.is_confirmed:
            return False
        return member.role is not TeamRole.CONTACT or actor.has_role(Role.STAFF, self.municipality)

    def is_open_before_publication(self, actor: Actor) -> bool:
        """The administration has to read what it shall approve."""
        return self.member(actor) is not None or actor.has_role(Role.STAFF, self.municipality)

    @property
    def people(self) -> list[TeamMember]:
        """The team as it is shown: those who lead first, then who is there longest."""
        roles = list(TeamRole)
        return sorted(self.team, key=lambda m: (roles.index(m.role), m.joined_at, m.user_id))

    @property
    def leads(self) -> list[int]:
        """The numbers of those who lead."""
        return [member.user_id for member in self.team if member.role is TeamRole.LEAD]

    @property
    def is_approval_overdue(self) -> bool:
        return (
            self.state == ProjectState.PROPOSED
            and self.approval_due_on is not None
            and clock.today() > self.approval_due_on
        )


class TeamMember(Base):
    """A person in a team, for themselves or for an organisation."""

    __tablename__ = "team_member"

    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[TeamRole] = mapped_column(Word(TeamRole))
    #: For whom the person is there; None: for themselves.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    #: What they do in the team, in their words.
    task: Mapped[str] = mapped_column(String(120), default="")
    joined_at: Mapped[datetime]
    #: Opens their calendar without signing in; None until they ask for one. Stored as a hash.
    calendar_hash: Mapped[str | None] = mapped_column(String(64), unique=True)

    project: Mapped[Project] = relationship(back_populates="team")
    user: Mapped[User] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    #: Their membership there; None once they have left it.
    standing: Mapped[OrganisationMember | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(TeamMember.organisation_id) == remote(OrganisationMember.organisation_id),
            foreign(TeamMember.user_id) == remote(OrganisationMember.user_id),
        ),
        viewonly=True,
    )

    @property
    def stands_for(self) -> str:
        """The name of the organisation, as long as it is there and they belong to it."""
        if self.organisation is None or self.organisation.is_closed or self.standing is None:
            return ""
        return self.organisation.name


class ProjectDraft(Base):
    """What a person has typed and not sent. It is no contribution, so nothing counts it."""

    __tablename__ = "project_draft"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    #: The fields of the form as they were typed: name -> text or list of texts.
    typed: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    updated_at: Mapped[datetime]


class ProjectReminder(Base):
    """That something about the term of an approval was said; once for each verb and term."""

    __tablename__ = "project_reminder"

    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), primary_key=True
    )
    verb: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: The promised day of which it was said; what is proposed again has a new one.
    due_on: Mapped[date] = mapped_column(Date, primary_key=True)
    at: Mapped[datetime]
