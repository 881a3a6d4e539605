"""A row per act; the life line of a thing and all news are read from here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.accounts.models import User
from civic.contributions.models import Contribution
from civic.core.db import Base
from civic.organisations.models import Organisation


class Activity(Base):
    """Who did what to which thing, when, and with what words."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_contribution_id_at", "contribution_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: "idea.submitted": past tense, declared by the room that records it.
    verb: Mapped[str] = mapped_column(String(40))
    #: None: the house itself, as when a term has run out.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"))
    #: In whose name it was done; the actor stays on record.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    at: Mapped[datetime]
    #: A reason or remark in a person's words (Markdown), where the act has one; and as HTML.
    note: Mapped[str | None] = mapped_column(Text)
    note_html: Mapped[str | None] = mapped_column(Text)
    #: A short value of the act, e.g. the reason code of a withdrawal or a version number.
    detail: Mapped[str | None] = mapped_column(String(40))
    #: Numbers of the people whom it concerns by name (a team, who asked to join); see the kind
    #: "team" of notices.
    to_ids: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))

    actor: Mapped[User | None] = relationship()
    contribution: Mapped[Contribution] = relationship()
    organisation: Mapped[Organisation | None] = relationship()

    @property
    def voice(self) -> str | None:
        """Who did it in public: the organisation, else the person; None where the house did."""
        if self.organisation:
            return self.organisation.name
        return self.actor.name if self.actor else None
