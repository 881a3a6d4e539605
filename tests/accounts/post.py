"""What was mailed, read as a person would read it."""

from __future__ import annotations

import re

from sqlalchemy import select

from civic.core import passwords
from civic.core.db import db
from civic.core.outbox import Mail

PASSWORD = "fenster regen trommel see"
OTHER = "regenschirm auf dem mond"


def hashed(password: str = PASSWORD) -> str:
    return passwords.hash_password(password)


def mails(recipient: str | None = None) -> list[Mail]:
    """All queued mails, or those to one address, the oldest first."""
    wanted = select(Mail).order_by(Mail.id)
    if recipient is not None:
        wanted = wanted.where(Mail.recipient == recipient)
    return list(db.session.scalars(wanted))


def link_in(mail: Mail) -> str:
    """The path of the first link with a secret."""
    found = re.search(r"http://localhost(/(?:bestaetigen|passwort-neu|konto/email)/\S+)", mail.text)
    assert found, mail.text
    return found.group(1)


def token_in(mail: Mail) -> str:
    return link_in(mail).rsplit("/", 1)[1]
