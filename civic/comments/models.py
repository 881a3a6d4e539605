"""A comment is itself a contribution, hence it can be voted for, reported and hidden."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.contributions.models import Contribution


class CommentState(StrEnum):
    """Whether the author let it stand. What moderation did stands on the trunk (`Hiding`)."""

    POSTED = "posted"
    REMOVED = "removed"


class Comment(Contribution):
    """`about` is the thing; `parent` the comment it answers (one level, never deeper)."""

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_about_id_parent_id", "about_id", "parent_id", "id"),)

    id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True
    )
    about_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), index=True
    )
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    renderer_version: Mapped[int]
    edited_at: Mapped[datetime | None]

    about: Mapped[Contribution] = relationship(foreign_keys=[about_id])
    parent: Mapped[Comment | None] = relationship(
        foreign_keys=[parent_id], remote_side="Comment.id"
    )

    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy's own attribute
        "polymorphic_identity": "comment",
        "inherit_condition": id == Contribution.id,
    }
