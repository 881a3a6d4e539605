"""What happens to an idea of the demo: submitted, supported, changed, answered, hidden."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from civic.demo.service import talk
from civic.demo.service.cast import Act, Cast, Entry
from civic.ideas import service as ideas
from civic.ideas.models import IdeaState, WithdrawalReason
from civic.moderation import service as moderation

#: An idea in one of these takes no more votes.
CLOSED = frozenset({"declined", "done", "withdrawn"})


def acts_of(cast: Cast, entry: Entry) -> Iterator[Act]:
    """Everything that happens to one idea, each with its time."""
    key = entry["key"]
    yield entry["days_ago"], partial(_submit, cast, entry)
    yield from talk.voices(cast, f"idea:{key}", entry, entry["author"], _last_vote(entry))
    for edit in entry.get("edits", ()):
        yield edit["days_ago"], partial(_edit, cast, entry, edit)
    for step in entry.get("steps", ()):
        yield step["days_ago"], partial(_step, cast, key, step)
    yield from talk.conversation(cast, f"idea:{key}", key, entry)
    if hidden := entry.get("hidden"):
        by = hidden["by"]
        yield (
            hidden["days_ago"],
            lambda: moderation.hide(cast.people[by], cast.ideas[key], reason=hidden["reason"]),
        )


def _last_vote(entry: Entry) -> float:
    closed = [step["days_ago"] for step in entry.get("steps", ()) if step["to"] in CLOSED]
    ends = [*closed, *([entry["hidden"]["days_ago"]] if "hidden" in entry else [])]
    return max(ends, default=0.0)


def _submit(cast: Cast, entry: Entry) -> None:
    cast.ideas[entry["key"]] = ideas.submit_idea(
        cast.people[entry["author"]],
        cast.places[entry["municipality"]],
        title=entry["title"],
        body=entry["body"].strip(),
        place=entry.get("place", ""),
        slugs=entry["topics"],
    )


def _edit(cast: Cast, entry: Entry, edit: Entry) -> None:
    idea = cast.ideas[entry["key"]]
    ideas.edit_idea(
        idea.author,
        idea,
        title=edit.get("title", idea.title),
        body=edit.get("body", idea.body).strip(),
        place=idea.place,
        slugs=entry["topics"],
        seen=idea.version,
    )


def _step(cast: Cast, key: str, step: Entry) -> None:
    idea, by, reason = cast.ideas[key], cast.people[step["by"]], step.get("reason", "").strip()
    if step["to"] == "withdrawn":
        ideas.withdraw_idea(by, idea, code=WithdrawalReason(step["code"]), text=reason)
    else:
        ideas.decide_idea(by, idea, state=IdeaState(step["to"]), reason=reason)
