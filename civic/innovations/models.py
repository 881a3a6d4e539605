"""An innovation, the gates it passed, its figures, and the offers and needs of the exchange."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Date, Float, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from civic.accounts.models import Actor, Role, User
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import Base, Word
from civic.core.language import N_
from civic.organisations.models import SPEAKING
from civic.projects.models import Project


class Stage(StrEnum):
    """The life cycle; a gate lies before each."""

    IDEA = "idea"
    CONCEPT = "concept"
    PILOT = "pilot"
    ROLLOUT = "rollout"
    REGULAR = "regular"
    HANDED_ON = "handed_on"
    #: Honestly ended, with lessons: a result like the others.
    ENDED = "ended"

    @property
    def label(self) -> str:
        return _STAGE_LABELS[self]


_STAGE_LABELS = {
    Stage.IDEA: N_("Idea"),
    Stage.CONCEPT: N_("Concept"),
    Stage.PILOT: N_("Pilot"),
    Stage.ROLLOUT: N_("Roll-out"),
    Stage.REGULAR: N_("Regular use"),
    Stage.HANDED_ON: N_("Handed on"),
    Stage.ENDED: N_("Honestly ended"),
}
#: The way forward, in order; `ENDED` may be reached from each.
WAY = (
    Stage.IDEA,
    Stage.CONCEPT,
    Stage.PILOT,
    Stage.ROLLOUT,
    Stage.REGULAR,
    Stage.HANDED_ON,
)


class Degree(StrEnum):
    """How far a municipality has taken an innovation over."""

    INTERESTED = "interested"
    TRYING = "trying"
    IN_USE = "in_use"

    @property
    def label(self) -> str:
        return _DEGREE_LABELS[self]

    @property
    def stage(self) -> Stage:
        """Where the entry of the municipality begins."""
        return _DEGREE_STAGES[self]


_DEGREE_LABELS = {
    Degree.INTERESTED: N_("Interested"),
    Degree.TRYING: N_("Trying it out"),
    Degree.IN_USE: N_("In use"),
}
_DEGREE_STAGES = {
    Degree.INTERESTED: Stage.CONCEPT,
    Degree.TRYING: Stage.PILOT,
    Degree.IN_USE: Stage.REGULAR,
}


class CostClass(StrEnum):
    """Size of what it costs to begin; derived from the euros, for the filter."""

    UNKNOWN = "unknown"
    FREE = "free"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"

    @property
    def label(self) -> str:
        return _COST_LABELS[self]

    @classmethod
    def of(cls, euros: int | None) -> CostClass:
        """The class of a sum in whole euros."""
        if euros is None:
            return cls.UNKNOWN
        bounds = ((0, cls.FREE), (5_000, cls.SMALL), (50_000, cls.MEDIUM))
        return next((cost for bound, cost in bounds if euros <= bound), cls.LARGE)


_COST_LABELS = {
    CostClass.UNKNOWN: N_("No figure given"),
    CostClass.FREE: N_("Nothing"),
    CostClass.SMALL: N_("Up to 5,000 euros"),
    CostClass.MEDIUM: N_("Up to 50,000 euros"),
    CostClass.LARGE: N_("More than 50,000 euros"),
}


class Innovation(Contribution):
    """An entry of the register: what is done in one municipality, its own or taken over."""

    __tablename__ = "innovation"
    __table_args__ = (  # type: ignore[assignment]  # each table has its own
        Index("ix_innovation_use_count", "use_count", "id"),
        Index("ix_innovation_root_id", "root_id", "id"),
        Index("ix_innovation_cost_class", "cost_class", "use_count", "id"),
        Index("ix_innovation_licence", "licence", "use_count", "id"),
    )

    id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True
    )
    #: What it is and how it works (Markdown), and as HTML.
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    renderer_version: Mapped[int]
    #: The project whose team keeps this entry; without one its author and its organisation do.
    project_id: Mapped[int | None] = mapped_column(
        ForeignKey("project.id", ondelete="SET NULL"), index=True
    )
    #: From whom it was taken over; None for an origin.
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("innovation.id", ondelete="SET NULL"), index=True
    )
    #: The origin of the whole family; None for the origin itself.
    root_id: Mapped[int | None] = mapped_column(ForeignKey("innovation.id", ondelete="SET NULL"))
    #: How far it was taken over; None for an origin.
    degree: Mapped[Degree | None] = mapped_column(Word(Degree))
    #: What was changed against what was taken over.
    changed: Mapped[str] = mapped_column(Text, default="")
    #: How many municipalities use it or try it, at any depth below this entry.
    use_count: Mapped[int] = mapped_column(default=0)
    #: Whole euros; words beside them.
    cost_once: Mapped[int | None]
    cost_yearly: Mapped[int | None]
    cost_note: Mapped[str] = mapped_column(Text, default="")
    cost_class: Mapped[CostClass] = mapped_column(Word(CostClass), default=CostClass.UNKNOWN)
    staff: Mapped[str] = mapped_column(Text, default="")
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    software: Mapped[str] = mapped_column(Text, default="")
    #: SPDX identifier of the software's licence; empty without software.
    licence: Mapped[str] = mapped_column(String(40), default="")
    #: How long it takes from the decision to the first day, in words.
    duration: Mapped[str] = mapped_column(String(120), default="")
    conditions: Mapped[str] = mapped_column(Text, default="")
    #: What went wrong and what others can learn (Markdown); owed when it is ended.
    lessons: Mapped[str] = mapped_column(Text, default="")
    lessons_html: Mapped[str] = mapped_column(Text, default="")
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    #: When it first came into use; the time line of the register.
    used_since: Mapped[date | None] = mapped_column(Date)
    #: Where it lies (WGS 84 degrees), if it was marked; else the map shows where its project lies.
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    #: Where it stood when it was ended; None while it goes on.
    ended_from: Mapped[Stage | None] = mapped_column(Word(Stage))

    project: Mapped[Project | None] = relationship(
        primaryjoin=lambda: foreign(Innovation.project_id) == remote(Project.__table__.c.id)
    )
    parent: Mapped[Innovation | None] = relationship(
        primaryjoin=lambda: foreign(Innovation.parent_id) == remote(Innovation.__table__.c.id)
    )

    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy's own attribute
        "polymorphic_identity": "innovation",
        "inherit_condition": id == Contribution.id,  # noqa: A003 - the column, not the function
    }

    @property
    def is_ended(self) -> bool:
        return self.state == Stage.ENDED

    @property
    def is_living(self) -> bool:
        """What was ended asks for nothing any more, such as a place in a test bed."""
        return not self.is_ended

    @property
    def family_id(self) -> int:
        """The number of the origin of its family."""
        return self.root_id or self.id

    def is_kept_by(self, actor: Actor) -> bool:
        """The team of its project and who speaks for its organisation.

        Where it has neither, its author and the administration that it belongs to: people leave,
        and an entry must not be left alone with them.
        """
        if not actor.is_confirmed:
            return False
        if self.organisation is not None and self.organisation.role_of(actor) in SPEAKING:
            return True
        if self.project is not None:
            return self.project.is_kept_by(actor)
        return self.organisation is None and (
            actor.id == self.author_id or actor.has_role(Role.STAFF, self.municipality)
        )


class GateState(StrEnum):
    """What became of a proposal to pass a gate."""

    PROPOSED = "proposed"
    PASSED = "passed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _GATE_LABELS[self]


_GATE_LABELS = {
    GateState.PROPOSED: N_("Proposed"),
    GateState.PASSED: N_("Agreed"),
    GateState.REFUSED: N_("Not agreed"),
    GateState.WITHDRAWN: N_("Withdrawn"),
}


class Gate(Base):
    """A step from one stage to another (forward, back or to the end), its evidence and decision."""

    __tablename__ = "gate"
    __table_args__ = (
        Index("ix_gate_innovation_id_proposed_at", "innovation_id", "proposed_at"),
        Index(
            "uq_gate_proposed",
            "innovation_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
            sqlite_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    innovation_id: Mapped[int] = mapped_column(ForeignKey("innovation.id", ondelete="CASCADE"))
    from_stage: Mapped[Stage] = mapped_column(Word(Stage))
    to_stage: Mapped[Stage] = mapped_column(Word(Stage))
    state: Mapped[GateState] = mapped_column(Word(GateState), default=GateState.PROPOSED)
    #: The evidence, plain text each: at least one of figures and voices, always the costs.
    figures: Mapped[str] = mapped_column(Text, default="")
    costs: Mapped[str] = mapped_column(Text, default="")
    voices: Mapped[str] = mapped_column(Text, default="")
    documents: Mapped[str] = mapped_column(Text, default="")
    proposed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    proposed_at: Mapped[datetime]
    #: Who decided ("Gemeinderat Moosbach"), on which day, and why.
    body: Mapped[str] = mapped_column(String(160), default="")
    decided_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    decided_at: Mapped[datetime | None]

    innovation: Mapped[Innovation] = relationship()
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])


class Indicator(Base):
    """What is measured: unit, where it began and where it shall go."""

    __tablename__ = "indicator"
    __table_args__ = (UniqueConstraint("innovation_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    innovation_id: Mapped[int] = mapped_column(ForeignKey("innovation.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str] = mapped_column(String(30), default="")
    baseline: Mapped[Decimal | None] = mapped_column(Numeric(16, 4))
    target: Mapped[Decimal | None] = mapped_column(Numeric(16, 4))
    #: How it is counted: "Strichliste im Laden".
    source: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]

    innovation: Mapped[Innovation] = relationship()
    measurements: Mapped[list[Measurement]] = relationship(
        back_populates="indicator",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="Measurement.measured_on",
    )


class Measurement(Base):
    """One value on one day."""

    __tablename__ = "measurement"
    __table_args__ = (UniqueConstraint("indicator_id", "measured_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"))
    measured_on: Mapped[date] = mapped_column(Date)
    value: Mapped[Decimal] = mapped_column(Numeric(16, 4))
    note: Mapped[str] = mapped_column(String(200), default="")
    recorded_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime]

    indicator: Mapped[Indicator] = relationship(back_populates="measurements")


class Direction(StrEnum):
    """What somebody posts: "wir suchen" or "wir bieten"."""

    WANTED = "wanted"
    OFFERED = "offered"

    @property
    def label(self) -> str:
        return _DIRECTION_LABELS[self]

    @property
    def other(self) -> Direction:
        return Direction.OFFERED if self is Direction.WANTED else Direction.WANTED


_DIRECTION_LABELS = {
    Direction.WANTED: N_("We are looking for"),
    Direction.OFFERED: N_("We offer"),
}


class Exchange(Contribution):
    """An offer or a need of a municipality or an organisation, until a day.

    The trunk's state is its direction while it stands, and "settled" afterwards.
    """

    __tablename__ = "exchange"

    id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True
    )
    direction: Mapped[Direction] = mapped_column(Word(Direction))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    renderer_version: Mapped[int]
    #: The entry of the register that it is about, where it is about one.
    innovation_id: Mapped[int | None] = mapped_column(
        ForeignKey("innovation.id", ondelete="SET NULL"), index=True
    )
    until_on: Mapped[date | None] = mapped_column(Date)
    settled_at: Mapped[datetime | None]

    innovation: Mapped[Innovation | None] = relationship(
        primaryjoin=lambda: foreign(Exchange.innovation_id) == remote(Innovation.__table__.c.id)
    )

    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy's own attribute
        "polymorphic_identity": "exchange",
        "inherit_condition": id == Contribution.id,  # noqa: A003 - the column, not the function
    }

    @property
    def is_living(self) -> bool:
        """An offer or a need is nothing that goes on: nobody tries it in a test bed."""
        return False

    @property
    def stands(self) -> bool:
        """Nobody has settled it, and its day has not passed."""
        return self.is_visible and self.settled_at is None and not self.is_over

    @property
    def is_over(self) -> bool:
        """Its last day has passed."""
        return self.until_on is not None and clock.today() > self.until_on

    @property
    def takes_votes(self) -> bool:
        """It is answered, not supported."""
        return False

    @property
    def takes_comments(self) -> bool:
        """They are how people get in touch."""
        return self.stands
