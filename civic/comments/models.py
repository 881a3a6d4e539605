"""A comment is itself a contribution, hence it can be voted for, reported and hidden."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import (
    Mapped,
    column_property,
    foreign,
    mapped_column,
    relationship,
    remote,
)

from civic.contributions.models import Contribution

#: Characters that a comment needs to be read as one, and may have.
SHORTEST = 2
LONGEST = 2000
#: What answers no other comment.
TOP = text("parent_id IS NULL")


class CommentState(StrEnum):
    """Whether the author let it stand. What moderation did stands on the trunk (`Hiding`)."""

    POSTED = "posted"
    REMOVED = "removed"


class Comment(Contribution):
    """`about` is the thing; `parent` the comment it answers (one level, never deeper)."""

    __tablename__ = "comment"
    __table_args__ = (  # type: ignore[assignment]  # each table has its own
        Index("ix_comment_about_id_parent_id", "about_id", "parent_id", "id"),
        Index(
            "ix_comment_most_helpful",
            "about_id",
            "vote_count",
            "id",
            postgresql_where=TOP,
            sqlite_where=TOP,
        ),
    )

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
    #: On both rows: the trunk's is shown; the one here, beside `about_id`, lets an index hold a
    #: thread with the most helpful first. Setting it sets both, and `contributions.count` does so.
    vote_count: Mapped[int] = column_property(
        Contribution.__table__.c.vote_count,
        Column("vote_count", Integer, nullable=False, default=0, server_default="0"),
    )

    about: Mapped[Contribution] = relationship(foreign_keys=[about_id])
    #: The join is spelled out, so that a parent in the session is found there without a query.
    parent: Mapped[Comment | None] = relationship(
        primaryjoin=lambda: foreign(Comment.parent_id) == remote(Comment.__table__.c.id)
    )

    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy's own attribute
        "polymorphic_identity": "comment",
        "inherit_condition": id == Contribution.id,  # noqa: A003 - the column, not the function
    }

    @property
    def is_removed(self) -> bool:
        """Its author took it back; the row stays because of the replies."""
        return self.state == CommentState.REMOVED

    @property
    def is_standing(self) -> bool:
        """Its text is there for everybody to read."""
        return self.is_visible and not self.is_removed

    @property
    def takes_votes(self) -> bool:
        return self.is_standing and self.about.is_visible

    @property
    def takes_comments(self) -> bool:
        """Replies are one level deep: an answer to a reply belongs to the same parent."""
        return self.parent_id is None and self.is_standing and self.about.takes_comments

    @property
    def takes_files(self) -> bool:
        """Words are answered with words; files belong to the thing itself."""
        return False

    @property
    def takes_replies(self) -> bool:
        """Whether an answer to it has a place: below itself or, for a reply, beside it."""
        return self.is_standing and (self.parent or self).takes_comments
