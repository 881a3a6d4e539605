"""A municipality is the tenant: everything happens in one, and a county sees those below it."""

from __future__ import annotations

import re
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from civic.core.db import Base, Word
from civic.core.errors import RuleBroken
from civic.core.language import N_


class MunicipalityKind(StrEnum):
    """The three levels of German local government that the platform knows."""

    LAND = "land"
    KREIS = "kreis"
    GEMEINDE = "gemeinde"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS = {
    MunicipalityKind.LAND: N_("State (Land)"),
    MunicipalityKind.KREIS: N_("County (Kreis)"),
    MunicipalityKind.GEMEINDE: N_("Municipality (Gemeinde)"),
}


class Municipality(Base):
    """Land > Kreis > Gemeinde. `path` holds the ids from the top, so "those below" is a prefix."""

    __tablename__ = "municipality"
    __table_args__ = (Index("ix_municipality_name", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MunicipalityKind] = mapped_column(Word(MunicipalityKind))
    #: Amtlicher Regionalschlüssel, 12 digits, right-padded with zeros for Land and Kreis.
    ars: Mapped[str] = mapped_column(String(12), unique=True)
    #: Amtlicher Gemeindeschlüssel, 8 digits.
    ags: Mapped[str] = mapped_column(String(8), index=True)
    name: Mapped[str] = mapped_column(String(120))
    #: With its designation: "Stadt Lindfurt", "Landkreis Auental".
    title: Mapped[str] = mapped_column(String(160))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    path: Mapped[str] = mapped_column(String(60), index=True, default="")
    population: Mapped[int | None]
    #: Colour of the coat of arms, "#rrggbb".
    colour: Mapped[str] = mapped_column(String(7), default="#5b2a57")
    #: False: known from the directory only; nothing can be posted there yet.
    is_active: Mapped[bool] = mapped_column(default=False)

    welcome: Mapped[str] = mapped_column(Text, default="")
    welcome_html: Mapped[str] = mapped_column(Text, default="")
    #: Days within which the administration promises an answer to an idea.
    answer_days: Mapped[int] = mapped_column(default=28)
    #: Supports from which on the council deals with an idea in public (none: no such rule).
    support_threshold: Mapped[int | None]
    #: Hours within which an author may edit an idea (none: without end).
    idea_edit_hours: Mapped[int | None]
    #: Minutes within which an author may edit a comment (none: without end).
    comment_edit_minutes: Mapped[int | None] = mapped_column(default=30)
    #: Whether a project needs the administration's word before it is public, and within how many
    #: days it is given.
    approves_projects: Mapped[bool] = mapped_column(default=False)
    approval_days: Mapped[int] = mapped_column(default=14)
    #: Files on one thing: how many, how large, and whether documents are taken beside pictures.
    attachment_most: Mapped[int] = mapped_column(default=10)
    attachment_megabytes: Mapped[int] = mapped_column(default=10)
    takes_documents: Mapped[bool] = mapped_column(default=True)

    parent: Mapped[Municipality | None] = relationship(remote_side="Municipality.id")

    @validates("colour")
    def _checked_colour(self, key: str, colour: str) -> str:
        """`#rrggbb`: it is written into drawings as it stands. Raises `RuleBroken`."""
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            raise RuleBroken(N_("Please choose a colour such as #1d5a7a."), key)
        return colour.lower()

    @property
    def full_name(self) -> str:
        """The title and that of the one it lies in: "Stadt Lindfurt, Landkreis Auental"."""
        return f"{self.title}, {self.parent.title}" if self.parent else self.title

    def contains(self, other: Municipality) -> bool:
        """Whether `other` is this municipality or lies in it."""
        return other.path.startswith(self.path)
