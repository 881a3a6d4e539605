"""The key is the rule: a person has one vote for a thing, whatever arrives at the same moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from civic.core.db import Base


class Vote(Base):
    """A person supports a thing in the version that stood there then."""

    __tablename__ = "vote"

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
