"""Where a thing lives and how it is signed: kind -> address and sign, as the rooms declared it."""

from typing import Any

from flask import current_app

from civic.core.feature import House, Kind, Sign
from civic.core.language import translate


def house() -> House:
    registry: House = current_app.extensions["civic"]
    return registry


def kind_of(thing: Any) -> Kind:
    return house().kinds[thing.kind]


def url_of(thing: Any) -> str:
    """The address of a thing or of its card."""
    return kind_of(thing).url(thing)


def sign_of(thing: Any) -> Sign:
    """The state of a thing in words (of the page's language), shape and place on the life line."""
    return kind_of(thing).sign(thing)


def verb_words(verb: str) -> str:
    """What happened, in the words of the room that recorded it."""
    return translate(house().verbs[verb])


def listed_kinds() -> list[str]:
    """Kinds that appear as cards in lists and feeds (a comment does not)."""
    return [name for name, kind in house().kinds.items() if kind.listed]
