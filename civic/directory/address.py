"""Lines of an organisation's log in words."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from civic.contributions.address import verb_words
from civic.core.language import person, translate
from civic.organisations.models import OrganisationRole


def log_words(entry: Any) -> str:
    """What was done, to whom, with what (Jinja global); what was published stands beside it."""
    words = verb_words(entry.verb)
    if entry.person_id is not None:
        words = str(_("%(what)s: %(name)s", what=words, name=person(entry.person.name)))
    detail = _detail(entry)
    return str(_("%(what)s (%(detail)s)", what=words, detail=detail)) if detail else words


def _detail(entry: Any) -> str:
    if entry.verb == "organisation.renamed":
        return str(_("before: %(name)s", name=entry.detail))
    if entry.detail in set(OrganisationRole):
        return translate(OrganisationRole(entry.detail).label)
    return ""
