"""The record of decisions; rows are added, never changed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.accounts.models import User
from civic.contributions.models import Contribution
from civic.core.db import Base, Word


class DecisionKind(StrEnum):
    """What was decided."""

    HIDE = "hide"
    BLOCK = "block"
    RESTORE = "restore"


class Decision(Base):
    """A moderator's decision on a thing, with the reason given to its author."""

    __tablename__ = "moderation_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), index=True
    )
    moderator_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[DecisionKind] = mapped_column(Word(DecisionKind))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    contribution: Mapped[Contribution] = relationship()
    moderator: Mapped[User] = relationship()
