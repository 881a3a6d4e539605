"""A test bed (Erprobungsraum) and who asked to try something in it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, Float, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from civic.accounts.models import Actor, Role, User
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import Base, Word
from civic.core.language import N_


class TestbedState(StrEnum):
    """Whether it takes applications."""

    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        return _STATE_LABELS[self]


_STATE_LABELS = {
    TestbedState.OPEN: N_("Open for applications"),
    TestbedState.FULL: N_("No place free at present"),
    TestbedState.CLOSED: N_("Closed"),
}


class Testbed(Contribution):
    """What a municipality offers to try things in; its administration keeps it."""

    __tablename__ = "testbed"

    id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True
    )
    #: What can be tried here (Markdown), and as HTML.
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    rules: Mapped[str] = mapped_column(Text, default="")
    rules_html: Mapped[str] = mapped_column(Text, default="")
    renderer_version: Mapped[int]
    equipment: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(120), default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    #: How many pilots fit at the same time.
    capacity: Mapped[int] = mapped_column(default=1)
    begins_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")

    __mapper_args__ = {"polymorphic_identity": "testbed"}  # noqa: RUF012 - SQLAlchemy's own attribute

    @property
    def takes_votes(self) -> bool:
        """It is an offer and no proposal: nothing comes of being for it."""
        return False

    @property
    def is_over(self) -> bool:
        """Nobody can come in any more."""
        return self.state == TestbedState.CLOSED or (
            self.ends_on is not None and clock.today() > self.ends_on
        )

    @property
    def takes_applications(self) -> bool:
        return self.is_visible and self.state == TestbedState.OPEN and not self.is_over

    def is_kept_by(self, actor: Actor) -> bool:
        """The administration keeps it, whoever wrote it down."""
        return actor.has_role(Role.STAFF, self.municipality)


class PilotState(StrEnum):
    """What became of an application, and of the pilot."""

    APPLIED = "applied"
    ADMITTED = "admitted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    FINISHED = "finished"

    @property
    def label(self) -> str:
        return _PILOT_LABELS[self]


_PILOT_LABELS = {
    PilotState.APPLIED: N_("Applied"),
    PilotState.ADMITTED: N_("Pilot under way"),
    PilotState.REFUSED: N_("Not admitted"),
    PilotState.WITHDRAWN: N_("Withdrawn"),
    PilotState.FINISHED: N_("Pilot finished"),
}


#: What everybody sees of a pilot; what was only asked for is between two sides.
PUBLIC = frozenset({PilotState.ADMITTED, PilotState.FINISHED})
#: Of these a thing has at most one in a test bed.
RUNNING = frozenset({PilotState.APPLIED, PilotState.ADMITTED})


class Pilot(Base):
    """A thing (a project) that asks to be tried in a test bed, and how it went."""

    __tablename__ = "pilot"
    __table_args__ = (
        Index("ix_pilot_testbed_id_state", "testbed_id", "state", "id"),
        Index(
            "uq_pilot_running",
            "testbed_id",
            "contribution_id",
            unique=True,
            postgresql_where=text("state IN ('applied', 'admitted')"),
            sqlite_where=text("state IN ('applied', 'admitted')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    testbed_id: Mapped[int] = mapped_column(ForeignKey("testbed.id", ondelete="CASCADE"))
    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), index=True
    )
    #: What shall be tried, and what is needed for it.
    plan: Mapped[str] = mapped_column(Text)
    begins_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[PilotState] = mapped_column(Word(PilotState), default=PilotState.APPLIED)
    applied_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    applied_at: Mapped[datetime]
    #: The reason of the decision, public where it was admitted.
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    decided_at: Mapped[datetime | None]
    #: What came of it, said when it is finished.
    result: Mapped[str] = mapped_column(Text, default="")
    finished_at: Mapped[datetime | None]

    testbed: Mapped[Testbed] = relationship(
        primaryjoin=lambda: foreign(Pilot.testbed_id) == remote(Testbed.__table__.c.id)
    )
    contribution: Mapped[Contribution] = relationship(foreign_keys=[contribution_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
