"""How a mail leaves the house: by SMTP, or into a folder where no server is set."""

from __future__ import annotations

import re
import smtplib
import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import date
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import Flask

from civic.config import Config
from civic.core import clock
from civic.core.logs import log
from civic.core.outbox import Letter, RefusedError, Sender, deliver_due

#: Seconds for each step of the conversation; all of them fit into the lease of a mail.
SMTP_TIMEOUT = 10
PAUSE = 2.0


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The mail as it goes out; always with a plain-text part."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{letter.message_id}>"
    message["Date"] = format_datetime(clock.now())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def smtp_sender(config: Config) -> Sender:
    """Send through `CIVIC_SMTP_URL`: smtp://user:password@host:25, smtps://host:465."""
    target = urlsplit(config.smtp_url)

    def send(letter: Letter) -> None:
        secure = target.scheme == "smtps"
        kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
        with kind(
            target.hostname or "", target.port or (465 if secure else 25), timeout=SMTP_TIMEOUT
        ) as server:
            if not secure and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            if target.username:
                server.login(unquote(target.username), unquote(target.password or ""))
            try:
                server.send_message(message_of(letter, config.mail_from))
            except smtplib.SMTPRecipientsRefused as refused:
                codes = [code for code, _ in refused.recipients.values()]
                if all(code >= 500 for code in codes):
                    raise RefusedError(f"refused: {codes}") from refused
                raise

    return send


def folder_sender(config: Config) -> Sender:
    """Without a mail server: each mail is a file in `instance/mail/`, its links are printed."""
    folder = Path(config.instance_path) / "mail"

    def send(letter: Letter) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{clock.now():%Y%m%d-%H%M%S}-{letter.id:06}.eml"
        (folder / name).write_bytes(bytes(message_of(letter, config.mail_from)))
        for link in re.findall(r"https?://\S+", letter.text):
            sys.stderr.write(f"Mail to {letter.recipient} ({letter.subject}): {link}\n")

    return send


def sender_of(config: Config) -> Sender:
    return smtp_sender(config) if config.smtp_url else folder_sender(config)


def run_worker(
    app: Flask,
    config: Config,
    stop: threading.Event,
    *,
    once: bool = False,
    daily: Sequence[Callable[[], object]] = (),
) -> None:
    """Deliver until told to stop; a failing database is waited for, not died of.

    `daily`: housekeeping, done at the start and then once a day. Each may run twice without harm.
    """
    send = sender_of(config)
    cleaned_on: date | None = None
    while not stop.is_set():
        taken = 0
        try:
            with app.app_context():
                taken = deliver_due(send)
                cleaned_on = _clean(daily, cleaned_on)
        except Exception:  # noqa: BLE001 - the worker must outlive every fault of one round
            log.exception("worker round failed")
        if once and not taken:
            return
        if not taken:
            stop.wait(PAUSE)


def _clean(daily: Sequence[Callable[[], object]], cleaned_on: date | None) -> date:
    """Do the housekeeping unless it was done today; returns the day of the last time."""
    if cleaned_on != clock.today():
        for work in daily:
            work()
    return clock.today()
