"""Curated topics and which things carry them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from civic.core.db import Base


class Topic(Base):
    """A topic; without municipality it stands open to all of them."""

    __tablename__ = "topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name_de: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)

    @property
    def words(self) -> str:
        """By which things that carry it are found, in both languages."""
        return f"{self.name_de} {self.name_en}"

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_de


class ContributionTopic(Base):
    """A thing carries a topic."""

    __tablename__ = "contribution_topic"

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id", ondelete="CASCADE"), primary_key=True
    )
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"), primary_key=True, index=True)
