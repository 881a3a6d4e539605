"""Rows of made-up ideas, votes and comments; pure, so that processes can make them side by side.

Ids follow the dates within a chunk, so that a list of the newest and the comments of an idea lie on
the disk about as they do where people write them day by day.
"""

from __future__ import annotations

import math
import random
import re
from bisect import bisect
from collections import Counter
from dataclasses import dataclass

from civic.bench.plan import DAY, Chunk, Place, Plan, day, stamp
from civic.bench.words import Proposal, Writer, Written
from civic.contributions.models import CIRCLE
from civic.contributions.queries import COMMENT_WEIGHT, TREND_PERIOD
from civic.core import html, search

Row = tuple[object, ...]
Rows = dict[str, list[Row]]

ANSWER_DAYS = 28
STATES = ("open", "in_review", "taken_up", "declined", "done", "withdrawn")
#: How many in a hundred ideas stand where: while the answer is not due, and later. Of the old ones
#: one in five waits in vain.
YOUNG, OLD = (75, 20, 5, 0, 0, 0), (15, 5, 25, 30, 20, 5)
COLUMNS = {
    "contribution": "id kind reference municipality_id author_id title summary state language "
    "version created_at published_at updated_at hidden_at hidden_as hidden_reason vote_count "
    "comment_count trend shuffle",
    "idea": "id body body_html renderer_version place answer_due_on answered_at",
    "comment": "id about_id parent_id body body_html renderer_version vote_count",
    "idea_version": "idea_id number title body place author_id created_at",
    "contribution_topic": "contribution_id topic_id",
    "search_document": "id stems trigrams",
    "activity": "verb actor_id contribution_id at note note_html detail",
    "moderation_decision": "contribution_id moderator_id kind reason at",
    "vote": "contribution_id user_id version created_at",
    "follow": "user_id contribution_id created_at",
}
HIDDEN_REASON = "Der Text nennt eine Privatperson mit Namen und Anschrift."


class _Stems(dict[str, str]):
    """The stem of each word that has come up; empty for a filler word."""

    def __missing__(self, word: str) -> str:
        stem = "".join(search.stems(word))
        if not word.isdecimal():  # there are as many reference numbers as ideas
            self[word] = stem
        return stem


_stems = _Stems()


def stems(content: str) -> list[str]:
    """What `core.search.stems` finds, in a quarter of the time: these texts repeat their words."""
    found = map(_stems.__getitem__, re.findall(r"[a-z0-9äöüß]+", content.casefold()))
    return list(dict.fromkeys(filter(None, found)))


@dataclass
class _Idea:
    """An idea while its rows are made."""

    number: int
    id: int
    at: int
    author: int
    place: Place
    topics: list[int]
    said: Proposal
    state: str
    decided_at: int | None
    edited_at: int | None
    is_hidden: bool


@dataclass
class _Comment:
    """A comment while its rows are made."""

    id: int
    at: int
    idea: _Idea
    author: int
    parent: int | None
    is_removed: bool
    is_hidden: bool

    @property
    def is_standing(self) -> bool:
        return not (self.is_removed or self.is_hidden)


