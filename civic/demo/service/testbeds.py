"""What happens to a test bed of the demo and to what is tried in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from civic.demo.service.cast import Act, Cast, Entry
from civic.testbeds import service as testbeds
from civic.testbeds.models import Pilot
from civic.testbeds.service import Offer

#: Fields of an offer that stand in the file as they are.
OFFER = (
    "title",
    "equipment",
    "place",
    "latitude",
    "longitude",
    "capacity",
    "contact_name",
    "contact_email",
    "contact_phone",
)


def acts_of(cast: Cast, entry: Entry) -> Iterator[Act]:
    """Everything that happens to one test bed, each with its time."""
    yield entry["days_ago"], partial(_open, cast, entry)
    for pilot in entry.get("pilots", ()):
        yield from _acts_of_pilot(cast, entry["key"], pilot)
    if closed := entry.get("closed"):
        yield closed["days_ago"], partial(_close, cast, entry["key"], closed["by"])


def _open(cast: Cast, entry: Entry) -> None:
    offer = Offer(
        body=entry["body"].strip(),
        rules=entry.get("rules", "").strip(),
        **{name: entry[name] for name in OFFER if name in entry},
    )
    cast.testbeds[entry["key"]] = testbeds.open_testbed(
        cast.people[entry["by"]],
        cast.places[entry["municipality"]],
        offer,
        slugs=entry["topics"],
    )


def _close(cast: Cast, key: str, by: str) -> None:
    testbeds.close_testbed(cast.people[by], cast.testbeds[key])


def _acts_of_pilot(cast: Cast, key: str, entry: Entry) -> Iterator[Act]:
    made: list[Pilot] = []
    yield entry["days_ago"], lambda: made.append(_apply(cast, key, entry))
    if answer := entry.get("answer"):
        yield (
            answer["days_ago"],
            lambda: testbeds.decide(
                cast.people[answer["by"]],
                made[0],
                admit=answer["admit"],
                reason=answer["reason"],
            ),
        )
    if finished := entry.get("finished"):
        yield (
            finished["days_ago"],
            lambda: testbeds.finish(
                cast.people[finished["by"]], made[0], result=finished["result"]
            ),
        )


def _apply(cast: Cast, key: str, entry: Entry) -> Pilot:
    return testbeds.apply(
        cast.people[entry["by"]],
        cast.testbeds[key],
        cast.thing(entry["thing"]),
        plan=entry["plan"],
        begins_on=cast.day(entry.get("begins_in")),
        ends_on=cast.day(entry.get("ends_in")),
    )
