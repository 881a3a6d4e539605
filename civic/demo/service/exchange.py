"""Offers and needs of the demo."""

from __future__ import annotations

from collections.abc import Iterator

from civic.demo.service.cast import Act, Cast, Entry
from civic.innovations import service as innovations
from civic.innovations.models import Direction, Exchange
from civic.innovations.service import Post


def acts_of(cast: Cast, entry: Entry) -> Iterator[Act]:
    """A post, and that it was settled."""
    made: list[Exchange] = []
    yield entry["days_ago"], lambda: made.append(_post(cast, entry))
    if settled := entry.get("settled"):
        by = settled["by"]
        yield (
            settled["days_ago"],
            lambda: innovations.settle_exchange(cast.people[by], made[0]),
        )


def _post(cast: Cast, entry: Entry) -> Exchange:
    post = Post(
        direction=Direction(entry["direction"]),
        title=entry["title"],
        body=entry["body"].strip(),
        slugs=entry["topics"],
        until_on=cast.day(entry["until_in"]) or cast.begun.date(),
        innovation=cast.innovations[entry["innovation"]] if "innovation" in entry else None,
    )
    return innovations.post_exchange(
        cast.people[entry["by"]],
        cast.places[entry["municipality"]],
        post,
        cast.organisation(entry.get("organisation")),
    )
