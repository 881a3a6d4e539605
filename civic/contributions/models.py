"""Contribution (Beitrag): whatever a person adds is one thin row here and one in its own table."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Float, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.accounts.models import Actor, User
from civic.core.db import Base, Word
from civic.municipalities.models import Municipality
from civic.organisations.models import SPEAKING, Organisation

#: `Contribution.shuffle` lies below this; twice as much still fits the database's integer.
CIRCLE = 2**30


class Hiding(StrEnum):
    """Why a published thing is not shown."""

    MODERATED = "moderated"
    #: Held back while somebody looks at it; the text is kept.
    BLOCKED = "blocked"


def _shown(name: str, *columns: str) -> Index:
    """An order of a list. What nobody is shown is not in it, so that counting needs no row."""
    where = text("published_at IS NOT NULL AND hidden_at IS NULL")
    name = f"ix_contribution_shown_{name}"
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


class Contribution(Base):
    """The trunk row of a thing. It holds what lists, feeds, search and acts need, and no more."""

    __tablename__ = "contribution"
    __table_args__ = (
        _shown("newest", "kind", "published_at", "id"),
        _shown("state", "kind", "state", "published_at", "id"),
        _shown("place", "municipality_id", "kind", "published_at", "id"),
        _shown("supported", "kind", "vote_count", "id"),
        _shown("discussed", "kind", "comment_count", "id"),
        _shown("trending", "kind", "trend", "id"),
        _shown("shuffled", "kind", "shuffle", "id"),
        Index("ix_contribution_author", "author_id", "kind", "published_at"),
        Index(
            "ix_contribution_organisation",
            "organisation_id",
            "published_at",
            "id",
            postgresql_where=text("organisation_id IS NOT NULL"),
            sqlite_where=text("organisation_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    #: "2026-00042": short enough to be quoted on the telephone; given at publication.
    reference: Mapped[str | None] = mapped_column(String(12), unique=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    #: In whose name it is published; the author stays on record.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(String(200))
    #: Plain text for cards.
    summary: Mapped[str] = mapped_column(String(300), default="")
    #: A value of the kind's own state enum.
    state: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2), default="de")
    #: Number of the present version; votes keep the one they were given for.
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    hidden_as: Mapped[Hiding | None] = mapped_column(Word(Hiding))
    hidden_reason: Mapped[str | None] = mapped_column(Text)
    vote_count: Mapped[int] = mapped_column(default=0)
    comment_count: Mapped[int] = mapped_column(default=0)
    #: Grows with votes and comments and with the date; see `contributions.service.TREND_PERIOD`.
    trend: Mapped[float] = mapped_column(Float, default=0.0)
    #: A random number for the random order.
    shuffle: Mapped[int] = mapped_column(default=0)

    author: Mapped[User] = relationship()
    municipality: Mapped[Municipality] = relationship()
    organisation: Mapped[Organisation | None] = relationship()

    __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012 - SQLAlchemy's own attribute

    @property
    def is_visible(self) -> bool:
        return self.published_at is not None and self.hidden_at is None

    @property
    def takes_votes(self) -> bool:
        """Whether people may support it now; a kind says more in its own model."""
        return self.is_visible

    @property
    def support_goal(self) -> int | None:
        """Votes from which on the council deals with it in public; None where no such rule is."""
        return None

    @property
    def takes_comments(self) -> bool:
        """Whether people may write under it now."""
        return self.is_visible

    @property
    def takes_files(self) -> bool:
        """Whether pictures and documents may be added now, by those who keep it."""
        return self.hidden_at is None

    @property
    def is_living(self) -> bool:
        """Whether it still goes on; kinds that come to an end say so."""
        return True

    @property
    def has_inside(self) -> bool:
        """Whether it has a part that only those see who keep it; a kind with a team has one."""
        return False

    @property
    def voice(self) -> str:
        """Who speaks in public: the organisation, else the person."""
        return self.organisation.name if self.organisation else self.author.name

    def is_kept_by(self, actor: Actor) -> bool:
        """Whether this person cares for it: changes it, adds files, sees its inner part.

        What an organisation published is kept by those who speak for it, whoever of them wrote
        it; who has left the organisation no longer does. A kind with a team says so for the team.
        """
        if not actor.is_confirmed:
            return False
        if self.organisation is None:
            return actor.id == self.author_id
        return self.organisation.role_of(actor) in SPEAKING

    def is_open_before_publication(self, actor: Actor) -> bool:
        """Who sees it before it is published."""
        return actor.is_authenticated and actor.id == self.author_id


class Descent(Base):
    """A thing stands on an earlier one: a project on ideas, an innovation on a project."""

    __tablename__ = "descent"

    later_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True
    )
    earlier_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[datetime]


class ReferenceCounter(Base):
    """The last reference number given in a year."""

    __tablename__ = "reference_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
