"""From entries to a file that calendar programs read (RFC 5545).

All entries are days without a time, so no time zone is needed. What people typed reaches a program
as they typed it, whatever signs are in it; only what RFC 5545 has no place for is left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from civic.projects.queries.calendar import Entry

PRODUCER = "-//Civic//Projects//EN"
#: How often a calendar program should ask again.
REFRESH = timedelta(hours=6)


def write(name: str, entries: Iterable[Entry], url: str) -> bytes:
    """A calendar of this name; `url` is the page of what it is about."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.calendar_name = one_line(name)
    calendar.add("url", url)
    calendar.add("refresh-interval", REFRESH)
    calendar["refresh-interval"].params["VALUE"] = "DURATION"
    for entry in entries:
        calendar.add_component(_event(entry, url))
    return bytes(calendar.to_ical())


def _event(entry: Entry, url: str) -> Event:
    event = Event()
    event.add("uid", f"{entry.key}@{urlsplit(url).hostname}")
    event.add("dtstamp", entry.written_at)
    event.add("dtstart", entry.first)
    event.add("dtend", entry.last + timedelta(days=1))  # the day after the last, says RFC 5545
    event.add("summary", plain(entry.title))
    event.add("transp", "TRANSPARENT")  # nobody is busy because a day comes
    event.add("url", url)
    if entry.is_dropped:
        event.add("status", "CANCELLED")
    if entry.notes:
        event.add("description", plain("\n".join(entry.notes)))
    return event


def one_line(text: str) -> str:
    """The same for what stands beside the box in a list of calendars."""
    return " ".join(plain(text).split())


def plain(text: str) -> str:
    """The text without control signs; every kind of line end is the one that Python knows."""
    lines = "\n".join(text.splitlines())
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
