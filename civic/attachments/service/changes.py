"""Words beside a file, and taking it away: by those who keep the thing, or by the moderation."""

from __future__ import annotations

from sqlalchemy import select

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.attachments import policy
from civic.attachments.models import Attachment
from civic.attachments.policy import LONGEST_REASON, SHORTEST_REASON
from civic.attachments.service.clearing import remove_later
from civic.attachments.service.intake import checked_alt
from civic.contributions.models import Contribution
from civic.core import letters, outbox
from civic.core.db import db, transaction
from civic.core.errors import Missing, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand

LETTER = "attachments/mail/taken_down.txt"


@transaction()
def edit_file(
    actor: Actor, file: Attachment, *, alt: str = "", is_inner: bool | None = None
) -> None:
    """Change the words beside a picture, or who sees the file (None: as before)."""
    thing = _held(file)
    demand(policy.may_change, actor, file)
    if file.is_image:
        file.alt = checked_alt(alt, file.name)
    if is_inner is not None:
        if is_inner and not thing.has_inside:
            raise RuleBroken(N_("This contribution has no part for a team alone."), "is_inner")
        file.is_inner = is_inner
    if not file.is_inner:
        activity.record(actor, "attachment.changed", thing, detail=file.kind.value)


@transaction()
def remove_file(actor: Actor, file: Attachment) -> None:
    """Take a file away from its thing; nobody can bring it back."""
    thing = _held(file)
    demand(policy.may_change, actor, file)
    if not file.is_inner:
        activity.record(actor, "attachment.removed", thing, detail=file.kind.value)
    remove_later(actor, file)


@transaction()
def take_down(actor: Actor, file: Attachment, *, reason: str) -> None:
    """The moderation removes a file; who added it gets the reason, and it stays on record."""
    thing = _held(file)
    demand(policy.may_take_down, actor, file)
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise RuleBroken(
            N_("Please give the reason in %(least)s to %(most)s characters."),
            "reason",
            least=SHORTEST_REASON,
            most=LONGEST_REASON,
        )
    activity.record(
        actor,
        "attachment.taken_down",
        thing,
        note=f"{file.name}: {reason}",
        detail=file.kind.value,
    )
    _tell(file, thing, reason)
    remove_later(actor, file)


def _held(file: Attachment) -> Contribution:
    """The thing, and the file as it is now: of two who remove it one comes too late."""
    held = db.session.scalar(
        select(Attachment)
        .where(Attachment.id == file.id)
        .with_for_update(of=Attachment)
        .execution_options(populate_existing=True)
    )
    if held is None or held.contribution is None:
        raise Missing
    return held.contribution


def _tell(file: Attachment, thing: Contribution, reason: str) -> None:
    person = file.author
    if person.email:
        values = {"file_name": file.name, "title": thing.title, "reason": reason}
        words = letters.write(LETTER, person.language, **values)
        outbox.queue_mail([person.email], words.subject, words.text)
