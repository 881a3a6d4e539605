"""Who follows what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from civic.core.db import Base


class Follow(Base):
    """A person follows a thing, or has said that they no longer want to."""

    __tablename__ = "follow"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[datetime]
    #: Since when the person wants to hear no more of it; the row stays, so that taking part again
    #: does not bring the notices back.
    quiet_at: Mapped[datetime | None]
