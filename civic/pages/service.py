"""Replacing a page's text, and reporting a barrier."""

from __future__ import annotations

from civic.accounts.models import Actor
from civic.core import clock, html
from civic.core.db import db, transaction
from civic.core.errors import RuleBroken
from civic.core.language import LANGUAGES, N_
from civic.core.letters import write
from civic.core.outbox import queue_mail
from civic.core.policy import demand
from civic.pages import policy, queries
from civic.pages.models import Feedback, PageName, PageText

LONGEST_ADDRESS = 300


@transaction()
def set_text(actor: Actor, name: PageName, language: str, body: str) -> bool:
    """Show this text on the page; an empty one brings the shipped text back.

    True when the operator's own text stands there now.
    """
    demand(policy.may_edit, actor)
    if language not in LANGUAGES:
        raise RuleBroken(N_("There is no such language here."), "language")
    if len(body) > html.MAX_SOURCE:
        raise RuleBroken(N_("This text is too long."), "body")
    body = body.strip()
    text = queries.own(name, language)
    if not body or body == queries.shipped(name, language).body:
        if text:
            db.session.delete(text)
        return False
    if text is None:
        text = PageText(name=name.value, language=language)
        db.session.add(text)
    text.body = body
    text.body_html = html.render(body)
    text.updated_at = clock.now()
    return True


@transaction()
def report_barrier(actor: Actor, *, page: str, body: str, email: str, contact: str) -> Feedback:
    """Keep what hinders somebody and write to the operator, who answers within a month.

    Source of the term: BITV 2.0 § 7 and the accessibility statement.
    """
    del actor  # everybody may, with or without an account
    if not body:
        raise RuleBroken(N_("Please write what hinders you."), "body")
    feedback = Feedback(
        page=page[:LONGEST_ADDRESS], body=body, email=email or None, created_at=clock.now()
    )
    db.session.add(feedback)
    db.session.flush()
    mail = write("pages/mail/barrier.txt", "de", feedback=feedback)
    queue_mail([contact], mail.subject, mail.text)
    return feedback
