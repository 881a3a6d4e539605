"""Texts that an operator may replace, and what people report of barriers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from civic.core.db import Base
from civic.core.language import N_


class PageName(StrEnum):
    """The pages of this room; the value is the address."""

    IMPRINT = "impressum"
    PRIVACY = "datenschutz"
    ACCESSIBILITY = "barrierefreiheit"

    @property
    def label(self) -> str:
        return _PAGE_LABELS[self]


_PAGE_LABELS = {
    PageName.IMPRINT: N_("Imprint"),
    PageName.PRIVACY: N_("Privacy"),
    PageName.ACCESSIBILITY: N_("Accessibility"),
}


class PageText(Base):
    """An operator's own text of a page in one language; without a row the shipped one is shown."""

    __tablename__ = "page_text"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]


class Feedback(Base):
    """A barrier that somebody met, to be answered within a month (BITV 2.0 § 7)."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    #: Only where the person wants an answer.
    email: Mapped[str | None] = mapped_column(String(254))
    created_at: Mapped[datetime]
