"""Puts every pattern of `payloads.py` into every field that keeps what people write."""

from __future__ import annotations

from sqlalchemy import select

from civic.accounts.models import System, User
from civic.comments import service as comments
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db, transaction
from civic.ideas import service as ideas
from civic.ideas.models import Idea, IdeaState, WithdrawalReason
from civic.moderation import service as moderation
from civic.municipalities import service as municipalities
from civic.municipalities.models import Municipality, MunicipalityKind
from civic.pages import service as pages
from civic.pages.models import PageName
from civic.places import service as places
from civic.topics import service as topics
from tests.browser.payloads import PAYLOADS

VISITORS = ("", "einwohnerin@example.org", "moderation@example.org", "admin@example.org")
#: A sentence that makes every text long enough for the rules.
ENOUGH = "\n\nDieser Satz steht hier, damit der Text lang genug ist, um angenommen zu werden."
EVERYTHING = "\n\n".join(payload.numbered(number) for number, payload in enumerate(PAYLOADS))


@transaction()
def poison() -> None:
    for number, name in enumerate(PageName):
        for language in ("de", "en"):
            pages.set_text(System(), name, language, f"{number}{EVERYTHING}")
    for number, payload in enumerate(PAYLOADS):
        _poison_one(number, payload.numbered(number))
    for visitor in VISITORS[1:]:
        person = _person(visitor)
        person.name = f'"><img src=x onerror=fired({person.id})>'
    _poison_what_is_unfinished(_person("einwohnerin@example.org"))


def _poison_one(number: int, text: str) -> None:
    """One town, topic, person, idea, thread and decision with this pattern in all their fields."""
    town = municipalities.create_municipality(
        System(), kind=MunicipalityKind.GEMEINDE, ars=f"98{number:010}", name=text[:120]
    )
    places.edit_settings(
        System(),
        town,
        title=text[:160],
        welcome=text + EVERYTHING if number % 8 == 0 else text,
        colour="#1d5a7a",
        answer_days=5,
        support_threshold=None,
        idea_edit_hours=None,
        comment_edit_minutes=None,
        approves_projects=False,
        approval_days=14,
        attachment_most=10,
        attachment_megabytes=10,
        takes_documents=True,
    )
    slug = f"gift-{number}"
    topics.create_topic(
        System(),
        None if number % 8 == 0 else town,
        name_de=f"{text[:78]} x",
        name_en=f"{text[:78]} x",
        slug=slug,
    )
    author = User(name=text[:60], name_key=f"gift{number}", created_at=clock.now())
    author.confirmed_at = clock.now()
    db.session.add(author)
    db.session.flush()
    idea = ideas.submit_idea(
        author,
        town,
        title=f"{text}        x"[:120],
        body=text + ENOUGH,
        place=text[:120],
        slugs=[slug],
    )
    said = comments.add_comment(author, idea, body=text + ENOUGH)
    comments.add_comment(author, idea, body=f"Ja. {text}{ENOUGH}", parent=said)
    _decide(number, author, idea, said, text)


def _decide(number: int, author: User, idea: Idea, said: Contribution, text: str) -> None:
    """Every kind of decision in turn, with the pattern as its reason."""
    admin, reason = _person("admin@example.org"), (text + ENOUGH)[:500]
    if number % 4 == 0:
        ideas.decide_idea(admin, idea, state=IdeaState.DECLINED, reason=reason)
    elif number % 4 == 1:
        ideas.withdraw_idea(author, idea, code=WithdrawalReason.OTHER, text=reason)
    elif number % 4 == 2:
        moderation.hide(admin, said, reason=reason)
    else:
        ideas.edit_idea(
            author,
            idea,
            title=f"{text}       xy"[:120],
            body=f"{text} Neu.{ENOUGH}",
            place=text[:120],
            slugs=[f"gift-{number}"],
            seen=idea.version,
        )
        moderation.hide(admin, idea, reason=reason)


def _poison_what_is_unfinished(person: User) -> None:
    town = db.session.scalar(select(Municipality).where(Municipality.slug == "lindfurt"))
    text = PAYLOADS[0].numbered(900)
    slugs = ["unterwegs"]
    idea = ideas.submit_idea(
        person, town, title=f"{text} eigene", body=EVERYTHING[:3900], place=text, slugs=slugs
    )
    comments.add_comment(person, idea, body=EVERYTHING[:1900])
    ideas.save_draft(
        person,
        title=f"{text} Entwurf",
        body=EVERYTHING,
        place=text,
        municipality_id=town.id,
        slugs=slugs,
    )


def _person(address: str) -> User:
    return db.session.scalars(select(User).where(User.email_key == address)).one()
