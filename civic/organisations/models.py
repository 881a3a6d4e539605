"""An organisation, its members with roles, invitations, requests and its own log."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.accounts.models import Actor, User
from civic.core.db import Base, Word
from civic.core.language import N_
from civic.municipalities.models import Municipality


class OrganisationKind(StrEnum):
    """What kind of body it is."""

    ADMINISTRATION = "administration"
    ASSOCIATION = "association"
    COMPANY = "company"
    SCIENCE = "science"
    NETWORK = "network"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS = {
    OrganisationKind.ADMINISTRATION: N_("Administration"),
    OrganisationKind.ASSOCIATION: N_("Association or initiative"),
    OrganisationKind.COMPANY: N_("Company"),
    OrganisationKind.SCIENCE: N_("Science"),
    OrganisationKind.NETWORK: N_("Network"),
}


class Joining(StrEnum):
    """How people become members, of an organisation or of a team."""

    OPEN = "open"
    REQUEST = "request"
    INVITATION = "invitation"

    @property
    def label(self) -> str:
        return _JOINING_LABELS[self]


_JOINING_LABELS = {
    Joining.OPEN: N_("Open to everybody"),
    Joining.REQUEST: N_("On request"),
    Joining.INVITATION: N_("By invitation only"),
}


class OrganisationRole(StrEnum):
    """What a member may do."""

    OWNER = "owner"
    EDITOR = "editor"
    MEMBER = "member"

    @property
    def label(self) -> str:
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    OrganisationRole.OWNER: N_("Owner"),
    OrganisationRole.EDITOR: N_("Editor"),
    OrganisationRole.MEMBER: N_("Member"),
}
#: Roles that may speak in the organisation's name.
SPEAKING = frozenset({OrganisationRole.OWNER, OrganisationRole.EDITOR})


class Organisation(Base):
    """A body with a profile and a home municipality. It never signs in; its members do."""

    __tablename__ = "organisation"
    __table_args__ = (
        Index("ix_organisation_municipality_id_slug", "municipality_id", "slug"),
        Index("ix_organisation_slug", "slug", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OrganisationKind] = mapped_column(Word(OrganisationKind))
    name: Mapped[str] = mapped_column(String(120))
    #: The name without case and look-alikes: no two organisations are confusable.
    name_key: Mapped[str] = mapped_column(String(240), unique=True)
    #: The name in plain letters: for addresses, and for the order of a list on every database.
    slug: Mapped[str] = mapped_column(String(80), default="")
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    description: Mapped[str] = mapped_column(Text, default="")
    description_html: Mapped[str] = mapped_column(Text, default="")
    #: The description in plain text, for cards.
    summary: Mapped[str] = mapped_column(String(300), default="")
    renderer_version: Mapped[int]
    website: Mapped[str] = mapped_column(String(200), default="")
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    joining: Mapped[Joining] = mapped_column(Word(Joining), default=Joining.REQUEST)
    #: Where the logo lies in the store of files; None without one.
    logo_key: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    #: When the home municipality said that this is who it says it is.
    verified_at: Mapped[datetime | None]
    #: When it was closed; what it published stays.
    closed_at: Mapped[datetime | None]

    municipality: Mapped[Municipality] = relationship()
    members: Mapped[list[OrganisationMember]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    def role_of(self, actor: Actor) -> OrganisationRole | None:
        """The role of this person; None for everybody who is no member."""
        if not actor.is_authenticated:
            return None
        return next((m.role for m in self.members if m.user_id == actor.id), None)


class OrganisationMember(Base):
    """A person in an organisation."""

    __tablename__ = "organisation_member"

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[OrganisationRole] = mapped_column(Word(OrganisationRole))
    joined_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship(back_populates="members")
    user: Mapped[User] = relationship()


class OrganisationInvitation(Base):
    """A mailed invitation: single use, bound to one address, stored as a hash."""

    __tablename__ = "organisation_invitation"
    __table_args__ = (UniqueConstraint("organisation_id", "email_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    email_key: Mapped[str] = mapped_column(String(254))
    role: Mapped[OrganisationRole] = mapped_column(Word(OrganisationRole))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    invited_by: Mapped[User] = relationship()


class RequestState(StrEnum):
    """What became of a request to join."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _REQUEST_LABELS[self]


_REQUEST_LABELS = {
    RequestState.OPEN: N_("Waiting for an answer"),
    RequestState.ACCEPTED: N_("Accepted"),
    RequestState.DECLINED: N_("Declined"),
    RequestState.WITHDRAWN: N_("Withdrawn"),
}


class OrganisationRequest(Base):
    """Somebody asks to become a member."""

    __tablename__ = "organisation_request"
    __table_args__ = (
        Index(
            "uq_organisation_request_open",
            "organisation_id",
            "user_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    message: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[RequestState] = mapped_column(Word(RequestState), default=RequestState.OPEN)
    answer: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User] = relationship()


class OrganisationLogEntry(Base):
    """What was done in an organisation or in its name, by whom; its members read it."""

    __tablename__ = "organisation_log"
    __table_args__ = (Index("ix_organisation_log_organisation_id_at", "organisation_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    #: None once the person has left the platform with everything.
    actor_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    #: "organisation.role_changed": past tense, declared by the room.
    verb: Mapped[str] = mapped_column(String(40))
    #: Whom it was done to, where it was a person.
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    #: A short value: the new role, the reference number of what was published.
    detail: Mapped[str] = mapped_column(String(120), default="")

    actor: Mapped[User | None] = relationship(foreign_keys=[actor_id])
    person: Mapped[User | None] = relationship(foreign_keys=[person_id])
