"""How a mail leaves the house: by SMTP, or into a folder where no server is set."""

from __future__ import annotations

import re
import smtplib
import ssl
import sys
import time
from contextlib import closing, suppress
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from flask import current_app
from sqlalchemy.exc import DBAPIError

from civic.config import Config
from civic.core import clock, metrics, outbox
from civic.core.db import db, release
from civic.core.logs import log
from civic.core.outbox import Letter
from civic.core.work.jobs import Later
from civic.core.work.lease import demand_lease
from civic.core.work.shift import at_hand

#: Seconds for each step of the conversation; all of them fit into half a lease.
SMTP_TIMEOUT = 10
#: Servers close a conversation that goes on for ever.
MAILS_PER_LINE = 100
#: Seconds between attempts to note that a mail was sent.
NOTE_PAUSES = (0.5, 1, 2, 4, 8)
#: RFC 3463: subjects of a refusal that are the recipient's: the address (1), the mailbox (2).
ABOUT_THE_ADDRESS = frozenset("12")


class _Policy(EmailPolicy):
    """Leaves the address to unsubscribe on one line; folded it would be garbled (encoded words)."""

    def fold(self, name: str, value: str) -> str:
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


class RefusedError(Exception):
    """The recipient was refused for good; trying again is of no use."""


class Sender(Protocol):
    """Sends letters, and may keep a connection in between."""

    def __call__(self, letter: Letter) -> None: ...
    def close(self) -> None: ...


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The mail as it goes out; always with a plain-text part."""
    message = EmailMessage(policy=_Policy())
    message["From"] = sender
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{letter.message_id}>"
    message["Date"] = format_datetime(clock.now())
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


def is_about_address(status: str) -> bool:
    """Whether a refusal ("5.1.1", RFC 3463) concerns the address, not us, the mail or the network.

    A blocked server of ours (5.7.1) must not shut out everybody from their mails. A bare code
    without such a number is taken for the address.
    """
    _, _, subject = status.partition(".")
    return not subject or subject[0] in ABOUT_THE_ADDRESS


class SmtpSender:
    """Sends through `CIVIC_SMTP_URL`: smtp://user:password@host:25, smtps://host:465.

    One conversation carries several mails; before each the server is asked whether it is there.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.target = urlsplit(config.smtp_url)
        self._line: smtplib.SMTP | None = None
        self._sent = 0

    def __call__(self, letter: Letter) -> None:
        message = message_of(letter, self.config.mail_from)
        line = self._ready_line()
        self._sent += 1
        demand_lease()
        try:
            line.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            for code, said in refused.recipients.values():
                _raise_if_final(code, said)
            raise

    def _ready_line(self) -> smtplib.SMTP:
        if self._line is not None and self._sent < MAILS_PER_LINE:
            with suppress(OSError):
                if self._line.noop()[0] == 250:
                    return self._line
        self.close()
        self._line, self._sent = self._connect(), 0
        return self._line

    def _connect(self) -> smtplib.SMTP:
        secure = self.target.scheme == "smtps"
        kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
        line = kind(
            self.target.hostname or "",
            self.target.port or (465 if secure else 25),
            local_hostname=urlsplit(self.config.base_url).hostname or "localhost",
            timeout=SMTP_TIMEOUT,
        )
        try:
            line.ehlo_or_helo_if_needed()
            if not secure and line.has_extn("starttls"):
                line.starttls(context=ssl.create_default_context())
            if self.target.username:
                line.login(unquote(self.target.username), unquote(self.target.password or ""))
        except BaseException:
            line.close()
            raise
        return line

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError):
                line.quit()
            line.close()


def _raise_if_final(code: int, said: bytes) -> None:
    words = f"{code} {said.decode('utf-8', 'replace')}"
    status = re.match(r"\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b", words)
    if code >= 500 and is_about_address(status[1] if status else ""):
        raise RefusedError(words)


class FolderSender:
    """Without a mail server: each mail is a file in `instance/mail/`, its links are printed."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.folder = Path(config.instance_path) / "mail"

    def __call__(self, letter: Letter) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{clock.now():%Y%m%d-%H%M%S}-{letter.id:06}.eml"
        (self.folder / name).write_bytes(bytes(message_of(letter, self.config.mail_from)))
        for link in re.findall(r"https?://\S+", letter.text):
            sys.stderr.write(f"Mail to {letter.recipient} ({letter.subject}): {link}\n")

    def close(self) -> None:
        pass


def sender_of(config: Config) -> Sender:
    return SmtpSender(config) if config.smtp_url else FolderSender(config)


def deliver(payload: dict[str, Any]) -> None:
    """The job `mail.deliver`: send a mail unless that was done, and note what became of it."""
    letter = outbox.letter_of(int(payload["mail"]))
    release()
    if letter is None:
        return
    config: Config = current_app.extensions["civic_config"]
    with at_hand("sender of mails", lambda: closing(sender_of(config))) as send:
        try:
            send(letter)
        except RefusedError as refused:
            outbox.mark_refused(letter.id, str(refused), address=True)
            metrics.count(metrics.mails, "failed")
        except OSError as fault:  # smtplib's errors are OSErrors: the server is away or busy
            outbox.mark_tried(letter.id, str(fault) or type(fault).__name__)
            metrics.count(metrics.mails, "postponed")
            raise Later(_code_of(fault)) from fault
        else:
            _note(letter.id)
            metrics.count(metrics.mails, "sent")


def _code_of(fault: OSError) -> str:
    """The kind of a fault, without what the server said: it names the address."""
    codes = [getattr(fault, "smtp_code", None)]
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in fault.recipients.values()]
    return " ".join([type(fault).__name__, *(str(code) for code in codes if code)])


def _note(id: int) -> None:
    """The mail is out. A database that is away for a moment must not make it go out once more."""
    for pause in NOTE_PAUSES:
        try:
            outbox.mark_sent(id)
        except DBAPIError as fault:
            db.session.rollback()
            log.warning("sent mail not noted yet", mail=id, error=type(fault).__name__)
            time.sleep(pause)
        else:
            return
    outbox.mark_sent(id)
