"""What an administration sets for its municipality."""

from __future__ import annotations

from civic.accounts.models import Actor
from civic.core import html
from civic.core.db import transaction
from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.municipalities import service as municipalities
from civic.municipalities.models import Municipality
from civic.places import policy

SHORTEST_ANSWER, LONGEST_ANSWER = 1, 365


@transaction()
def edit_settings(
    actor: Actor,
    municipality: Municipality,
    *,
    title: str,
    welcome: str,
    colour: str,
    answer_days: int,
    support_threshold: int | None,
    idea_edit_hours: int | None,
    comment_edit_minutes: int | None,
    approves_projects: bool,
    approval_days: int,
    attachment_most: int,
    attachment_megabytes: int,
    takes_documents: bool,
    is_active: bool | None = None,
) -> None:
    """Change all settings at once; None where a number may be None means "no such rule".

    `is_active` is for the platform alone; None leaves it as it is.
    """
    demand(policy.may_edit, actor, municipality)
    if not title:
        raise RuleBroken(N_("Please give the name that people read."), "title")
    if not SHORTEST_ANSWER <= answer_days <= LONGEST_ANSWER:
        raise RuleBroken(N_("Please promise an answer within 1 to 365 days."), "answer_days")
    municipality.title = title
    municipality.welcome = welcome
    municipality.welcome_html = html.render(welcome)
    municipality.colour = colour
    municipality.answer_days = answer_days
    municipality.support_threshold = _counted(support_threshold, "support_threshold")
    municipality.idea_edit_hours = _counted(idea_edit_hours, "idea_edit_hours")
    municipality.comment_edit_minutes = _counted(comment_edit_minutes, "comment_edit_minutes")
    municipality.approves_projects = approves_projects
    municipality.approval_days = _within(approval_days, 1, policy.LONGEST_APPROVAL, "approval_days")
    municipality.attachment_most = _within(attachment_most, 0, policy.MOST_FILES, "attachment_most")
    municipality.attachment_megabytes = _within(
        attachment_megabytes, 1, policy.MOST_MEGABYTES, "attachment_megabytes"
    )
    municipality.takes_documents = takes_documents
    if is_active is not None and is_active is not municipality.is_active:
        municipalities.activate(actor, municipality, is_active=is_active)


def _within(number: int, least: int, most: int, field: str) -> int:
    if not least <= number <= most:
        raise RuleBroken(
            N_("Please give a number from %(least)s to %(most)s."), field, least=least, most=most
        )
    return number


def _counted(number: int | None, field: str) -> int | None:
    if number is not None and not 0 < number <= 1_000_000:
        raise RuleBroken(N_("Please give a number from 1 on, or leave the field empty."), field)
    return number
