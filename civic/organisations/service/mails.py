"""Mails to the people of an organisation: who is asked, answered, made an owner or taken out.

An organisation is no thing that people follow, so its news goes to those concerned, and to them
alone. Where a mail server refuses an address, /konto/organisationen says the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from civic.accounts.models import User
from civic.core import letters
from civic.core.outbox import queue_mail
from civic.organisations.models import Organisation


def tell(people: Iterable[User], letter: str, organisation: Organisation, **values: Any) -> None:
    """Mail `templates/organisations/mail/<letter>.txt` to each, in their language."""
    for person in people:
        if person.email and person.email_refused_at is None and person.is_authenticated:
            words = letters.write(
                f"organisations/mail/{letter}.txt",
                person.language,
                organisation=organisation,
                person=person,
                **values,
            )
            queue_mail([person.email], words.subject, words.text)


def write_to(address: str, language: str, letter: str, **values: Any) -> None:
    """Mail an address that need not belong to anybody here."""
    words = letters.write(f"organisations/mail/{letter}.txt", language, **values)
    queue_mail([address], words.subject, words.text)
