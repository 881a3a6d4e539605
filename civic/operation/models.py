"""What the house remembers of its own care: backups that were made, people who left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from civic.core.db import Base


class BackupRun(Base):
    """A backup that was written and read again."""

    __tablename__ = "backup_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The moment whose data it holds.
    made_at: Mapped[datetime] = mapped_column(index=True)
    #: Where it was put, as the machine that wrote it sees it.
    file: Mapped[str] = mapped_column(String(500))
    host: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    #: Seconds that it took.
    seconds: Mapped[int]


class Departure(Base):
    """A person who left. The ledger that keeps a restore from bringing them back.

    No key to `user`, and nothing about the person: number and day of the account tell which row of
    an older state is meant, even where a number was given anew after a restore.
    """

    __tablename__ = "departure"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    joined_at: Mapped[datetime] = mapped_column(primary_key=True)
    left_at: Mapped[datetime]
    #: Whether the contributions went as well.
    erased: Mapped[bool]
