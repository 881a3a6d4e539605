"""Made-up German: towns, people, ideas and what is said about them; the same for the same seed.

The texts are simple Markdown (paragraphs, lists), and their HTML is written here directly, since
rendering millions of them would take hours; a test holds it against `core.html.render`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from civic.bench import lexicon
from civic.core.html import SUMMARY_LENGTH, shorten
from civic.core.names import skeleton

#: Shares of ideas with a list of steps in the text, and with a place in words.
WITH_LIST, WITH_PLACE = 0.2, 0.6

_TOWNS = [f"{head}{tail}" for head, tail in product(lexicon.TOWN_HEADS, lexicon.TOWN_TAILS)]
_CALLED = lexicon.FIRST_NAMES
_COMPOUNDS = [f"{head}{tail}" for head, tail in product(lexicon.FAMILY_HEADS, lexicon.FAMILY_TAILS)]
#: Names that look alike would make people who look alike, so one of them stays.
_FAMILIES = [*{skeleton(name): name for name in (*lexicon.FAMILY_NAMES, *_COMPOUNDS)}.values()]
_THINGS = [
    (f"{head}{tail}", gender)
    for head, (tail, gender) in product(lexicon.THING_HEADS, lexicon.THING_TAILS)
]
_STREETS = [f"{head}{tail}" for head, tail in product(lexicon.TOWN_HEADS, lexicon.STREET_TAILS)]
_ARTICLE_NAMES = ("thing", "ein", "einen", "der", "den", "einem")
_CHOICES: dict[str, Sequence[str]] = {
    "street": _STREETS,
    "spot": lexicon.WHERE,
    "who": lexicon.WHO,
    "number": [str(number) for number in range(3, 90)],
    "month": lexicon.MONTHS,
}
_TOPIC_NUMBERS = range(len(lexicon.TOPICS))

Word = TypeVar("Word")


@dataclass(frozen=True)
class Written:
    """A text: as typed, as shown, and as plain words on a card."""

    body: str
    html: str
    summary: str


@dataclass(frozen=True)
class Proposal:
    """What somebody wrote into the form of an idea."""

    title: str
    place: str
    text: Written


def town(number: int) -> str:
    """The name of a place; different for different numbers."""
    round_, index = divmod(number * 7, len(_TOWNS))
    prefix = lexicon.TOWN_PREFIXES[round_ % len(lexicon.TOWN_PREFIXES)]
    again = round_ // len(lexicon.TOWN_PREFIXES)
    return f"{prefix}{_TOWNS[index]}" + (f" {again + 1}" if again else "")


def person(number: int) -> tuple[str, str]:
    """A name and its skeleton (`core.names`); different for different numbers.

    After every pair of a first and a family name was given once, people have a second family name.
    """
    rest, family = divmod(number * 11, len(_FAMILIES))
    second, first = divmod(rest * 7, len(_CALLED))
    parts = [_CALLED[first], _FAMILIES[family]]
    while second:
        second, other = divmod(second - 1, len(_FAMILIES))
        parts.append(_FAMILIES[other])
    name = f"{parts[0]} {'-'.join(parts[1:])}"
    return name, skeleton(name)


class Writer:
    """Writes ideas, comments and answers with the luck that it is given."""

    def __init__(self, luck: random.Random) -> None:
        self.luck = luck

    def idea(self, topic: int) -> Proposal:
        """An idea on one of `lexicon.TOPICS`, by its number."""
        pick, slots = self.pick, _Slots(self, topic)
        place = ""
        if self.luck.random() < WITH_PLACE:
            place = pick(lexicon.SPOTS).format_map(slots)
        blocks: list[str | list[str]] = [self._paragraph(lexicon.OPENING, slots)]
        if self.luck.random() < WITH_LIST:
            steps = self.luck.sample(lexicon.STEPS, 3)
            blocks.append([step.format_map(slots) for step in steps])
        blocks.append(self._paragraph(lexicon.CLOSING, slots))
        return Proposal(pick(lexicon.TITLES).format_map(slots), place, written(blocks))

    def comment(self) -> Written:
        """What somebody says about an idea, in one to three sentences."""
        slots = _Slots(self, self.pick(_TOPIC_NUMBERS))
        said = {self.pick(lexicon.REMARKS): None for _ in range(self.pick((1, 2, 2, 3)))}
        return written([" ".join(said).format_map(slots)])

    def answer(self, state: str) -> Written:
        """The reason an administration gives for a decision."""
        slots = _Slots(self, self.pick(_TOPIC_NUMBERS))
        return written([self.pick(lexicon.ANSWERS[state]).format_map(slots), lexicon.SIGNATURE])

    def pick(self, among: Sequence[Word]) -> Word:
        """One of them; `random.choice` takes three times as long."""
        return among[int(self.luck.random() * len(among))]

    def _paragraph(self, parts: Sequence[Sequence[str]], slots: _Slots) -> str:
        return " ".join(self.pick(part) for part in parts).format_map(slots)


class _Slots(dict[str, str]):
    """The words for the gaps of one text, chosen when they are first asked for."""

    def __init__(self, writer: Writer, topic: int) -> None:
        super().__init__()
        self.writer, self.topic = writer, topic

    def __missing__(self, name: str) -> str:
        if name in _ARTICLE_NAMES:
            self._choose_thing()
        else:
            self[name] = self._word(name)
        return self[name]

    def _choose_thing(self) -> None:
        thing, gender = self.writer.pick(_THINGS)
        self["thing"] = thing
        for name, article in zip(_ARTICLE_NAMES[1:], lexicon.ARTICLES[gender], strict=True):
            self[name] = f"{article} {thing}"

    def _word(self, name: str) -> str:
        if name == "matter":
            return self.writer.pick(lexicon.MATTERS[self.topic])
        return self.writer.pick(_CHOICES[name])


def written(blocks: list[str | list[str]]) -> Written:
    """Paragraphs, and lists among them, in their three forms."""
    body, html, words = [], [], []
    for block in blocks:
        if isinstance(block, str):
            body.append(block)
            html.append(f"<p>{block}</p>\n")
            words.append(block)
        else:
            body.append("\n".join(f"- {item}" for item in block))
            items = "".join(f"<li>{item}</li>\n" for item in block)
            html.append(f"<ul>\n{items}</ul>\n")
            words += block
    return Written("\n\n".join(body), "".join(html), shorten(" ".join(words), SUMMARY_LENGTH))