class Maker:
    """Makes the rows of one chunk."""

    def __init__(self, plan: Plan, chunk: Chunk) -> None:
        self.plan, self.chunk = plan, chunk
        self.luck = random.Random(f"{plan.seed}/{chunk.first_idea}")  # noqa: S311 - repeatable
        self.writer = Writer(self.luck)
        self.rows: Rows = {table: [] for table in COLUMNS}

    def make(self) -> Rows:
        """All rows of the chunk by table."""
        ideas, comments = self._happen()
        answers = Counter(c.parent for c in comments if c.is_standing)
        talk = Counter(c.idea.id for c in comments if c.is_standing)
        marks = self._mark_comments(comments)
        for idea in ideas:
            votes = self._vote_for(idea)
            self._write_idea(idea, votes, talk[idea.id])
        for comment in comments:
            self._write_comment(comment, marks[comment.id], answers[comment.id])
        return self.rows

    # -- who does what when ---------------------------------------------------------------

    def _person(self) -> int:
        """Somebody; a few take part much more often than the others."""
        return self.plan.first_person + int(self.plan.people * self.luck.random() ** 2)

    def _people(self, number: int, without: int) -> list[int]:
        """So many different people, one excepted."""
        if number * 8 > self.plan.people:
            first = self.plan.first_person
            some = self.luck.sample(range(first, first + self.plan.people), number + 1)
            return [person for person in some if person != without][:number]
        chosen = {self._person() for _ in range(number)}
        chosen.discard(without)
        while len(chosen) < number:
            if (person := self._person()) != without:
                chosen.add(person)
        return list(chosen)

    def _happen(self) -> tuple[list[_Idea], list[_Comment]]:
        """Ideas and comments in the order of time, which is that of their ids."""
        ideas = [self._idea(n) for n in range(len(self.chunk.votes))]
        acts: list[tuple[int, int, int]] = []
        for n, idea in enumerate(ideas):
            acts.append((idea.at, n, 0))
            span = self.plan.end - idea.at
            acts += ((idea.at + self._delay(span), n, 1) for _ in range(self.chunk.comments[n]))
        acts.sort()
        said: dict[int, list[_Comment]] = {}
        comments: list[_Comment] = []
        for id, (at, n, is_comment) in enumerate(acts, self.chunk.first_id):
            if is_comment:
                comments.append(self._comment(id, at, ideas[n], said.setdefault(n, [])))
            else:
                ideas[n].id = id
        return ideas, comments

    def _delay(self, span: int) -> int:
        """Seconds until somebody says something: most do so in the first days."""
        return max(int(min(self.luck.expovariate(0.1 / DAY), span * self.luck.random())), 1)

    def _idea(self, n: int) -> _Idea:
        luck, number = self.luck, self.chunk.first_idea + n
        at = self.plan.moment(number)
        place = self.plan.places[bisect(self.plan.weights, luck.random() * self.plan.weights[-1])]
        topics = luck.sample(range(len(self.plan.topics)), luck.choice((1, 1, 2)))
        said = self.writer.idea(topics[0])
        state, decided_at = self._fate(at)
        edited_at = at + self._delay(self.plan.end - at) if luck.random() < 0.1 else None
        hidden = luck.random() < 0.003
        author = self._person()
        return _Idea(
            number, 0, at, author, place, topics, said, state, decided_at, edited_at, hidden
        )

    def _fate(self, at: int) -> tuple[str, int | None]:
        """Where an idea stands and when that was decided."""
        age = self.plan.end - at
        weights = YOUNG if age < ANSWER_DAYS * DAY else OLD
        state = self.luck.choices(STATES, weights)[0]
        if state == "open":
            return state, None
        latest = min(age, 2 * ANSWER_DAYS * DAY)
        return state, at + 1 + int(latest * self.luck.random())

    def _comment(self, id: int, at: int, idea: _Idea, earlier: list[_Comment]) -> _Comment:
        luck = self.luck
        parent = luck.choice(earlier).id if earlier and luck.random() < 0.3 else None
        fate = luck.random()
        comment = _Comment(
            id, at, idea, self._person(), parent, fate < 0.005, 0.005 <= fate < 0.008
        )
        if parent is None:
            earlier.append(comment)
        return comment

    def _vote_for(self, idea: _Idea) -> int:
        """The votes for an idea, and the supporters who follow it; returns their number."""
        luck, span, votes = self.luck, self.plan.end - idea.at, self.rows["vote"]
        follows = self.rows["follow"]
        people = self._people(self.chunk.votes[idea.number - self.chunk.first_idea], idea.author)
        edited = idea.edited_at or self.plan.end + 1
        for person in people:
            at = idea.at + 1 + int(span * luck.random() ** 3)
            votes.append((idea.id, person, 1 + (at > edited), moment := stamp(at)))
            if luck.random() < 0.1:
                follows.append((person, idea.id, moment))
        follows.append((idea.author, idea.id, stamp(idea.at)))
        return len(people)

    def _mark_comments(self, comments: list[_Comment]) -> Counter[int]:
        """Votes for comments; returns how many each has."""
        room = len(comments) * (self.plan.people - 1) // 2
        wanted, luck, end = min(self.chunk.comment_votes, room), self.luck, self.plan.end
        given: dict[tuple[int, int], Row] = {}
        while len(given) < wanted:
            comment, person = luck.choice(comments), self._person()
            if person != comment.author:
                at = stamp(comment.at + int((end - comment.at) * luck.random() ** 3))
                given[comment.id, person] = (comment.id, person, 1, at)
        self.rows["vote"] += given.values()
        return Counter(id for id, _ in given)

    # -- rows -------------------------------------------------------------------------------

    def _write_idea(self, idea: _Idea, votes: int, comments: int) -> None:
        said, text = idea.said, idea.said.text
        self._write_trunk(idea, text, idea.state, votes=votes, comments=comments)
        due = day(idea.at + ANSWER_DAYS * DAY)
        is_answered = idea.state in {"taken_up", "declined", "done"}
        answered = stamp(idea.decided_at) if is_answered and idea.decided_at else None
        self.rows["idea"].append(
            (idea.id, text.body, text.html, html.RENDERER_VERSION, said.place, due, answered)
        )
        written = (said.title, text.body, said.place, idea.author)
        versions = self.rows["idea_version"]
        versions.append((idea.id, 1, *written, stamp(idea.at)))
        if idea.edited_at:
            versions.append((idea.id, 2, *written, stamp(idea.edited_at)))
        for topic in idea.topics:
            self.rows["contribution_topic"].append((idea.id, self.plan.topics[topic][0]))
        self._write_news(idea)
        self._write_search(idea)

    def _write_news(self, idea: _Idea) -> None:
        news, author = self.rows["activity"], idea.author
        news.append(("idea.submitted", author, idea.id, stamp(idea.at), None, None, None))
        if idea.edited_at:
            news.append(("idea.edited", author, idea.id, stamp(idea.edited_at), None, None, "2"))
        if idea.decided_at is None:
            return
        at, verb = stamp(idea.decided_at), f"idea.{idea.state}"
        if idea.state == "withdrawn":
            news.append((verb, author, idea.id, at, None, None, "started"))
        else:
            note = self.writer.answer(idea.state)
            news.append((verb, idea.place.staff, idea.id, at, note.body, note.html, None))

    def _write_search(self, idea: _Idea) -> None:
        """As `ideas.service` does it, word for word."""
        said, reference = idea.said, self.chunk.references[idea.number - self.chunk.first_idea]
        topics = (self.plan.topics[topic][1] for topic in idea.topics)
        content = " ".join((said.text.body, f"{said.place} {idea.place.title}", *topics, reference))
        words = stems(f"{said.title} {content}")
        self.rows["search_document"].append((idea.id, words, search.trigrams(said.title)))

    def _write_comment(self, comment: _Comment, votes: int, replies: int) -> None:
        said = Written("", "", "") if comment.is_removed else self.writer.comment()
        state = "removed" if comment.is_removed else "posted"
        self._write_trunk(comment, said, state, votes=votes, comments=replies)
        about = (comment.id, comment.idea.id, comment.parent)
        self.rows["comment"].append((*about, said.body, said.html, html.RENDERER_VERSION, votes))

    def _write_trunk(
        self, thing: _Idea | _Comment, text: Written, state: str, *, votes: int, comments: int
    ) -> None:
        idea, at = thing if isinstance(thing, _Idea) else thing.idea, stamp(thing.at)
        kind, reference, version, updated = "comment", None, 1, None
        if isinstance(thing, _Idea):
            kind, version = "idea", 2 if thing.edited_at else 1
            reference = self.chunk.references[thing.number - self.chunk.first_idea]
            updated = max(filter(None, (thing.edited_at, thing.decided_at)), default=None)
        hidden: Row = (None, None, None)
        if thing.is_hidden:
            hidden_at = stamp(min(thing.at + DAY, self.plan.end))
            hidden = (hidden_at, "moderated", HIDDEN_REASON)
            decision = (thing.id, self.plan.moderator, "hide", HIDDEN_REASON, hidden_at)
            self.rows["moderation_decision"].append(decision)
        trend = thing.at / TREND_PERIOD + math.log1p(votes + COMMENT_WEIGHT * comments)
        shuffle = int(self.luck.random() * CIRCLE)
        self.rows["contribution"].append(
            (thing.id, kind, reference, idea.place.id, thing.author, idea.said.title, text.summary,
             state, "de", version, at, at, stamp(updated) if updated else None, *hidden, votes,
             comments, trend, shuffle)
        )  # fmt: skip
