"""Reading the mails that organisations send."""

from __future__ import annotations

import re

from sqlalchemy import select

from civic.core.db import db
from civic.core.outbox import Mail


def mails(recipient: str | None = None) -> list[Mail]:
    """The mails queued so far, the oldest first."""
    wanted = select(Mail).order_by(Mail.id)
    if recipient is not None:
        wanted = wanted.where(Mail.recipient == recipient)
    return list(db.session.scalars(wanted))


def token_in(mail: Mail) -> str:
    """The secret of the link in an invitation."""
    found = re.search(r"/organisationen/einladung/(\S+)", mail.text)
    assert found, mail.text
    return found.group(1)
