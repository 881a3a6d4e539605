"""Notices, how each reached its person, and what people want to hear of."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.accounts.models import User
from civic.activity.models import Activity
from civic.contributions.models import Contribution
from civic.core.db import Base, Word
from civic.core.language import N_


class Category(StrEnum):
    """What a notice is about; people choose a channel for each."""

    MENTION = "mention"
    REPLY = "reply"
    ANSWER = "answer"
    CHANGE = "change"
    TALK = "talk"
    NEW = "new"
    TERM = "term"
    TEAM = "team"
    MODERATION = "moderation"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Category.MENTION: N_("Somebody addresses you with @"),
    Category.REPLY: N_("Somebody replies to you"),
    Category.ANSWER: N_("Answers of the administration"),
    Category.CHANGE: N_("New versions and other changes"),
    Category.TALK: N_("New comments"),
    Category.NEW: N_("New contributions that match a saved search"),
    Category.TERM: N_("Promised dates of answers"),
    Category.TEAM: N_("Your teams"),
    Category.MODERATION: N_("Decisions of the moderation"),
}


class Way(StrEnum):
    """When a mail about it is sent."""

    NOW = "now"
    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"

    @property
    def label(self) -> str:
        return _WAY_LABELS[self]


_WAY_LABELS = {
    Way.NOW: N_("At once"),
    Way.DAILY: N_("Once a day"),
    Way.WEEKLY: N_("Once a week"),
    Way.OFF: N_("Never"),
}


class Cause(StrEnum):
    """Why this person is told."""

    MENTION = "mention"
    REPLY = "reply"
    AUTHOR = "author"
    STAFF = "staff"
    FOLLOWER = "follower"
    SUBSCRIPTION = "subscription"
    #: The act names them: a team, who asked to join it, who was given a task.
    TEAM = "team"
    #: They speak for the organisation in whose name it was published.
    ORGANISATION = "organisation"


class MailStep(StrEnum):
    """What has become of the mail about a notice."""

    #: It stands in the next digest.
    WAITING = "waiting"
    #: It was handed to the outbox, whose row says whether it was sent.
    HANDED = "handed"
    SUPPRESSED = "suppressed"


class Why(StrEnum):
    """Why there is no mail, or none at once."""

    OFF = "off"
    NO_ADDRESS = "no_address"
    UNCONFIRMED = "unconfirmed"
    REFUSED = "refused"
    LETTER = "letter"
    MANY = "many"
    HIDDEN = "hidden"
    BLOCKED = "blocked"
    READ = "read"

    @property
    def label(self) -> str:
        return _WHY_LABELS[self]


_WHY_LABELS = {
    Why.OFF: N_("does not want mails about this"),
    Why.NO_ADDRESS: N_("the account has no e-mail address"),
    Why.UNCONFIRMED: N_("the e-mail address is not confirmed"),
    Why.REFUSED: N_("the mail server refuses this address"),
    Why.LETTER: N_("was written to separately"),
    Why.MANY: N_("had several mails on that day already"),
    Why.HIDDEN: N_("the contribution was hidden before"),
    Why.BLOCKED: N_("the account is blocked"),
    Why.READ: N_("was read on the platform before"),
}


class Notice(Base):
    """One person is told of one act, once, whatever the number of reasons."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "activity_id"),
        Index("ix_notice_user_id_contribution_id", "user_id", "contribution_id", "id"),
        Index("ix_notice_contribution_id", "contribution_id", "id"),
        Index("ix_notice_activity_id", "activity_id"),
        Index("ix_notice_read_at", "read_at"),
        Index(
            "ix_notice_waiting",
            "way",
            "user_id",
            sqlite_where=text("step = 'waiting'"),
            postgresql_where=text("step = 'waiting'"),
        ),
        Index(
            "ix_notice_mail_id",
            "mail_id",
            sqlite_where=text("mail_id IS NOT NULL"),
            postgresql_where=text("mail_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    #: The thing under which it stands in lists: what a comment is about, else what was acted on.
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"))
    category: Mapped[Category] = mapped_column(Word(Category))
    cause: Mapped[Cause] = mapped_column(Word(Cause))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    #: False: the person does not want to see this kind on the platform; it counts nowhere.
    is_listed: Mapped[bool] = mapped_column(default=True)
    way: Mapped[Way] = mapped_column(Word(Way))
    step: Mapped[MailStep] = mapped_column(Word(MailStep))
    why: Mapped[Why | None] = mapped_column(Word(Why))
    #: When the mail was handed to the outbox.
    mailed_at: Mapped[datetime | None]
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_mail.id", ondelete="SET NULL"))

    user: Mapped[User] = relationship()
    activity: Mapped[Activity] = relationship()
    contribution: Mapped[Contribution] = relationship()


class NoticePreference(Base):
    """How a person wants to hear of a category; without a row the usual way holds (`policy`)."""

    __tablename__ = "notice_preference"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    category: Mapped[Category] = mapped_column(Word(Category), primary_key=True)
    way: Mapped[Way] = mapped_column(Word(Way))
    is_listed: Mapped[bool] = mapped_column(default=True)


class Subscription(Base):
    """A filter of a list, kept by a person: new things that pass it give a notice."""

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("user_id", "endpoint", "key"),
        Index("ix_subscription_endpoint_place", "endpoint", "place", "key", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    #: The list, as the rooms declare it ("ideas.index").
    endpoint: Mapped[str] = mapped_column(String(60))
    #: The filter as it stands in the address: {"kommune": ["lindfurt"], "thema": ["verkehr"]}.
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: A hash of the filter; the same filter of two people has the same key.
    key: Mapped[str] = mapped_column(String(64))
    #: Slug of the municipality that the filter names, or nothing: what is found by first.
    place: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]

    user: Mapped[User] = relationship()
