"""Feeds and entries as a reading program knows them: names for ever, addresses, words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from civic.activity.models import Activity
from civic.contributions.address import url_of, verb_words
from civic.contributions.models import Contribution
from civic.core import html
from civic.core.language import current_language, person
from civic.core.letters import absolute
from civic.core.urls import url_for
from civic.ideas.address import reason_words

#: The first day on which names of this form were given; a part of each (RFC 4151).
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
USUAL_LANGUAGE = "de"
SUMMARY_LENGTH = 300
#: Acts whose words are for the author and the moderation, not for everybody.
DISCREET = frozenset({"moderation.restored"})
#: All that XML 1.0 may not hold, not even as a reference (its production 2, "Char").
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Entry(NamedTuple):
    """One piece of news. Texts are plain but for `html`, which the house rendered and stored."""

    name: str
    url: str
    title: str
    #: Empty: the house itself.
    author: str
    published: datetime
    updated: datetime
    summary: str = ""
    html: str = ""
    #: In which the texts are written, where that is known.
    language: str = ""
    municipality: str = ""


@dataclass(frozen=True)
class Feed:
    """A feed: `path` is its own address, `page` that of the page with the same content."""

    title: str
    path: str
    page: str
    entries: Sequence[Entry]

    @property
    def name(self) -> str:
        return name_of(self.path)

    @property
    def updated(self) -> datetime:
        """When the last entry changed; Atom wants a moment of an empty feed as well."""
        return max((entry.updated for entry in self.entries), default=SINCE)


def name_of(what: str) -> str:
    """A name that nothing else ever bears: "tag:example.org,2026:/beitraege/12" (RFC 4151)."""
    return f"tag:{urlsplit(absolute('/')).hostname},{SINCE.year}:{what}"


def of_card(card: Any, text: str) -> Entry:
    """A thing that is new in a list; `text` is its stored HTML."""
    return Entry(
        name=name_of(f"/beitraege/{card.id}"),
        url=absolute(url_of(card)),
        title=card.title,
        author=card.organisation_name or person(card.author_name),
        published=card.published_at,
        updated=card.updated_at or card.published_at,
        summary=card.summary,
        html=text,
        language=card.language,
        municipality=card.municipality_name,
    )


def of_act(act: Activity, thing: Contribution) -> Entry:
    """Something that was done to a thing, in the words of the room that recorded it."""
    note = "" if act.verb in DISCREET else act.note_html or ""
    reason = reason_words(act.detail) if act.verb == "idea.withdrawn" else ""
    return Entry(
        name=name_of(f"/beitraege/{thing.id}/verlauf/{act.id}"),
        url=absolute(url_of(thing)),
        title=verb_words(act.verb),
        author=person(act.voice) if act.actor else "",
        published=act.at,
        updated=act.at,
        summary=html.summary(note, SUMMARY_LENGTH) or reason,
        html=note,
    )


def of_post(act: Activity, post: Any) -> Entry:
    """News of a project as they stand now; `act` says who told them, and when."""
    return Entry(
        name=name_of(f"/projekte/nachrichten/{post.id}"),
        url=absolute(url_for("projects.post", id=post.id)),
        title=post.title,
        author=person(act.voice) if act.actor else "",
        published=act.at,
        updated=post.updated_at or act.at,
        summary=post.summary,
        html=post.body_html,
        language=post.language,
    )


def feed_language() -> Mapping[str, str]:
    """What to add to the address of a feed: a reading program brings no cookie that tells."""
    language = current_language()
    return {} if language == USUAL_LANGUAGE else {"sprache": language}


def legal(xml: str) -> str:
    """The document without the characters that would keep any parser from reading the rest."""
    return NO_XML.sub("", xml)
