"""Accounts and what hangs on them. `Nobody` is a real object: an actor is never `None`."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.core.db import Base, Word
from civic.core.language import N_
from civic.municipalities.models import Municipality


class Role(StrEnum):
    """What a person may do in a municipality beyond what every member may."""

    STAFF = "staff"
    MODERATOR = "moderator"
    COORDINATOR = "coordinator"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.STAFF: N_("Administration"),
    Role.MODERATOR: N_("Moderation"),
    Role.COORDINATOR: N_("Network coordination"),
    Role.ADMIN: N_("Platform administration"),
}


class Actor(Protocol):
    """Who acts: a `User` or `Nobody`."""

    @property
    def id(self) -> int: ...
    @property
    def home_id(self) -> int | None: ...
    @property
    def is_authenticated(self) -> bool: ...
    @property
    def is_confirmed(self) -> bool: ...
    def has_role(self, role: Role, municipality: Municipality) -> bool: ...
    def is_admin(self) -> bool: ...


class User(Base):
    """An account. After deletion the row stays without the person, as "former member"."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: As typed; None for accounts that cannot sign in (imported, former members).
    email: Mapped[str | None] = mapped_column(String(254))
    #: Lower case, normalised: the key under which an address is taken.
    email_key: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    #: Skeleton of the name (core.names): two names that look alike have the same.
    name_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="de")
    home_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    #: Since when mail servers refuse the address for good; None while mails arrive.
    email_refused_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    #: How many notices the person has not read; kept by the room `notifications`.
    unread_notices: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Set when the person left; name, address and password are gone then.
    left_at: Mapped[datetime | None]
    #: Where an imported account comes from, e.g. "polis:7z7e:17"; such a one cannot sign in.
    origin: Mapped[str | None] = mapped_column(String(80), unique=True)

    home: Mapped[Municipality | None] = relationship()
    memberships: Mapped[list[Membership]] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )

    @property
    def is_authenticated(self) -> bool:
        return self.blocked_at is None and self.left_at is None

    @property
    def is_active(self) -> bool:
        return self.is_authenticated

    @property
    def is_anonymous(self) -> bool:
        return False

    @property
    def is_confirmed(self) -> bool:
        return self.is_authenticated and self.confirmed_at is not None

    def get_id(self) -> str:
        return str(self.id)

    def has_role(self, role: Role, municipality: Municipality) -> bool:
        """Whether the role is held there, above it, or on the whole platform."""
        return self.is_confirmed and any(m.covers(role, municipality) for m in self.memberships)

    def is_admin(self) -> bool:
        return self.is_confirmed and any(
            m.role is Role.ADMIN and m.municipality is None for m in self.memberships
        )


class Membership(Base):
    """A role of a person in a municipality; without municipality it holds on the whole platform."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "municipality_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    role: Mapped[Role] = mapped_column(Word(Role))

    user: Mapped[User] = relationship(back_populates="memberships")
    municipality: Mapped[Municipality | None] = relationship()

    def covers(self, role: Role, municipality: Municipality) -> bool:
        if self.municipality is None:
            return self.role in {role, Role.ADMIN}
        return self.role is role and self.municipality.contains(municipality)


def hash_token(token: str) -> str:
    """What the database keeps of a secret that somebody else holds."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class UserSession(Base):
    """A signed-in browser. The cookie holds a random token, the table only its hash."""

    __tablename__ = "user_session"
    __table_args__ = (Index("ix_user_session_user_id_last_seen_at", "user_id", "last_seen_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    #: When the password was last typed, for acts that ask for it again.
    verified_at: Mapped[datetime]
    #: "Firefox on Android": enough to recognise a device, too little to track one.
    device: Mapped[str] = mapped_column(String(60))

    user: Mapped[User] = relationship()


class TokenPurpose(StrEnum):
    """What a mailed link is good for."""

    CONFIRM = "confirm"
    RESET = "reset"
    CHANGE_EMAIL = "change_email"


class AccountToken(Base):
    """A mailed link: single use, bound to one address, stored as a hash."""

    __tablename__ = "account_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[TokenPurpose] = mapped_column(Word(TokenPurpose))
    email: Mapped[str] = mapped_column(String(254))
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class Nobody:
    """A visitor without an account."""

    id = 0
    name = ""
    is_authenticated = False
    is_active = False
    is_anonymous = True
    is_confirmed = False
    home_id = None

    def get_id(self) -> None:
        return None

    def has_role(self, role: Role, municipality: Municipality) -> bool:
        del role, municipality
        return False

    def is_admin(self) -> bool:
        return False


class System(Nobody):
    """The house itself, at the console: may do everything, is no person."""

    is_authenticated = True
    is_active = True
    is_anonymous = False
    is_confirmed = True

    def has_role(self, role: Role, municipality: Municipality) -> bool:
        del role, municipality
        return True

    def is_admin(self) -> bool:
        return True
