"""Mails that come back: reports of mail servers (RFC 3464), read from what the MTA pipes in.

Anybody can send us such a report. It counts only where it quotes the Message-ID of a mail of ours,
which is drawn at random and known to nobody but its recipient; and it marks the address to which we
wrote, whatever address the report names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import NamedTuple

from civic.core import metrics, outbox
from civic.core.logs import log
from civic.core.mailer import is_about_address

#: Reports are short; what is longer carries the mail along, and its beginning is enough.
LARGEST = 1_000_000
#: A report has three parts and may quote a mail with some; the parser is slow in nested ones.
MOST_PARTS = 50
STATUS = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")
MESSAGE_ID = re.compile(r"<([^<>\s]{3,78})>")


class Bounce(NamedTuple):
    """A report about one mail: its Message-ID, the status ("5.1.1") and what the server said."""

    message_id: str
    status: str
    reason: str

    @property
    def is_permanent(self) -> bool:
        return self.status.startswith("5.")


def read(raw: bytes) -> Bounce | None:
    """The report in a mail; None for any other mail, and for what only looks like one."""
    raw = raw[:LARGEST]
    if raw.lower().count(b"boundary=") > MOST_PARTS:
        return None
    try:
        return _read(message_from_bytes(raw))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None  # the parser stumbles over what was made to make it stumble


def _read(mail: Message) -> Bounce | None:
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return None
    failed = next(_failures(mail), None)
    original = next(_originals(mail), None)
    found = MESSAGE_ID.search(str(original.get("Message-ID", ""))) if original else None
    if failed is None or found is None:
        return None
    status = STATUS.match(str(failed.get("Status", "")))
    said = " ".join(str(failed.get("Diagnostic-Code", "")).split())
    return Bounce(found[1], status[1] if status else "", said[:400])


def _failures(mail: Message) -> Iterator[Message]:
    """The blocks of the report that tell of a failure; a delay or a success is none."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            for block in blocks if isinstance(blocks, list) else ():
                if isinstance(block, Message) and _says(block, "Action") == "failed":
                    yield block


def _says(block: Message, name: str) -> str:
    return str(block.get(name, "")).strip().lower()


def _originals(mail: Message) -> Iterator[Message]:
    """The mail that came back, or only its headers."""
    for part in mail.walk():
        payload = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(payload, list):
            yield from (inner for inner in payload if isinstance(inner, Message))
        elif part.get_content_type() == "text/rfc822-headers":
            headers = part.get_payload(decode=True)
            yield message_from_bytes(headers if isinstance(headers, bytes) else b"")


def take(raw: bytes) -> str:
    """Note what a report says; returns what was made of it, in words for the log of the MTA."""
    bounce = read(raw)
    if bounce is None:
        return "no report of a mail server"
    if not bounce.is_permanent:
        return f"status {bounce.status or 'unknown'} is not final"
    about = is_about_address(bounce.status)
    if not outbox.come_back(
        bounce.message_id, f"{bounce.status} {bounce.reason}".strip(), address=about
    ):
        return "no mail of ours, or known already"
    metrics.count(metrics.mails, "returned")
    log.info("mail came back", status=bounce.status)
    return f"status {bounce.status} noted"
