"""What happens to an entry of the register: registered or taken over, its gates and figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from civic.contributions import service as contributions
from civic.core import clock
from civic.demo.service import talk
from civic.demo.service.cast import Act, Cast, Entry
from civic.innovations import service as innovations
from civic.innovations.models import Degree, Gate, Indicator, Stage
from civic.innovations.queries import state_of
from civic.innovations.reader import Row
from civic.innovations.service import (
    Adoption,
    Decided,
    Evidence,
    Measure,
    Source,
    Verdict,
)
from civic.innovations.service import Entry as NewEntry

#: What an entry may bring along from its first day.
MORE = (
    "latitude",
    "longitude",
    "cost_once",
    "cost_yearly",
    "cost_note",
    "staff",
    "legal_basis",
    "software",
    "licence",
    "duration",
    "conditions",
    "contact_name",
    "contact_email",
    "contact_phone",
)
#: What a form of an entry carries, whatever of it was changed.
FORM = ("title", "body", *MORE[2:], "lessons", "used_since")
EVIDENCE = ("figures", "costs", "voices", "documents")
MONTHS_OF_QUARTER = 3
#: An indicator is set up so long after the entry.
SOON = 0.5


def acts_of(cast: Cast, entry: Entry) -> Iterator[Act]:
    """Everything that happens to one entry, each with its time."""
    key = entry["key"]
    begin = _take_over if "of" in entry else _register
    yield entry["days_ago"], partial(begin, cast, entry)
    for gate in entry.get("gates", ()):
        yield from _acts_of_gate(cast, key, gate)
    for degree in entry.get("degrees", ()):
        yield degree["days_ago"], partial(_set_degree, cast, key, degree)
    for edit in entry.get("edits", ()):
        yield edit["days_ago"], partial(_edit, cast, entry, edit)
    for indicator in entry.get("indicators", ()):
        yield from _acts_of_indicator(cast, entry, indicator)
    ended = [gate["days_ago"] for gate in entry.get("gates", ()) if gate["to"] == Stage.ENDED]
    name = f"innovation:{key}"
    yield from talk.voices(cast, name, entry, entry["by"], max(ended, default=0.0))
    yield from talk.conversation(cast, name, name, entry)


def _register(cast: Cast, entry: Entry) -> None:
    project = cast.projects[entry["project"]] if "project" in entry else None
    actor = cast.people[entry["by"]]
    innovation = innovations.register_innovation(
        actor,
        cast.places[entry["municipality"]],
        NewEntry(
            title=entry["title"],
            body=entry["body"].strip(),
            slugs=entry["topics"],
            stage=Stage(entry["stage"]),
            more=_more(entry),
        ),
        Source(project=project, organisation=cast.organisation(entry.get("organisation"))),
    )
    cast.innovations[entry["key"]] = innovation
    contributions.descend(actor, innovation, [cast.ideas[idea] for idea in entry.get("ideas", ())])


def _take_over(cast: Cast, entry: Entry) -> None:
    cast.innovations[entry["key"]] = innovations.take_over(
        cast.people[entry["by"]],
        cast.innovations[entry["of"]],
        cast.places[entry["municipality"]],
        Adoption(
            title=entry["title"],
            body=entry["body"].strip(),
            slugs=entry["topics"],
            degree=Degree(entry["degree"]),
            decided=Decided(entry["decided_by"], clock.today()),
            changed=entry["changed"],
            more=_more(entry),
        ),
    )


def _more(entry: Entry) -> Entry:
    return {name: entry[name] for name in MORE if name in entry}


def _set_degree(cast: Cast, key: str, entry: Entry) -> None:
    innovations.set_degree(
        cast.people[entry["by"]],
        cast.innovations[key],
        Degree(entry["degree"]),
        Decided(entry["decided_by"], clock.today()),
        entry["changed"],
    )


def _edit(cast: Cast, entry: Entry, edit: Entry) -> None:
    innovation = cast.innovations[entry["key"]]
    values = {name: getattr(innovation, name) for name in FORM}
    values |= {name: edit[name].strip() for name in FORM if name in edit}
    innovations.edit_entry(
        cast.people[edit["by"]], innovation, values, entry["topics"], state_of(innovation)
    )


def _acts_of_gate(cast: Cast, key: str, entry: Entry) -> Iterator[Act]:
    made: list[Gate] = []
    yield entry["days_ago"], lambda: made.append(_propose(cast, key, entry))
    if decided := entry.get("decided"):
        yield (
            decided["days_ago"],
            lambda: innovations.agree_to_step(
                cast.people[decided["by"]],
                made[0],
                Verdict(decided["body"], clock.today(), decided["reason"]),
            ),
        )


def _propose(cast: Cast, key: str, entry: Entry) -> Gate:
    return innovations.propose_step(
        cast.people[entry["by"]],
        cast.innovations[key],
        Stage(entry["to"]),
        Evidence(**{name: entry[name] for name in EVIDENCE if name in entry}),
        lessons=entry.get("lessons", "").strip(),
    )


# -- figures ---------------------------------------------------------------------------------


def _acts_of_indicator(cast: Cast, entry: Entry, indicator: Entry) -> Iterator[Act]:
    """One value a quarter, each entered when its quarter was over, the running one today."""
    made: list[Indicator] = []
    since = entry["days_ago"] - SOON
    yield since, lambda: made.append(_add_indicator(cast, entry["key"], indicator))
    values, last = indicator["values"], indicator.get("last", 0)
    for number, value in enumerate(values):
        days_ago, on = _quarter(cast, last + len(values) - 1 - number)
        yield min(days_ago, since), partial(_enter, cast, indicator["by"], made, on, value)


def _add_indicator(cast: Cast, key: str, entry: Entry) -> Indicator:
    measure = Measure(
        name=entry["name"],
        unit=entry["unit"],
        baseline=Decimal(entry["baseline"]) if "baseline" in entry else None,
        target=Decimal(entry["target"]) if "target" in entry else None,
        source=entry["source"],
    )
    return innovations.add_indicator(cast.people[entry["by"]], cast.innovations[key], measure)


def _quarter(cast: Cast, back: int) -> tuple[float, date]:
    """The day of the value so many quarters back, and how many days ago it is entered."""
    today = clock.local_date(cast.begun)
    if back == 0:
        return 0.0, today
    begun = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    months = begun.year * 12 + begun.month - 1 - (back - 1) * MONTHS_OF_QUARTER
    last_day = date(months // 12, months % 12 + 1, 1) - timedelta(days=1)
    return (today - last_day).days - SOON, last_day


def _enter(cast: Cast, by: str, indicators: list[Indicator], on: date, value: int) -> None:
    innovations.enter_value(cast.people[by], indicators[0], Row(0, on, Decimal(value)))
