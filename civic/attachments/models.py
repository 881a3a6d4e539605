"""A file on a thing. The row outlives the thing, so that the file is removed for certain."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.accounts.models import User
from civic.contributions.models import Contribution
from civic.core import pictures
from civic.core.db import Base, Word

#: Characters of the words for those who do not see a picture.
SHORTEST_ALT, LONGEST_ALT = 3, 300


class AttachmentKind(StrEnum):
    """Pictures are shown, documents are downloaded."""

    IMAGE = "image"
    DOCUMENT = "document"


class Attachment(Base):
    """One picture or document; its bytes lie in the store of files under `key`."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("contribution_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: None when the thing is gone: then a job removes the file and, last, this row.
    contribution_id: Mapped[int | None] = mapped_column(
        ForeignKey("contribution.id", ondelete="SET NULL")
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[AttachmentKind] = mapped_column(Word(AttachmentKind))
    #: As people see it and as it is downloaded; never a path of the store.
    name: Mapped[str] = mapped_column(String(120))
    #: What is to be seen on a picture, for those who do not see it.
    alt: Mapped[str] = mapped_column(String(LONGEST_ALT), default="")
    media_type: Mapped[str] = mapped_column(String(100))
    #: Bytes as they came in.
    size: Mapped[int]
    #: Of the bytes as they came in: the same file twice on one thing is refused.
    sha256: Mapped[str] = mapped_column(String(64))
    #: Where it lies in the store: a random name.
    key: Mapped[str] = mapped_column(String(80), unique=True)
    width: Mapped[int | None]
    height: Mapped[int | None]
    #: Only those who keep the thing (its author, its team) may see it.
    is_inner: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    contribution: Mapped[Contribution | None] = relationship()
    author: Mapped[User] = relationship()

    @property
    def is_image(self) -> bool:
        return self.kind is AttachmentKind.IMAGE

    @property
    def extension(self) -> str:
        """Of what a document is ("pdf"), whatever it was called when it came."""
        return self.name.rpartition(".")[2]

    @property
    def widths(self) -> list[int]:
        """The sizes of a picture, the smallest first; none of a document."""
        return pictures.widths_of(self.width) if self.width else []

    def key_of(self, width: int) -> str:
        """Where this size of a picture lies in the store."""
        return f"{self.key}-{width}.webp"

    @property
    def document_key(self) -> str:
        """Where a document lies in the store."""
        return f"{self.key}.{self.extension}"

    @property
    def keys(self) -> list[str]:
        """Everything of it that lies in the store."""
        if self.is_image:
            return [self.key_of(width) for width in self.widths]
        return [self.document_key]
