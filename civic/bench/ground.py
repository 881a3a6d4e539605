"""What stands before anybody writes: places, topics, and the people with their roles."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from civic.bench import lexicon, words
from civic.bench.plan import stamp
from civic.bench.rows import Row, Rows
from civic.core.language import slugify

#: Gemeinden in one Kreis.
IN_A_KREIS = 40
COLOUR = "#5b2a57"
#: The accounts that are printed; what comes before the @.
RESIDENT, STAFF, ADMIN = "einwohnerin-mess", "verwaltung-mess", "admin-mess"

COLUMNS = {
    "municipality": "id kind ars ags name title slug parent_id path population colour is_active "
    "welcome welcome_html answer_days support_threshold comment_edit_minutes",
    "topic": "id slug name_de name_en municipality_id position",
    "user": "id email email_key name name_key password_hash language home_id created_at "
    "confirmed_at",
    "membership": "user_id municipality_id role",
}


@dataclass(frozen=True)
class Town:
    """A place as the rows of ideas need it."""

    id: int
    title: str


def municipalities(number: int, first_id: int) -> tuple[list[Row], list[Town]]:
    """One Land with its Kreise and Gemeinden; the Gemeinden are where ideas are posted."""
    kreise, land = max(1, number // (IN_A_KREIS + 1)), first_id
    rows = [_row(land, "land", "99", ("Auenland", "Land Auenland"), ())]
    for k in range(kreise):
        name = words.town(100_000 + k)
        key = f"99{k + 1:03}"
        rows.append(_row(first_id + 1 + k, "kreis", key, (name, f"Landkreis {name}"), (land,)))
    towns: list[Town] = []
    for n in range(max(number - 1 - kreise, 1)):
        j, k = divmod(n, kreise)
        town = Town(first_id + 1 + kreise + n, f"{'Gemeinde' if j else 'Stadt'} {words.town(n)}")
        key, above = f"99{k + 1:03}{j + 1:07}", (land, first_id + 1 + k)
        rows.append(_row(town.id, "gemeinde", key, (words.town(n), town.title), above))
        towns.append(town)
    return rows, towns


def _row(id: int, kind: str, key: str, names: tuple[str, str], above: tuple[int, ...]) -> Row:
    """A municipality below others, by its name and its title."""
    ars, ags = key.ljust(12, "0"), (key[:5] + key[9:]).ljust(8, "0")
    name, title = names
    slug = slugify(name if kind == "gemeinde" else title)
    path = "".join(f"/{part}" for part in (*above, id)) + "/"
    return (id, kind, ars, ags, name, title, slug, above[-1] if above else None, path,
            4_000_000 // (id + 100), COLOUR, True, "", "", 28, 20, 30)  # fmt: skip


def topics(known: dict[str, tuple[int, str]], first_id: int) -> tuple[list[Row], list[int]]:
    """The topics that are missing, and the ids of all, in the order of the lexicon."""
    rows: list[Row] = []
    ids: list[int] = []
    for position, (slug, german, english) in enumerate(lexicon.TOPICS):
        if slug in known:
            ids.append(known[slug][0])
        else:
            ids.append(first_id + len(rows))
            rows.append((ids[-1], slug, german, english, None, position))
    return rows, ids


def people(
    number: int, first_id: int, *, taken: frozenset[str], homes: list[Town], password: str, at: int
) -> Iterator[Row]:
    """Accounts that can sign in, all with one password; the first three have speaking addresses."""
    luck = random.Random(f"{first_id}")  # noqa: S311 - the same people every time
    speaking, tag = (RESIDENT, STAFF, ADMIN), "" if first_id == 1 else f"-{first_id}"
    since, n = stamp(at), 0
    for id in range(first_id, first_id + number):
        name, key = words.person(n)
        while key in taken:
            n += 1
            name, key = words.person(n)
        n += 1
        k = id - first_id
        email = f"{speaking[k]}{tag}@example.org" if k < len(speaking) else f"p{id}@example.org"
        home = homes[int(len(homes) * luck.random() ** 2)].id
        yield (id, email, email, name, key, password, "de", home, since, since)


def roles(first_person: int, number: int, towns: list[Town]) -> tuple[list[Row], list[int]]:
    """Memberships, and who answers in each town; the third account runs the platform."""
    staff = [first_person + (1 + n) % number for n in range(len(towns))]
    rows: list[Row] = [
        (person, town.id, "staff") for person, town in zip(staff, towns, strict=True)
    ]
    rows.append((first_person + min(2, number - 1), None, "admin"))
    return rows, staff


def ground(rows: Rows) -> Rows:
    """In the order in which foreign keys want them."""
    return {table: rows[table] for table in COLUMNS}
